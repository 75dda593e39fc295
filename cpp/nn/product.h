// Products of matrices on the team: matmul, and what the dense layer is made of.
//
// Every element is one chain of fused multiply-adds over the inner axis in ascending order. How
// rows, panels and batch are dealt to threads changes nothing.
#pragma once

#include "core/cancel.h"
#include "nn/pack.h"

namespace tidegate::nn {

// C [rows, b.columns] = activation(init + A B). A and C are row-major with strides in values; C
// does not overlap A.
template <class T>
struct RowProduct {
  const KernelTable<T>* kernels;
  const T* a;
  long a_stride;
  long rows;
  PackedView<T> b;
  const T* init;  // [b.columns rounded up to b.lanes] or null
  int activation;
  T* c;
  long c_stride;
};

// The rectangle rows x panels of a product, on the calling thread. Stops early when `cancel` (may
// be null) is requested; `poll` says that this thread is the one that may ask.
template <class T>
void multiply_part(const RowProduct<T>& p, long row_begin, long row_end, long panel_begin,
                   long panel_end, CancelToken* cancel, bool poll);

struct TeamRun {
  int threads;
  const char* schedule;  // "single", "batch", "units"
};

// All of it, on as many threads as pay.
template <class T>
TeamRun multiply(const RowProduct<T>& p, CancelToken* cancel);

// Fills last_run().
void record_run(const char* op, TeamRun run);

// C[i] [n, m] = A[i] B[i] for i in [0, batch), matrices beside each other. transpose_a: A[i] is
// stored as [k, n]; transpose_b: B[i] as [m, k].
template <class T>
struct Matmul {
  const T* a;
  const T* b;
  T* c;
  long batch, n, k, m;
  bool transpose_a, transpose_b;
};

template <class T>
void matmul(const Matmul<T>& p, CancelToken* cancel);

}  // namespace tidegate::nn
