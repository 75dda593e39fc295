// Mean and spread of a row, as layer normalization takes them.
//
// Sums run in 16 chains, as in kernels/nn_table.h, each result rounded once: the bits do not depend
// on the compiler's vectors, so this is compiled for the baseline alone.
#pragma once

#include <cmath>

#include "kernels/nn_table.h"

namespace tidegate::nn {

template <class T, class Term>
T chained_sum(long n, Term&& term) {
  T chains[kSumChains] = {};
  long i = 0;
  for (; i + kSumChains <= n; i += kSumChains) {
    for (long j = 0; j < kSumChains; ++j) chains[j] += term(i + j);
  }
  for (long j = 0; i + j < n; ++j) chains[j] += term(i + j);
  for (long half = kSumChains / 2; half > 0; half /= 2) {
    for (long j = 0; j < half; ++j) chains[j] += chains[j + half];
  }
  return chains[0];
}

template <class T>
struct Moments {
  T mean;
  T inverse;  // 1 / sqrt(variance + epsilon)
};

// Of x [n], n >= 1.
template <class T>
Moments<T> moments(const T* x, long n, T epsilon) {
  const auto count = static_cast<T>(n);
  const T mean = chained_sum<T>(n, [&](long i) { return x[i]; }) / count;
  const T variance = chained_sum<T>(n,
                                    [&](long i) {
                                      const T centred = x[i] - mean;
                                      return centred * centred;
                                    }) /
                     count;
  return {mean, 1 / std::sqrt(variance + epsilon)};
}

}  // namespace tidegate::nn
