#include "runtime/cell_weights.h"

#include <algorithm>

#include "core/saturated.h"
#include "kernels/inference.h"

namespace tidegate {
namespace {

constexpr std::size_t kLine = 64;

long ceil_div(long a, long b) { return (a + b - 1) / b; }

// Where each part of a block starts, in bytes, and at last where all end.
std::array<std::size_t, kCellParts + 1> offsets(const CellParts<std::size_t>& values) {
  std::array<std::size_t, kCellParts + 1> at{};
  for (std::size_t i = 0; i < kCellParts; ++i) {
    const std::size_t bytes = saturated_round_up(saturated_mul(values[i], sizeof(float)), kLine);
    at[i + 1] = saturated_add(at[i], bytes);
  }
  return at;
}

CellParts<float*> parts_of(const Block& block, const CellParts<std::size_t>& values) {
  const auto at = offsets(values);
  CellParts<float*> parts{};
  for (std::size_t i = 0; i < kCellParts; ++i) {
    if (values[i] > 0) parts[i] = reinterpret_cast<float*>(block.as<std::byte>() + at[i]);
  }
  return parts;
}

}  // namespace

CellWeights::CellWeights(const CellSpec& spec, const KerasWeights<float>& from, WeightKind kind)
    : spec_(spec), lanes_(inference_kernels().lanes) {
  CellParts<std::size_t> sizes = cell_sizes(spec, lanes_);
  if (kind != WeightKind::float32) {
    for (std::size_t i = 0; i < kCellParts; ++i) {
      if (i != kBias && i != kCandidateBias) sizes[i] = 0;
    }
  }
  values_ = Block(offsets(sizes).back());
  if (!values_) return;
  const CellParts<float*> to = parts_of(values_, sizes);
  pack_cell<float>(spec, from, lanes_, to);
  std::copy(to.begin(), to.end(), parts_.begin());
}

long CellWeights::panels() const {
  return spec_.cell == Cell::simple_rnn ? one_gate_panels() : ceil_div(spec_.units, lanes_);
}

long CellWeights::one_gate_panels() const { return ceil_div(spec_.units, 4L * lanes_); }

}  // namespace tidegate
