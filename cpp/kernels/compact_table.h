// Products of rows with weights of 8 bits or of float16, added to tiles in memory: the arguments of
// kernels/compact.inl.h. What is computed with 8 bits: python/tidegate/reference/quantized.py.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidegate {

// Packed weights. Panels as those of float32; of float16 in the same order, of 8 bits four rows
// together: [panel][k / 4][vectors][L][4] with zeros past the last row, and, where
// CompactKernels::offset is 128, unsigned and larger by it.
struct CompactMatrix {
  const std::byte* values;
  const float* scales;  // of 8 bits: [panel][vectors][L]
  long rows;            // K
  long vector_bytes;    // of L columns
};

// The rows of a step or of a product: as they are and, of 8 bits, as whole numbers.
struct CompactRows {
  const float** at;     // [rows]
  std::int8_t* values;  // [rows] of `stride`, a multiple of kByteStep: zeros past the end; or null
  long stride;
  bool fixed;            // the range [-1, 1], not that of each row
  float* scales;         // [rows]
  std::int32_t* starts;  // [rows] where sums start, because of the offset
};

// tile[r][v][L] += the product of a few rows, from `row` on, with the vectors of one panel.
struct CompactTileArgs {
  const CompactRows* x;
  long row;
  long k;  // values of a row
  const std::byte* w;
  const float* scales;
  float* tile;
  long tile_stride;  // values between two rows
};

// How one kind of weights is multiplied.
struct CompactKernels {
  using Tile = void (*)(const CompactTileArgs&);
  int offset;
  int rows;         // of the largest tile: 1, 2 or 4
  Tile tile[3][4];  // [log2 of the rows][vectors - 1]
  // Of 8 bits: where the sums of a row of `n` values start, n a multiple of kByteStep.
  std::int32_t (*start)(const std::int8_t* x, long n);
};

// What one step of a recurrent layer, or the product of a dense one (kernel and x alone), reads.
struct CompactOperands {
  const CompactKernels* kernels;
  CompactMatrix kernel, recurrent_kernel;
  CompactRows x, h;
};

constexpr std::size_t kByteStep = 64;
// Longest row of 8 bits: sums of more products would not fit into 32 bits.
constexpr long kLongestByteRow = 1L << 17;

}  // namespace tidegate
