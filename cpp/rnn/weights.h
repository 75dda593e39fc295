// Weights of one direction, packed for the kernels of the active ISA and for training. Those of the
// inference runtime: runtime/cell_weights.h.
#pragma once

#include <cstddef>
#include <mutex>

#include "core/pool.h"
#include "rnn/packing.h"

namespace tidegate {

// How kernels are kept and multiplied.
enum class Storage {
  full,
  bfloat16_products,  // products of bfloat16 with sums of float32: kernels/pairs.h, pair_table()
};

// Immutable after construction; may be shared by any number of threads. The packing for the
// backward pass is made on first use, from the forward packing, so a model that only predicts never
// pays for it.
template <class T>
class PackedWeights {
 public:
  // kernel [I, G*H], recurrent_kernel [H, G*H], bias [G*H] ([2, 3H] for the reset-after GRU) or
  // null, Keras' layout and gate order, contiguous. All are read here and not kept.
  PackedWeights(const CellSpec& spec, const T* kernel, const T* recurrent_kernel, const T* bias,
                Storage storage = Storage::full);

  const CellSpec& spec() const { return spec_; }
  bool has_bias() const { return has_bias_; }
  // Of the forward packing, as a step reads it.
  std::size_t bytes() const;
  bool pairs() const { return storage_ == Storage::bfloat16_products; }
  // Those that read this packing.
  const KernelTable<T>& kernels() const;

  // Forward: see CellParts.
  const T* kernel() const { return parts_[kKernel].template as<T>(); }
  const T* recurrent_kernel() const { return parts_[kRecurrentKernel].template as<T>(); }
  const T* bias() const { return parts_[kBias].template as<T>(); }
  const T* candidate_kernel() const { return parts_[kCandidateKernel].template as<T>(); }
  const T* candidate_recurrent_kernel() const {
    return parts_[kCandidateRecurrentKernel].template as<T>();
  }
  const T* candidate_bias() const { return parts_[kCandidateBias].template as<T>(); }

  // The same as pairs of bfloat16; null for Storage::full.
  const bfloat16* kernel16() const { return pairs_[kKernel].template as<bfloat16>(); }
  const bfloat16* recurrent_kernel16() const {
    return pairs_[kRecurrentKernel].template as<bfloat16>();
  }
  const bfloat16* candidate_kernel16() const {
    return pairs_[kCandidateKernel].template as<bfloat16>();
  }
  const bfloat16* candidate_recurrent_kernel16() const {
    return pairs_[kCandidateRecurrentKernel].template as<bfloat16>();
  }

  // Panels of the forward packing: L units each, 4 L for SimpleRNN; and of one-gate packings.
  long panels() const;
  long one_gate_panels() const;
  // Values of one row of projected input.
  long projected_stride() const;

  // Of Storage::bfloat16_products, pairs of bfloat16.
  struct Backward {
    Buffer kernel;            // W^T: rows [block][input_kept][16], columns I, panels of 4 L
    Buffer recurrent_kernel;  // U^T: rows [block][recurrent_kept][16], columns H
    Buffer candidate;         // reset-before GRU: U_n^T, rows [block][16], columns H
  };
  const Backward& backward() const;

 private:
  void pair_kernels();

  CellSpec spec_;
  Storage storage_;
  int lanes_;
  bool has_bias_;
  CellParts<Buffer> parts_;
  CellParts<Buffer> pairs_;  // of Storage::bfloat16_products; no biases
  mutable std::once_flag once_;
  mutable Backward backward_;
};

extern template class PackedWeights<float>;
extern template class PackedWeights<double>;

}  // namespace tidegate
