// One direction of a recurrent call: what the drivers read, write and keep. Pointers belong to the
// caller.
#pragma once

#include "rnn/plan.h"
#include "rnn/weights.h"

namespace tidegate {

// Dropout masks, constant over time: `count` of them (0 none, 1 for all gates, or one per gate in
// Keras' order).
template <class T>
struct DropoutMasks {
  const T* data = nullptr;  // [count, B, width]
  long count = 0;

  const T* row(long gate, long batch, long caller_row, long width) const {
    return data + ((count == 1 ? 0 : gate) * batch + caller_row) * width;
  }
};

// States and gates of every step. Sorted rows; h and c start with the rows of the initial state.
// Training keeps all steps, inference two panels of h, one of c, and the gates of one step for the
// reset-before GRU.
template <class T>
struct Kept {
  bool training = false;
  long rows = 0;  // of the first step
  long stride = 0;
  long gates_row_stride = 0, gates_block_stride = 0;
  Buffer h, c, gates;
  Buffer reset_h;  // reset-before GRU: r * h, of every step or one

  Kept() = default;
  Kept(const CellSpec& spec, const SequencePlan& plan, bool keep_all);

  // Row of the panel that holds the state before `step` (for sorted row 0).
  long before(const SequencePlan& plan, long step) const {
    if (!training) return (step & 1) * rows;
    return step == 0 ? 0 : rows + plan.offset(step - 1);
  }
  long after(const SequencePlan& plan, long step) const { return before(plan, step + 1); }
  T* h_row(long row) const { return h.as<T>() + row * stride; }
  // Inference updates c in place.
  T* c_row(long row) const { return c.as<T>() + (training ? row : row % rows) * stride; }
  T* gates_row(const SequencePlan& plan, long step) const {
    return gates.as<T>() + (training ? plan.offset(step) : 0) * gates_row_stride;
  }
  T* reset_h_row(const SequencePlan& plan, long step) const {
    return reset_h.as<T>() + (training ? plan.offset(step) : 0) * stride;
  }
  std::size_t bytes() const { return h.bytes() + c.bytes() + gates.bytes() + reset_h.bytes(); }
};

template <class T>
struct Direction {
  const PackedWeights<T>* weights;
  const SequencePlan* plan;
  Activation activation, recurrent_activation;
  const T* x;   // [B, T, I]
  const T* h0;  // [B, H] or null (zeros)
  const T* c0;  // LSTM: [B, H] or null
  DropoutMasks<T> x_dropout, h_dropout;
  bool sequences;   // y is [B, T, .], else [B, .]
  bool time_order;  // a reversed sequence is written in time order instead of processing order
  bool zero_output_for_mask;
  long y_row_stride, y_step_stride;  // of y and dy

  const CellSpec& spec() const { return weights->spec(); }
  const T* x_at(long row, long step) const {
    const CellSpec& s = spec();
    return x + (plan->caller_row(row) * plan->steps() + plan->time(row, step)) * s.input_dim;
  }
  // Offset of the output of (sorted row, caller's time).
  long y_offset(long row, long time) const {
    const long step = plan->reverse() && !time_order ? plan->steps() - 1 - time : time;
    return plan->caller_row(row) * y_row_stride + (sequences ? step * y_step_stride : 0);
  }
  // Whether a row's single output is its last state: it is 0 for a row without steps, and under
  // zero_output_for_mask if the last step processed was masked.
  bool has_last_output(long row) const {
    const long n = plan->length(row);
    if (n == 0) return false;
    const long last = plan->reverse() ? 0 : plan->steps() - 1;
    return !zero_output_for_mask || plan->time(row, n - 1) == last;
  }
};

extern template struct Kept<float>;
extern template struct Kept<double>;

}  // namespace tidegate
