// What every target compiles for inference: forward, float32 over weights of any kind. Included
// once per targets/<isa>.cpp, after the SIMD words. What training needs beside it:
// target_training.inl.h.
// clang-format off
#include "kernels/dot_bytes.inl.h"
#include "kernels/forward.inl.h"
#include "kernels/compact.inl.h"
// clang-format on

namespace tidegate::TIDEGATE_TARGET {
namespace {

template <class W>
StepKernels step_kernels() {
  return {.lstm = lstm_step<false, W, float>,
          .gru = gru_step<false, W, float>,
          .gru_before_gates = gru_before_gates<W, float>,
          .gru_before_candidate = gru_before_candidate<W, float>,
          .simple_rnn = simple_rnn_step<W, float>,
          .product = product<W, float>};
}

}  // namespace

const InferenceKernels& inference_kernels();
const KeepingKernels& keeping_kernels();

const InferenceKernels& inference_kernels() {
  static const InferenceKernels kernels = {
      .lanes = Vec<float>::kLanes,
      .full = step_kernels<float>(),
      .bfloat16 = step_kernels<bfloat16>(),
      .compact = {.lstm = compact_lstm,
                  .gru = compact_gru,
                  .gru_before_gates = compact_gru_before_gates,
                  .gru_before_candidate = compact_gru_before_candidate,
                  .simple_rnn = compact_simple_rnn,
                  .product = compact_product},
      .float16 = kFloat16Kernels,
      .activation = activation<float>,
      .softmax = softmax<float>};
  return kernels;
}

const KeepingKernels& keeping_kernels() {
  static const KeepingKernels kernels = {.lstm = lstm_step<true, float, float>,
                                         .gru = gru_step<true, float, float>};
  return kernels;
}

}  // namespace tidegate::TIDEGATE_TARGET
