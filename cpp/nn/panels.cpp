#include "nn/panels.h"

#include <algorithm>
#include <cstring>

namespace tidegate::nn {
namespace {

constexpr long kBlock = 8;  // of a transpose: 8 rows by 8 columns stay in the first-level cache

// Vectors of 4 that gcc and clang know on every target: a 4 x 4 transpose is eight shuffles.
typedef float Float4 __attribute__((vector_size(16)));

void transpose_4x4(const float* in, long in_stride, float* out, long out_stride) {
  Float4 a, b, c, d;
  std::memcpy(&a, in, sizeof a);
  std::memcpy(&b, in + in_stride, sizeof b);
  std::memcpy(&c, in + 2 * in_stride, sizeof c);
  std::memcpy(&d, in + 3 * in_stride, sizeof d);
  const Float4 ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Float4 ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Float4 cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Float4 cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  c = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  d = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
  std::memcpy(out, &a, sizeof a);
  std::memcpy(out + out_stride, &b, sizeof b);
  std::memcpy(out + 2 * out_stride, &c, sizeof c);
  std::memcpy(out + 3 * out_stride, &d, sizeof d);
}

template <class T>
void transpose_block(const T* in, long in_stride, long rows, long columns, T* out,
                     long out_stride) {
  for (long j = 0; j < columns; ++j) {
    for (long i = 0; i < rows; ++i) out[j * out_stride + i] = in[i * in_stride + j];
  }
}

template <class T>
void transpose_full_block(const T* in, long in_stride, T* out, long out_stride) {
  transpose_block(in, in_stride, kBlock, kBlock, out, out_stride);
}

template <>
void transpose_full_block<float>(const float* in, long in_stride, float* out, long out_stride) {
  for (long j = 0; j < kBlock; j += 4) {
    for (long i = 0; i < kBlock; i += 4) {
      transpose_4x4(in + i * in_stride + j, in_stride, out + j * out_stride + i, out_stride);
    }
  }
}

// One panel: `width` columns of B from `column` on, `padded` values apart.
template <class T>
void pack_panel(const MatrixView<T>& b, long column, long width, long padded, T* out) {
  if (b.transposed) {
    transpose(b.at + column * b.row_stride, b.row_stride, width, b.rows, out, padded);
  }
  for (long k = 0; k < b.rows; ++k) {
    T* row = out + k * padded;
    if (!b.transposed) std::copy_n(b.at + k * b.row_stride + column, width, row);
    for (long j = width; j < padded; ++j) row[j] = T(0);
  }
}

}  // namespace

template <class T>
long packed_size(long rows, long columns, long lanes) {
  return rows * ((columns + lanes - 1) / lanes * lanes);
}

template <class T>
void pack_panels(const MatrixView<T>& b, long lanes, long panel_begin, long panel_end, T* out) {
  for (long panel = panel_begin; panel < panel_end; ++panel) {
    const long column = panel * 4 * lanes;
    const long width = std::min(4 * lanes, b.columns - column);
    const long padded = (width + lanes - 1) / lanes * lanes;
    pack_panel(b, column, width, padded, out + column * b.rows);
  }
}

template <class T>
void transpose(const T* in, long in_stride, long rows, long columns, T* out, long out_stride) {
  const auto block = [&](long i, long j) {
    const long height = std::min(kBlock, rows - i);
    const long width = std::min(kBlock, columns - j);
    const T* from = in + i * in_stride + j;
    T* to = out + j * out_stride + i;
    if (height == kBlock && width == kBlock) {
      transpose_full_block(from, in_stride, to, out_stride);
    } else {
      transpose_block(from, in_stride, height, width, to, out_stride);
    }
  };
  // Along the rows that lie further apart: their cache lines are then used up before they leave.
  if (out_stride > in_stride) {
    for (long j = 0; j < columns; j += kBlock) {
      for (long i = 0; i < rows; i += kBlock) block(i, j);
    }
  } else {
    for (long i = 0; i < rows; i += kBlock) {
      for (long j = 0; j < columns; j += kBlock) block(i, j);
    }
  }
}

#define TIDEGATE_INSTANTIATE(T)                                             \
  template long packed_size<T>(long, long, long);                           \
  template void pack_panels<T>(const MatrixView<T>&, long, long, long, T*); \
  template void transpose<T>(const T*, long, long, long, T*, long);
TIDEGATE_INSTANTIATE(float)
TIDEGATE_INSTANTIATE(double)
#undef TIDEGATE_INSTANTIATE

}  // namespace tidegate::nn
