// The layouts of nn/panels.h with their memory, made by a team where that pays, and transposes.
#pragma once

#include "core/pool.h"
#include "kernels/table.h"
#include "nn/panels.h"

namespace tidegate::nn {

// A packed right operand with its memory.
template <class T>
struct PackedMatrix {
  PackedView<T> view{};
  Buffer buffer;
};

// Packs all of B, on a team if it is large.
template <class T>
PackedMatrix<T> pack(const MatrixView<T>& b, long lanes);

// B^T, packed for the same lanes.
template <class T>
PackedMatrix<T> pack_transposed(const PackedView<T>& b);

// The left operand of one tile of `outer`: values [column, column + 6) of each row, zero past the
// end. out [rows][6].
template <class T>
void pack_outer_tile(const T* a, long rows, long row_stride, long column, long columns, T* out);

}  // namespace tidegate::nn
