// What layers other than the recurrent ones need of a target: arguments of
// kernels/{elementwise,softmax,embedding, optimizer}.inl.h. Every function works on one share of a
// call and is free of threads.
//
// Sums over a row run in 16 chains, chain j over the values j, j + 16, j + 32, ..., which are then
// folded in halves (j with j + 8, j + 4, j + 2, j + 1): the order is the same for every width of
// vector.
#pragma once

#include <cstdint>

#include "core/bfloat16.h"

namespace tidegate {

// The kinds of kernels/gates.h, and exp.
constexpr int kActivationExp = 5;

constexpr long kSumChains = 16;

// y = softmax(x) by rows and what follows from it; all matrices are [rows, columns], rows beside
// each other.
template <class T>
struct CrossEntropyArgs {
  long rows;
  long columns;
  const T* logits;
  const std::int32_t* labels;  // [rows] of [0, columns), or null: then `probabilities`
  const T* probabilities;      // [rows, columns] or null
  T* loss;                     // [rows]
  T* gradient;                 // [rows, columns] or null: d loss[row] / d logits
};

enum class Clip { none, value, norm, scale };

// One variable, or a part of one: Keras' update in place on w and the slots.
template <class T>
struct OptimizerArgs {
  long n;
  T* w;
  const T* g;
  T* slot[3];  // which ones: see optimizer.inl.h; unused ones are null
  Clip clip;
  T clip_first, clip_second;  // value: limit, -; norm: factor, divisor; scale: factor, -
  T decay;                    // first w -= (w * decay) * learning_rate; 0 for none
  T learning_rate;
  T step;                     // adam's alpha
  T rate_first, rate_second;  // sgd momentum, -; rmsprop rho, 1 - rho; adam 1 - beta_1, 1 - beta_2
  T momentum;                 // rmsprop
  T epsilon;
  bool nesterov;
};

template <class T>
struct NnKernels {
  // y[i] = activation(x[i]); y may be x.
  void (*activation)(int kind, const T* x, T* y, long n);
  // dx[i] = dy[i] * activation'(x[i]), the derivative taken from y[i] = activation(x[i]); dx may be
  // dy.
  void (*activation_grad)(int kind, const T* y, const T* dy, T* dx, long n);
  // sums[j] += the sum of column j over `rows` rows, formed first (one chain), then added.
  void (*column_sums)(const T* x, long rows, long row_stride, T* sums, long columns);

  void (*softmax)(const T* x, T* y, long rows, long columns);
  // dx = y * (dy - sum(y * dy))
  void (*softmax_backward)(const T* y, const T* dy, T* dx, long rows, long columns);
  void (*cross_entropy)(const CrossEntropyArgs<T>&);

  // table[ids[i]][0 .. columns) += rows[i][0 .. columns), i ascending. Both have rows `stride`
  // apart.
  void (*scatter_add)(const std::int32_t* ids, long n, const T* rows, T* table, long stride,
                      long columns);

  // y[i] = x[i] rounded to bfloat16, and back, which is exact. Of float32, whatever T is.
  void (*to_bfloat16)(const float* x, bfloat16* y, long n);
  void (*from_bfloat16)(const bfloat16* x, float* y, long n);

  T (*sum_of_squares)(const T* x, long n);
  void (*sgd)(const OptimizerArgs<T>&);
  void (*rmsprop)(const OptimizerArgs<T>&);
  void (*adam)(const OptimizerArgs<T>&);
};

}  // namespace tidegate
