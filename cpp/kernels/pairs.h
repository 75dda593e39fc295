// Operands of products of bfloat16: two values that follow each other along k lie side by side, an
// odd end is filled with zero. A right operand of `rows` rows in panels is packed panel by panel as
// [ceil(rows / 2)][vectors][L] pairs.
#pragma once

#include "core/bfloat16.h"
#include "kernels/product_table.h"

namespace tidegate {

// Values that a panel with `rows` rows of `width` values takes.
inline long paired_values(long rows, long width) { return (rows + rows % 2) * width; }

// Values that a row of a left operand takes: whole pairs, and whole vectors of any width.
inline long pair_stride(long width) {
  return (width + kGroupLanes - 1) / kGroupLanes * kGroupLanes;
}

// Scratch of a recurrent step; `gates` more than one if each gate has operands of its own.
inline long pair_scratch(long rows, long input_dim, long units, long gates) {
  return rows * gates * (pair_stride(input_dim) + pair_stride(units));
}

}  // namespace tidegate
