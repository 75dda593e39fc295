// The functions that every target provides, as plain pointers: one KernelTable per ISA and type,
// filled in targets/<isa>.cpp, chosen once in dispatch.cpp. Drivers see nothing else of the
// kernels.
#pragma once

#include "kernels/nn_table.h"
#include "kernels/product_table.h"
#include "kernels/recurrent_table.h"

namespace tidegate {

// The values are the ones of kernels/gates.h.
enum class Activation : int { tanh = 0, sigmoid = 1, relu = 2, linear = 3, hard_sigmoid = 4 };

template <class T>
struct KernelTable {
  int lanes;  // of one vector: the width that packed weights are interleaved by
  ProductKernels<T> product;
  RecurrentKernels<T> recurrent;
  NnKernels<T> nn;
};

// The kernels that differ where products are of bfloat16 (kernels/pairs.inl.h), and the packing of
// their operands, anew from packed float32: panels of `width` vectors, and tiles [rows][6] of
// `outer`, whose last one needs room for a vector.
struct PairKernels {
  using Step = RecurrentKernels<float>::Step;
  Step lstm[2];
  Step gru[2];
  Step gru_before_gates, gru_before_candidate, simple_rnn;
  void (*product)(const ProductArgs<float>&);
  void (*outer)(const OuterArgs<float>&);
  void (*pack)(const float* from, long rows, long columns, long width, bfloat16* to);
  void (*pack_tiles)(const float* from, long rows, long tiles, bfloat16* to);
};

}  // namespace tidegate
