// Forward packings turned around, for the products of the backward pass.
#pragma once

#include "core/pool.h"
#include "rnn/cell.h"

namespace tidegate {

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

}  // namespace tidegate
