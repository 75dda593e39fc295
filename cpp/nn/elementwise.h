// Activations, bfloat16, softmax and cross-entropy over whole arrays, dealt to the team by rows.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernels/table.h"

namespace tidegate::nn {

// The kind of "tanh", "sigmoid", "relu", "linear", "hard_sigmoid" or "exp"; -1 for any other name.
int activation_kind(std::string_view name);

template <class T>
void activate(int kind, const T* x, T* y, long n);

// y[i] = x[i] in the other type: rounded to the nearest, ties to even, or exact.
void to_bfloat16(const float* x, bfloat16* y, long n);
void from_bfloat16(const bfloat16* x, float* y, long n);

template <class T>
void softmax(const T* x, T* y, long rows, long columns);

template <class T>
void softmax_backward(const T* y, const T* dy, T* dx, long rows, long columns);

template <class T>
void softmax_cross_entropy(const CrossEntropyArgs<T>& p);

}  // namespace tidegate::nn
