// Backpropagation through time of one or two directions over whole sequences (Werbos 1990).
#pragma once

#include <vector>

#include "core/cancel.h"
#include "rnn/direction.h"
#include "rnn/saved.h"

namespace tidegate {

// Gradients that arrive; each may be null (zero).
template <class T>
struct BackwardInput {
  const T* dy;  // laid out as y: first value of this direction
  const T* dh;  // [B, H] of the final states
  const T* dc;
};

// Gradients that leave, contiguous, in Keras' layout. All that are wanted are
// written in full.
template <class T>
struct BackwardOutput {
  T* dx;  // [B, T, I], or null if nobody wants it; the first direction's receives the sum of all
  T* dkernel;            // [I, G*H]
  T* drecurrent_kernel;  // [H, G*H]
  T* dbias;              // as the bias, or null
  T* dh0;                // [B, H], or null
  T* dc0;                // LSTM, or null with dh0
};

// The sequential sweep does only what depends on the step before it: gradients of the gates, in
// place over what the forward pass kept, and dh. dx, dW, dU and db follow as large products over
// all steps. Consumes `saved`. Every mode but bfloat16 gives the same bits.
template <class T>
void recurrent_backward(const std::vector<Direction<T>>& directions, std::vector<Saved<T>>& saved,
                        const std::vector<BackwardInput<T>>& inputs,
                        const std::vector<BackwardOutput<T>>& outputs, CancelToken& cancel);

extern template void recurrent_backward<float>(const std::vector<Direction<float>>&,
                                               std::vector<Saved<float>>&,
                                               const std::vector<BackwardInput<float>>&,
                                               const std::vector<BackwardOutput<float>>&,
                                               CancelToken&);
extern template void recurrent_backward<double>(const std::vector<Direction<double>>&,
                                                std::vector<Saved<double>>&,
                                                const std::vector<BackwardInput<double>>&,
                                                const std::vector<BackwardOutput<double>>&,
                                                CancelToken&);

}  // namespace tidegate
