// From Keras' layout of weights to the packed operands of the kernels, into memory of the
// caller. Rows are packed in shares, so that a team can divide the work.
#pragma once

#include <array>
#include <cstddef>

#include "rnn/cell.h"

namespace tidegate {

// Weights of one cell in Keras' layout and gate order, contiguous: kernel [I, G*H],
// recurrent_kernel [H, G*H], bias [G*H] ([2, 3H] for the reset-after GRU) or null.
template <class T>
struct KerasWeights {
  const T* kernel;
  const T* recurrent_kernel;
  const T* bias;
};

// The parts of a forward packing, one panel after another: [panel][k][vectors][L], and accumulator
// starts [panel][accumulators][L]. The candidate of the reset-before GRU is a one-gate cell of its
// own; other cells have none.
enum CellPart : std::size_t {
  kKernel,
  kRecurrentKernel,
  kBias,
  kCandidateKernel,
  kCandidateRecurrentKernel,
  kCandidateBias,
  kCellParts
};
template <class Part>
using CellParts = std::array<Part, kCellParts>;

// Values of each part; 0 for one that the cell does not have.
CellParts<std::size_t> cell_sizes(const CellSpec& spec, long lanes);

// Vectors beside each other in a row of a full panel of `kernel` and `recurrent_kernel`.
inline long panel_vectors(const CellSpec& spec) {
  return spec.cell == Cell::simple_rnn ? 4 : spec.cell == Cell::gru_before ? 2 : spec.gates();
}

// Packs part i of n of the rows; part 0 packs the biases too. Biases alone if `to` has no kernel.
template <class T>
void pack_cell(const CellSpec& spec, const KerasWeights<T>& from, long lanes,
               const CellParts<T*>& to, long i = 0, long n = 1);

}  // namespace tidegate
