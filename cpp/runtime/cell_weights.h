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
  // Reads `from` now and keeps nothing of it. Empty where there was no memory.
  CellWeights() = default;
  CellWeights(const CellSpec& spec, const KerasWeights<float>& from, WeightKind kind);

  explicit operator bool() const { return static_cast<bool>(values_); }
  const CellSpec& spec() const { return spec_; }
  std::size_t bytes() const { return values_.bytes() + narrow_.bytes(); }

  // See CellParts. Kernels of float32 are null where they are kept in bfloat16, and the other way.
  const float* part(CellPart i) const { return parts_[i]; }
  const bfloat16* part16(CellPart i) const { return parts16_[i]; }

  // Panels of the packing: L units each, 4 L for SimpleRNN; and of one-gate packings.
  long panels() const;
  long one_gate_panels() const;

 private:
  void narrow(const CellParts<std::size_t>& sizes, const CellParts<float*>& from);

  CellSpec spec_{};
  long lanes_ = 0;
  Block values_, narrow_;
  CellParts<const float*> parts_{};
  CellParts<const bfloat16*> parts16_{};
};

}  // namespace tidegate
