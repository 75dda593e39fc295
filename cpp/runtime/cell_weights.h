// Weights of one recurrent operation, packed for the forward steps of the chosen instruction set.
// Those that training keeps: rnn/weights.h.
#pragma once

#include <cstddef>

#include "core/block.h"
#include "rnn/packing.h"
#include "tidegate/graph.h"

namespace tidegate {

class CellWeights {
 public:
  // Reads `from` now and keeps nothing of it. Empty where there was no memory. Of other kinds than
  // float32 biases alone: the kernels are CompactWeights.
  CellWeights() = default;
  CellWeights(const CellSpec& spec, const KerasWeights<float>& from, WeightKind kind);

  explicit operator bool() const { return static_cast<bool>(values_); }
  const CellSpec& spec() const { return spec_; }
  std::size_t bytes() const { return values_.bytes(); }

  // See CellParts. Null for what is not kept here.
  const float* part(CellPart i) const { return parts_[i]; }

  // Panels of the packing: L units each, 4 L for SimpleRNN; and of one-gate packings.
  long panels() const;
  long one_gate_panels() const;

 private:
  CellSpec spec_{};
  long lanes_ = 0;
  Block values_;
  CellParts<const float*> parts_{};
};

}  // namespace tidegate
