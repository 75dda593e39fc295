// What kernels of weights in fewer bits (kernels/compact_table.h) need in the block of a session.
#pragma once

#include "runtime/arena.h"
#include "runtime/graph_data.h"

namespace tidegate {

// Which products they take; null for kinds whose kernels read the weights themselves.
const CompactKernels* compact_kernels(WeightKind kind);

// Room for `rows` rows of n values; `fixed` says that all of them lie in [-1, 1].
CompactRows take_compact_rows(WeightKind kind, std::size_t rows, long n, bool fixed, Arena& arena);

// Room for the operands of one step; null for kinds that need none.
CompactOperands* take_compact_operands(WeightKind kind, Arena& arena);

}  // namespace tidegate
