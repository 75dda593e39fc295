// Matrices laid out for the product kernels (kernels/product_table.h), into memory of the caller.
#pragma once

namespace tidegate::nn {

// A right operand B [rows, columns] in panels of 4 vectors: panel p holds the columns [4 p L, ...)
// as [rows][n L]. Columns past the end are zero. L is that of the kernels it was packed for.
template <class T>
struct PackedView {
  const T* at;
  long rows, columns, lanes;

  long panels() const { return (columns + 4 * lanes - 1) / (4 * lanes); }
};

// Where the values of B lie before packing: B[k][j] = at[k * row_stride + j], transposed at[j *
// row_stride + k].
template <class T>
struct MatrixView {
  const T* at;
  long rows, columns;  // of B
  long row_stride;
  bool transposed;
};

// Values that B takes when packed.
template <class T>
long packed_size(long rows, long columns, long lanes);

// Packs the panels [panel_begin, panel_end) into `out`, which has packed_size values.
template <class T>
void pack_panels(const MatrixView<T>& b, long lanes, long panel_begin, long panel_end, T* out);

// out[j][i] = in[i][j] for i < rows, j < columns.
template <class T>
void transpose(const T* in, long in_stride, long rows, long columns, T* out, long out_stride);

}  // namespace tidegate::nn
