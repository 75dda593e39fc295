#include "rnn/packing.h"

#include <algorithm>
#include <cstring>

#include "core/checked.h"
#include "core/team.h"
#include "rnn/schedule.h"

namespace tidegate {
namespace {

// Below this a second thread costs more than it brings.
constexpr std::size_t kBytesWorthATeam = 256 * 1024;
// Rows that are read beside each other, one stream per row and gate: with all rows of one panel
// first, every line would come from a page of its own.
constexpr long kRowsTogether = 4;

long ceil_div(long a, long b) { return (a + b - 1) / b; }

template <class T>
Buffer take(long a, long b) {
  return pool_take(
      checked_mul(static_cast<std::size_t>(a), static_cast<std::size_t>(b), sizeof(T)));
}

// body(range) for shares of [0, n), on as many threads as `bytes` are worth.
template <class Body>
void in_shares(std::size_t bytes, long n, Body&& body) {
  const int want = bytes < kBytesWorthATeam ? 1 : threads_available();
  run_team(want, [&](Member member) { body(share(n, member.index, member.size)); });
}

// The constant sizes are those of whole vectors, which a compiler copies without a call.
template <class T>
void copy_lanes(const T* from, long live, long lanes, T* to) {
  if (live == 16) {
    std::memcpy(to, from, 16 * sizeof(T));
  } else if (live == 8) {
    std::memcpy(to, from, 8 * sizeof(T));
  } else {
    std::copy_n(from, live, to);
  }
  std::fill(to + live, to + lanes, T(0));
}

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
Buffer pack_gates(const KerasMatrix<T>& m, const long* gate, long vectors, long lanes) {
  const long panels = ceil_div(m.units, lanes);
  Buffer packed = take<T>(panels * m.rows, vectors * lanes);
  T* out = packed.as<T>();
  in_shares(packed.bytes(), ceil_div(m.rows, kRowsTogether), [&](Range groups) {
    for (long group = groups.begin; group < groups.end; ++group) {
      const long first = group * kRowsTogether;
      const long end = std::min(first + kRowsTogether, m.rows);
      for (long p = 0; p < panels; ++p) {
        const long live = std::min(lanes, m.units - p * lanes);
        T* to = out + (p * m.rows + first) * vectors * lanes;
        for (long k = first; k < end; ++k) {
          for (long v = 0; v < vectors; ++v, to += lanes) {
            copy_lanes(m.at(k, gate[v], p * lanes), live, lanes, to);
          }
        }
      }
    }
  });
  return packed;
}

template <class T>
Buffer pack_one_gate(const KerasMatrix<T>& m, long gate, long lanes) {
  const long padded = ceil_div(m.units, lanes) * lanes;
  Buffer packed = take<T>(padded, m.rows);
  in_shares(packed.bytes(), m.rows, [&](Range rows) {
    for (long k = rows.begin; k < rows.end; ++k) {
      for (long first = 0; first < padded; first += 4 * lanes) {
        const long width = std::min(4 * lanes, padded - first);
        const long live = std::min(width, m.units - first);
        T* to = packed.as<T>() + first * m.rows + k * width;
        std::copy_n(m.at(k, gate, first), live, to);
        std::fill(to + live, to + width, T(0));
      }
    }
  });
  return packed;
}

template <class T>
Buffer transpose(const ForwardPack<T>* packs, int number, long columns, const CellSpec& spec,
                 long lanes) {
  long count = 0;
  for (int i = 0; i < number; ++i) count += packs[i].vectors;
  const long rows = spec.blocks() * count * kGroupLanes;
  const long padded = ceil_div(columns, lanes) * lanes;
  Buffer result = take<T>(padded, rows);
  const bool gaps = columns != padded || spec.units % kGroupLanes != 0;
  if (gaps) std::memset(result.data(), 0, result.bytes());
  const long step = std::min(4 * lanes, 16L);  // columns of one line, never of two panels
  in_shares(result.bytes(), ceil_div(columns, step), [&](Range groups) {
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

template Buffer pack_gates<float>(const KerasMatrix<float>&, const long*, long, long);
template Buffer pack_gates<double>(const KerasMatrix<double>&, const long*, long, long);
template Buffer pack_one_gate<float>(const KerasMatrix<float>&, long, long);
template Buffer pack_one_gate<double>(const KerasMatrix<double>&, long, long);
template Buffer transpose<float>(const ForwardPack<float>*, int, long, const CellSpec&, long);
template Buffer transpose<double>(const ForwardPack<double>*, int, long, const CellSpec&, long);

}  // namespace tidegate
