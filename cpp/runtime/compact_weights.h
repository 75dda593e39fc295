// Kernels of one operation in fewer bits than float32, packed for the kernels in use.
//
// Bfloat16 lies as kernels/tile_bfloat16.inl.h reads it: of the vectors of a panel, row after row,
// two that follow each other are interleaved, lane l of the first at 2 l and of the second at
// 2 l + 1; the last of an odd number lies by itself. The others: kernels/compact_table.h.
#pragma once

#include <cstddef>
#include <string>

#include "core/bfloat16.h"
#include "core/block.h"
#include "kernels/compact_table.h"
#include "rnn/packing.h"
#include "tidegate/graph.h"

namespace tidegate {

class CompactWeights {
 public:
  CompactWeights() = default;
  // Reads the arrays of a recurrent operation, or of a dense one, now and keeps none of them.
  CompactWeights(WeightKind kind, const CellSpec& cell, const OpSpec& from);
  CompactWeights(WeightKind kind, const OpSpec& dense);

  // Whether there was memory for them.
  explicit operator bool() const { return complete_; }
  std::size_t bytes() const { return values_.bytes() + scales_.bytes(); }
  // One of the kernels, zeros for one that the cell does not have.
  const CompactMatrix& matrix(CellPart part) const { return matrix_[part]; }

 private:
  struct Part;
  void pack(WeightKind kind, const Part* parts, int count);

  CellParts<CompactMatrix> matrix_{};
  Block values_, scales_;
  bool complete_ = false;
};

// Whether the kernel of such an operation is kept in fewer bits; those of others stay float32.
bool keeps_compact(OpKind kind, WeightKind weights);

// An empty text if the kernels of an operation are given as they are to be kept.
std::string compact_fault(const OpSpec& op, WeightKind weights);

}  // namespace tidegate
