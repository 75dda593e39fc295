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

}  // namespace tidegate
