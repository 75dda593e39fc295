#include "rnn/packing.h"

#include <algorithm>
#include <cstring>

#include "core/saturated.h"
#include "rnn/share.h"

namespace tidegate {
namespace {

// Rows that are read beside each other, one stream per row and gate: with all rows of one panel
// first, every line would come from a page of its own.
constexpr long kRowsTogether = 4;

// A matrix in Keras' layout: [rows, gates * units].
template <class T>
struct KerasMatrix {
  const T* data;
  long rows, gates, units;
  const T* at(long row, long gate, long unit) const {
    return data + (row * gates + gate) * units + unit;
  }
};

constexpr long kInOrder[4] = {0, 1, 2, 3};
constexpr long kGruInput[3] = {2, 0, 1};

long ceil_div(long a, long b) { return (a + b - 1) / b; }

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

// [panel of L units][row][vector][L]; vector v is column block gate[v]. Units past the end are 0.
template <class T>
void pack_gates(const KerasMatrix<T>& m, const long* gate, long vectors, long lanes, Range rows,
                T* out) {
  const long panels = ceil_div(m.units, lanes);
  for (long first = rows.begin; first < rows.end; first += kRowsTogether) {
    const long end = std::min(first + kRowsTogether, rows.end);
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
}

// [panel of 4 L units][row][vectors * L], the last panel with as many vectors as it needs.
template <class T>
void pack_one_gate(const KerasMatrix<T>& m, long gate, long lanes, Range rows, T* out) {
  const long padded = ceil_div(m.units, lanes) * lanes;
  for (long k = rows.begin; k < rows.end; ++k) {
    for (long first = 0; first < padded; first += 4 * lanes) {
      const long width = std::min(4 * lanes, padded - first);
      const long live = std::min(width, m.units - first);
      T* to = out + first * m.rows + k * width;
      std::copy_n(m.at(k, gate, first), live, to);
      std::fill(to + live, to + width, T(0));
    }
  }
}

// Where accumulators start: [panel][accumulators][L]. value(a, unit) is the bias of accumulator a.
template <class T, class Value>
void pack_bias(long units, long accumulators, long lanes, T* out, Value&& value) {
  const long padded = (units + lanes - 1) / lanes * lanes;
  for (long first = 0; first < padded; first += lanes) {
    for (long a = 0; a < accumulators; ++a) {
      for (long unit = first; unit < first + lanes; ++unit) {
        *out++ = unit < units ? value(a, unit) : T(0);
      }
    }
  }
}

template <class T>
void pack_biases(const CellSpec& spec, const T* bias, long lanes, const CellParts<T*>& to) {
  const long units = spec.units;
  const auto at = [&](long row, long gate, long unit) {
    return bias == nullptr ? T(0) : bias[(row * spec.gates() + gate) * units + unit];
  };
  if (spec.cell == Cell::gru) {
    // The halves of the candidate stay apart, the other two biases of a unit are added.
    pack_bias(units, 4, lanes, to[kBias], [&](long a, long unit) {
      if (a == 0) return at(0, 2, unit);
      if (a == 3) return at(1, 2, unit);
      return at(0, a - 1, unit) + at(1, a - 1, unit);
    });
    return;
  }
  const bool halves = spec.cell == Cell::gru_before;
  pack_bias(units, halves ? 2 : spec.gates(), lanes, to[kBias],
            [&](long a, long unit) { return at(0, a, unit); });
  if (halves) {
    pack_bias(units, 1, lanes, to[kCandidateBias], [&](long, long unit) { return at(0, 2, unit); });
  }
}

}  // namespace

CellParts<std::size_t> cell_sizes(const CellSpec& spec, long lanes) {
  const bool halves = spec.cell == Cell::gru_before;
  const auto units =
      saturated_round_up(static_cast<std::size_t>(spec.units), static_cast<std::size_t>(lanes));
  const long vectors = halves ? 2 : spec.gates();
  const long starts = spec.cell == Cell::gru ? 4 : vectors;
  CellParts<std::size_t> sizes{};
  sizes[kKernel] = saturated_mul(units, spec.input_dim, vectors);
  sizes[kRecurrentKernel] = saturated_mul(units, spec.units, vectors);
  sizes[kBias] = saturated_mul(units, starts);
  if (halves) {
    sizes[kCandidateKernel] = saturated_mul(units, spec.input_dim);
    sizes[kCandidateRecurrentKernel] = saturated_mul(units, spec.units);
    sizes[kCandidateBias] = units;
  }
  return sizes;
}

template <class T>
void pack_cell(const CellSpec& spec, const KerasWeights<T>& from, long lanes,
               const CellParts<T*>& to, long i, long n) {
  if (i == 0) pack_biases(spec, from.bias, lanes, to);
  if (to[kKernel] == nullptr) return;
  const KerasMatrix<T> w{from.kernel, spec.input_dim, spec.gates(), spec.units};
  const KerasMatrix<T> u{from.recurrent_kernel, spec.units, spec.gates(), spec.units};
  const Range x = share(w.rows, i, n);
  const Range h = share(u.rows, i, n);
  const auto gates = [&](const long* input, long vectors) {
    pack_gates(w, input, vectors, lanes, x, to[kKernel]);
    pack_gates(u, kInOrder, vectors, lanes, h, to[kRecurrentKernel]);
  };
  switch (spec.cell) {
    case Cell::lstm:
      gates(kInOrder, 4);
      break;
    case Cell::gru:
      gates(kGruInput, 3);
      break;
    case Cell::gru_before:
      gates(kInOrder, 2);
      pack_one_gate(w, 2, lanes, x, to[kCandidateKernel]);
      pack_one_gate(u, 2, lanes, h, to[kCandidateRecurrentKernel]);
      break;
    case Cell::simple_rnn:
      pack_one_gate(w, 0, lanes, x, to[kKernel]);
      pack_one_gate(u, 0, lanes, h, to[kRecurrentKernel]);
      break;
  }
}

#define TIDEGATE_INSTANTIATE(T)                                                                   \
  template void pack_cell<T>(const CellSpec&, const KerasWeights<T>&, long, const CellParts<T*>&, \
                             long, long);
TIDEGATE_INSTANTIATE(float)
TIDEGATE_INSTANTIATE(double)
#undef TIDEGATE_INSTANTIATE

}  // namespace tidegate
