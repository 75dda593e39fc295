// One direction of a recurrent call: what the drivers read and write. Pointers belong to the
// caller.
#pragma once

#include "rnn/plan.h"
#include "rnn/schedule.h"
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
  long truncate = 0;                 // no gradient of a state crosses a multiple of so many steps
  Split split = Split::automatic;

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
  // Whether the gradient of the states before `step` is dropped.
  bool cut_before(long step) const { return truncate > 0 && step > 0 && step % truncate == 0; }
  // Whether a row's single output is its last state: it is 0 for a row without steps, and under
  // zero_output_for_mask if the last step processed was masked.
  bool has_last_output(long row) const {
    const long n = plan->length(row);
    if (n == 0) return false;
    const long last = plan->reverse() ? 0 : plan->steps() - 1;
    return !zero_output_for_mask || plan->time(row, n - 1) == last;
  }
};

}  // namespace tidegate
