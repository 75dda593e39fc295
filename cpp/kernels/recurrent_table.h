// One time step of a recurrent layer for some rows and some units: the arguments of
// kernels/recurrent_*.inl.h.
//
// L is the target's vector length, Hs >= H the row stride of state panels (a multiple of 16, so
// whole vectors may be stored). Gates that training keeps lie in blocks of 16 units whatever the
// ISA: [block][row][gates][16], the gates of one row and block together. That is at once what the
// forward pass stores, what the backward sweep reads along k, and the right operand of the products
// for dW and dU.
//   LSTM             gates i f c o
//   GRU reset after  gates n z r u, u = U_h h + b'_h: the input part of the gradients is the first
//   three, the recurrent
//                    part the last three
//   GRU reset before gates n z r
//   SimpleRNN        none in the forward pass (the derivative is taken from h); one for the
//   gradient
#pragma once

#include "core/bfloat16.h"
#include "kernels/compact_table.h"
#include "kernels/product_table.h"

namespace tidegate {

// Packed weights of one direction, for `input_dim` I and `units` H. A panel is what one tile of the
// kernel computes: L units with all of their gates (LSTM, GRU, z and r of GRU reset before), or 4 L
// units where there is one gate.
template <class T>
struct RecurrentStepArgs {
  long rows;  // rows of the batch in this call
  long input_dim, units;
  long panel_begin, panel_end;  // share of the units that this call computes
  bool
      descending;  // panels last to first: every second step, so that the cache keeps the last ones
  int activation, recurrent_activation;

  const T* const* x;   // [rows] pointers to x_t [I]; null if `projected` holds the input product
  const T* projected;  // [rows] of projected_stride: bias + x W in accumulator order
  long projected_stride;
  const T* const*
      x_gate;  // null, or [gates][rows] pointers: an operand of its own for each gate (dropout)
  const T* const* h_gate;  // set if x_gate is

  const T* h_prev;  // [rows] of h_prev_stride
  long h_prev_stride;
  T* h;  // [rows] of h_stride, never h_prev
  long h_stride;
  const T* c_prev;  // LSTM: as h; may be c
  T* c;
  long c_prev_stride, c_stride;
  T* const* y;  // null, or [rows] pointers to y_t [H]
  long
      y_ahead;  // from y_t to where the next step will store, whose lines are asked for; 0 for none

  T* gates;  // training (and GRU reset before): row 0 of this step, else null
  long gates_block_stride, gates_row_stride;
  // Training: how much further the next step will store its gates and its states. Those lines are
  // asked for ahead, or every store would wait for memory. 0 if there is no next step.
  long gates_ahead, states_ahead;

  const T* kernel;            // packed W
  const T* recurrent_kernel;  // packed U
  // The same in bfloat16: runtime/compact_weights.h for the kernels that read those alone,
  // kernels/pairs.h for those whose products are of bfloat16.
  const bfloat16* kernel16;
  const bfloat16* recurrent_kernel16;
  const CompactOperands* compact;  // or in float16 or 8 bits
  bfloat16* scratch16;             // products of bfloat16: room for pair_scratch() values
  const T* bias;                   // packed: where accumulators start, [panel][accumulators][L]

  // GRU reset before only: r * h between its two phases, and the mask that dropout puts on h for
  // the candidate.
  T* reset_h;  // [rows] of reset_h_stride
  long reset_h_stride;
  const T* const* h_scale;  // null, or [rows] pointers to [H]
};

// The elementwise half of one backward step for units [unit_begin, unit_end), multiples of 16 but
// the last. dh holds what reached this step's h through later steps (and, on return for the GRUs,
// what goes on to h_prev past the recurrent kernel); dy is added to it. Gates become gradients of
// pre-activations in place; lanes past H become 0.
template <class T>
struct RecurrentBackwardArgs {
  long rows;
  long units;
  long unit_begin, unit_end;
  int activation, recurrent_activation;
  const T* const* dy;  // null, or [rows] pointers (each may be null) to [H]
  T* dh;               // [rows] of state_stride
  T* dc;               // LSTM: [rows] of state_stride
  long state_stride;
  const T* h;  // SimpleRNN: h_t; the GRUs: h_{t-1}. [rows] of h_stride
  long h_stride;
  const T* c;  // LSTM: c_t and c_{t-1}, [rows] of c_stride, c_prev_stride
  const T* c_prev;
  long c_stride, c_prev_stride;
  T* gates;
  long gates_block_stride, gates_row_stride;
  const T* reset_dh;  // GRU reset before, second half: gradient of r * h, [rows] of state_stride
  const T* const* h_scale;

  // What the next call (the step before in time) will read, laid out as gates, c_prev or h, and dy;
  // null if there is none. It was written long ago and lies far from the core: its lines are asked
  // for now.
  const T* ahead_gates;
  const T* ahead_state;
  const T* const* ahead_dy;
};

template <class T>
struct RecurrentKernels {
  using Step = void (*)(const RecurrentStepArgs<T>&);
  using Backward = void (*)(const RecurrentBackwardArgs<T>&);
  // [training]: with gates kept. `project` writes the accumulators' start bias + x W to `projected`
  // (not const there).
  Step lstm[2];
  Step lstm_project;
  Backward lstm_backward;
  Step gru[2];
  Step gru_project;
  Backward gru_backward;
  Step gru_before_gates;      // phase 1 of GRU reset before: z, r and r * h
  Step gru_before_candidate;  // phase 2: n and h
  Backward gru_before_backward_candidate;
  Backward gru_before_backward_gates;
  Step simple_rnn;
  Step simple_rnn_project;
  Backward simple_rnn_backward;
};

}  // namespace tidegate
