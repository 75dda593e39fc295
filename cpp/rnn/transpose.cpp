#include "rnn/transpose.h"

#include <algorithm>
#include <cstring>

#include "core/checked.h"
#include "rnn/share.h"
#include "rnn/team_shares.h"

namespace tidegate {
namespace {

long ceil_div(long a, long b) { return (a + b - 1) / b; }

// Columns [first, end) of at most one panel, all from one packing whose vectors begin at `vector`.
template <class T>
void transpose_columns(const ForwardPack<T>& from, long count, long vector, long first, long end,
                       long width, long columns, const CellSpec& spec, long lanes, T* panel) {
  const T* lane[16];
  const long n = end - first;
  for (long unit = 0; unit < spec.units; unit += lanes) {
    const long live = std::min(lanes, spec.units - unit);
    for (long v = 0; v < from.vectors; ++v) {
      for (long j = 0; j < n; ++j) {
        lane[j] = from.at(first + j, v, unit, columns, spec.units, lanes);
      }
      const long row = ((unit / kGroupLanes) * count + vector + v) * kGroupLanes;
      T* to = panel + (row + unit % kGroupLanes) * width;
      for (long l = 0; l < live; ++l, to += width) {
        for (long j = 0; j < n; ++j) to[j] = lane[j][l];
      }
    }
  }
}

}  // namespace

template <class T>
Buffer transpose(const ForwardPack<T>* packs, int number, long columns, const CellSpec& spec,
                 long lanes) {
  long count = 0;
  for (int i = 0; i < number; ++i) count += packs[i].vectors;
  const long rows = spec.blocks() * count * kGroupLanes;
  const long padded = ceil_div(columns, lanes) * lanes;
  Buffer result = pool_take(
      checked_mul(static_cast<std::size_t>(padded), static_cast<std::size_t>(rows), sizeof(T)));
  const bool gaps = columns != padded || spec.units % kGroupLanes != 0;
  if (gaps) std::memset(result.data(), 0, result.bytes());
  const long step = std::min(4 * lanes, 16L);  // columns of one line, never of two panels
  in_shares(result.bytes(), [&](long part, long parts) {
    const Range groups = share(ceil_div(columns, step), part, parts);
    for (long group = groups.begin; group < groups.end; ++group) {
      const long first = group * step;
      const long start = first / (4 * lanes) * (4 * lanes);
      const long width = std::min(4 * lanes, padded - start);
      T* panel = result.as<T>() + start * rows + (first - start);
      long vector = 0;
      for (int i = 0; i < number; ++i) {
        transpose_columns(packs[i], count, vector, first, std::min(first + step, columns), width,
                          columns, spec, lanes, panel);
        vector += packs[i].vectors;
      }
    }
  });
  return result;
}

template Buffer transpose<float>(const ForwardPack<float>*, int, long, const CellSpec&, long);
template Buffer transpose<double>(const ForwardPack<double>*, int, long, const CellSpec&, long);

}  // namespace tidegate
