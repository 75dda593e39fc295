// What the inference runtime needs of a target: float32 alone, forward alone.
#pragma once

#include "kernels/compact_table.h"
#include "kernels/product_table.h"
#include "kernels/recurrent_table.h"

namespace tidegate {

// One step of every cell and the product of a dense layer, for one way to keep the weights. States
// and sums are float32 in all of them.
struct StepKernels {
  using Step = RecurrentKernels<float>::Step;
  Step lstm, gru, gru_before_gates, gru_before_candidate, simple_rnn;
  void (*product)(const ProductArgs<float>&);
};

struct InferenceKernels {
  int lanes;  // of one vector: the width that packed weights are interleaved by
  StepKernels full;
  StepKernels bfloat16;  // weights as in runtime/compact_weights.h
  // Weights as in kernels/compact_table.h, multiplied by these or by bytes_kernels().
  StepKernels compact;
  CompactKernels float16;
  // y[i] = activation(x[i]); y may be x.
  void (*activation)(int kind, const float* x, float* y, long n);
  void (*softmax)(const float* x, float* y, long rows, long columns);
};

// Steps that keep their gates. They share the tiles of the others, so they are compiled beside
// them; a program that only infers refers to none of them, and its linker drops them.
struct KeepingKernels {
  StepKernels::Step lstm, gru;
};

}  // namespace tidegate
