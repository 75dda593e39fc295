#include "runtime/cell_weights.h"

#include <algorithm>
#include <utility>

#include "core/saturated.h"
#include "kernels/inference.h"
#include "kernels/narrow.h"

namespace tidegate {
namespace {

constexpr std::size_t kLine = 64;

long ceil_div(long a, long b) { return (a + b - 1) / b; }

// Where each part of a block starts, in bytes, and at last where all end.
std::array<std::size_t, kCellParts + 1> offsets(const CellParts<std::size_t>& values,
                                                std::size_t value_bytes) {
  std::array<std::size_t, kCellParts + 1> at{};
  for (std::size_t i = 0; i < kCellParts; ++i) {
    const std::size_t bytes = saturated_round_up(saturated_mul(values[i], value_bytes), kLine);
    at[i + 1] = saturated_add(at[i], bytes);
  }
  return at;
}

template <class T>
CellParts<T*> parts_of(const Block& block, const CellParts<std::size_t>& values) {
  const auto at = offsets(values, sizeof(T));
  CellParts<T*> parts{};
  for (std::size_t i = 0; i < kCellParts; ++i) {
    if (values[i] > 0) parts[i] = reinterpret_cast<T*>(block.as<std::byte>() + at[i]);
  }
  return parts;
}

template <class T>
Block block_for(const CellParts<std::size_t>& values) {
  return Block(offsets(values, sizeof(T)).back());
}

template <class To, class From>
void set(CellParts<To>& to, const CellParts<From>& from) {
  for (std::size_t i = 0; i < kCellParts; ++i) to[i] = from[i];
}

}  // namespace

CellWeights::CellWeights(const CellSpec& spec, const KerasWeights<float>& from, WeightKind kind)
    : spec_(spec), lanes_(inference_kernels().lanes) {
  const CellParts<std::size_t> sizes = cell_sizes(spec, lanes_);
  Block packed = block_for<float>(sizes);
  if (!packed) return;
  const CellParts<float*> to = parts_of<float>(packed, sizes);
  pack_cell<float>(spec, from, lanes_, to);
  if (kind == WeightKind::bfloat16) {
    narrow(sizes, to);
    return;
  }
  values_ = std::move(packed);
  set(parts_, to);
}

// Kernels in bfloat16 in a block of their own, biases as they are.
void CellWeights::narrow(const CellParts<std::size_t>& sizes, const CellParts<float*>& from) {
  CellParts<std::size_t> kernels = sizes, biases{};
  for (const CellPart i : {kBias, kCandidateBias}) biases[i] = std::exchange(kernels[i], 0);
  Block narrow = block_for<bfloat16>(kernels);
  Block rest = block_for<float>(biases);
  if (!narrow || !rest) return;
  const CellParts<bfloat16*> to = parts_of<bfloat16>(narrow, kernels);
  const CellParts<float*> kept = parts_of<float>(rest, biases);
  for (const CellPart i : {kBias, kCandidateBias}) std::copy_n(from[i], biases[i], kept[i]);
  const bool one_gate = spec_.cell == Cell::simple_rnn;
  const long width = panel_vectors(spec_);
  const long columns = one_gate ? spec_.units : panels() * width * lanes_;
  const auto each = [&](CellPart i, long rows, long all, long wide) {
    if (to[i] != nullptr) narrow_panels(from[i], rows, all, wide, lanes_, to[i]);
  };
  each(kKernel, spec_.input_dim, columns, width);
  each(kRecurrentKernel, spec_.units, columns, width);
  each(kCandidateKernel, spec_.input_dim, spec_.units, 4);
  each(kCandidateRecurrentKernel, spec_.units, spec_.units, 4);
  values_ = std::move(rest);
  narrow_ = std::move(narrow);
  set(parts_, kept);
  set(parts16_, to);
}

long CellWeights::panels() const {
  return spec_.cell == Cell::simple_rnn ? one_gate_panels() : ceil_div(spec_.units, lanes_);
}

long CellWeights::one_gate_panels() const { return ceil_div(spec_.units, 4L * lanes_); }

}  // namespace tidegate
