// y = activation(x W + b) and its gradients.
#pragma once

#include <mutex>

#include "core/cancel.h"
#include "nn/pack.h"

namespace tidegate::nn {

// A kernel [I, O], packed for the forward product and, when first asked for, transposed for the
// backward one. Immutable for its users; threads may share it.
template <class T>
class DenseWeights {
 public:
  // Reads `kernel` now; keeps its own copies only.
  DenseWeights(const T* kernel, long input_dim, long units);

  long input_dim() const { return forward_.view.rows; }
  long units() const { return forward_.view.columns; }
  std::size_t bytes() const { return forward_.buffer.bytes(); }
  const PackedView<T>& forward() const { return forward_.view; }  // W [I, O]
  const PackedView<T>& backward() const;                          // W^T [O, I]

 private:
  PackedMatrix<T> forward_;
  mutable std::once_flag once_;
  mutable PackedMatrix<T> backward_;
};

template <class T>
struct DenseForward {
  const T* x;  // [rows, I]
  long rows;
  const DenseWeights<T>* weights;
  const T* bias;  // [O] or null
  int activation;
  T* y;  // [rows, O]
};

template <class T>
void dense_forward(const DenseForward<T>& p, CancelToken* cancel);

// The sums over rows run in chunks of 256 rows: a chain in each, the chunks added in order.
template <class T>
struct DenseBackward {
  const T* x;  // [rows, I]
  long rows;
  const DenseWeights<T>* weights;
  const T* y;   // [rows, O]
  const T* dy;  // [rows, O]
  int activation;
  T* dx;  // [rows, I] or null
  T* dw;  // [I, O]
  T* db;  // [O] or null
};

template <class T>
void dense_backward(const DenseBackward<T>& p, CancelToken* cancel);

}  // namespace tidegate::nn
