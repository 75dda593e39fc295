// From Keras' layout of weights to the packed operands of the kernels, by all threads where that
// pays: a training step packs its weights anew.
#pragma once

#include "core/checked.h"
#include "core/pool.h"
#include "rnn/cell.h"

namespace tidegate {

// A matrix in Keras' layout: [rows, gates * units].
template <class T>
struct KerasMatrix {
  const T* data;
  long rows, gates, units;
  const T* at(long row, long gate, long unit) const {
    return data + (row * gates + gate) * units + unit;
  }
};

// [panel of L units][row][vector][L]; vector v is column block gate[v]. Units past the end are 0.
template <class T>
Buffer pack_gates(const KerasMatrix<T>& m, const long* gate, long vectors, long lanes);

// [panel of 4 L units][row][vectors * L], the last panel with as many vectors as it needs.
template <class T>
Buffer pack_one_gate(const KerasMatrix<T>& m, long gate, long lanes);

// A forward packing to be transposed: rows of `vectors` vectors per panel of L units, or one gate
// in panels of 4 L units.
template <class T>
struct ForwardPack {
  const T* data;
  bool one_gate;
  long vectors;

  // The L lanes of (row, vector, unit).
  const T* at(long row, long v, long unit, long rows, long units, long lanes) const {
    if (!one_gate) return data + (((unit / lanes) * rows + row) * vectors + v) * lanes;
    const long first = unit / (4 * lanes) * (4 * lanes);
    const long padded = (units + lanes - 1) / lanes * lanes;
    const long width = padded - first < 4 * lanes ? padded - first : 4 * lanes;
    return data + first * rows + row * width + (unit - first);
  }
};

// The right operand of a backward product: rows [block of 16 units][count vectors][16], columns
// in panels of 4 L. `count` is the sum of what the packings hold, their vectors follow each other.
template <class T>
Buffer transpose(const ForwardPack<T>* packs, int number, long columns, const CellSpec& spec,
                 long lanes);

// Where accumulators start: [panel][accumulators][L]. value(a, unit) is the bias of accumulator a.
template <class T, class Value>
Buffer pack_bias(long units, long accumulators, long lanes, Value&& value) {
  const long padded = (units + lanes - 1) / lanes * lanes;
  Buffer packed = pool_take(checked_mul(static_cast<std::size_t>(padded),
                                        static_cast<std::size_t>(accumulators), sizeof(T)));
  T* out = packed.as<T>();
  for (long first = 0; first < padded; first += lanes) {
    for (long a = 0; a < accumulators; ++a) {
      for (long unit = first; unit < first + lanes; ++unit) {
        *out++ = unit < units ? value(a, unit) : T(0);
      }
    }
  }
  return packed;
}

}  // namespace tidegate
