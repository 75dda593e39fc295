#include "nn/pack.h"

#include <algorithm>
#include <cstring>

#include "core/checked.h"
#include "core/team.h"
#include "nn/partition.h"

namespace tidegate::nn {
namespace {

// One panel of B^T, from all panels of B: each of them is a matrix [rows][its padded width] of its
// own.
template <class T>
void turn_panel(const PackedView<T>& b, long column, long width, long padded, T* out) {
  for (long first = 0; first < b.columns; first += 4 * b.lanes) {
    const long height = std::min(4 * b.lanes, b.columns - first);
    const long stride = (height + b.lanes - 1) / b.lanes * b.lanes;
    const T* from = b.at + first * b.rows + column * stride;
    transpose(from, stride, width, height, out + first * padded, padded);
  }
  for (long k = 0; width < padded && k < b.columns; ++k) {
    std::fill(out + k * padded + width, out + (k + 1) * padded, T(0));
  }
}

template <class T>
PackedMatrix<T> take_packed(long rows, long columns, long lanes) {
  const auto size = static_cast<std::size_t>(packed_size<T>(rows, columns, lanes));
  PackedMatrix<T> packed;
  packed.buffer = pool_take(checked_mul(size, sizeof(T)));
  packed.view = {packed.buffer.template as<T>(), rows, columns, lanes};
  return packed;
}

template <class T>
int team_for(const PackedMatrix<T>& packed) {
  return team_for_bytes(static_cast<double>(packed.buffer.bytes()));
}

}  // namespace

template <class T>
PackedMatrix<T> pack(const MatrixView<T>& b, long lanes) {
  PackedMatrix<T> packed = take_packed<T>(b.rows, b.columns, lanes);
  T* out = packed.buffer.template as<T>();
  run_team(team_for(packed), [&](Member member) {
    const Range panels = share_of(packed.view.panels(), member);
    pack_panels(b, lanes, panels.begin, panels.end, out);
  });
  return packed;
}

template <class T>
PackedMatrix<T> pack_transposed(const PackedView<T>& b) {
  PackedMatrix<T> packed = take_packed<T>(b.columns, b.rows, b.lanes);
  T* out = packed.buffer.template as<T>();
  run_team(team_for(packed), [&](Member member) {
    const Range panels = share_of(packed.view.panels(), member);
    for (long panel = panels.begin; panel < panels.end; ++panel) {
      const long column = panel * 4 * b.lanes;
      const long width = std::min(4 * b.lanes, b.rows - column);
      const long padded = (width + b.lanes - 1) / b.lanes * b.lanes;
      turn_panel(b, column, width, padded, out + column * b.columns);
    }
  });
  return packed;
}

template <class T>
void pack_outer_tile(const T* a, long rows, long row_stride, long column, long columns, T* out) {
  const long width = std::min(kOuterTile, columns - column);
  const T* from = a + column;
  if (width == kOuterTile) {
    for (long k = 0; k < rows; ++k, from += row_stride, out += kOuterTile) {
      std::memcpy(out, from, kOuterTile * sizeof(T));
    }
    return;
  }
  for (long k = 0; k < rows; ++k, from += row_stride, out += kOuterTile) {
    for (long j = 0; j < kOuterTile; ++j) out[j] = j < width ? from[j] : T(0);
  }
}

#define TIDEGATE_INSTANTIATE(T)                                      \
  template PackedMatrix<T> pack<T>(const MatrixView<T>&, long);      \
  template PackedMatrix<T> pack_transposed<T>(const PackedView<T>&); \
  template void pack_outer_tile<T>(const T*, long, long, long, long, T*);
TIDEGATE_INSTANTIATE(float)
TIDEGATE_INSTANTIATE(double)
#undef TIDEGATE_INSTANTIATE

}  // namespace tidegate::nn
