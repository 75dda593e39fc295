#include "runtime/compact_weights.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "core/float16.h"
#include "core/saturated.h"
#include "kernels/inference.h"
#include "runtime/graph_check.h"

namespace tidegate {

// A matrix in Keras' layout [rows, gates * units], given in one of three ways, and the column
// blocks that lie beside each other for every vector of units; one gate alone lies in panels of 4
// vectors.
struct CompactWeights::Part {
  CellPart part;
  const float* full;
  const std::uint16_t* half;
  const std::int8_t* whole;
  const float* scales;
  long rows, gates, units;
  long vectors;
  long gate[4];

  bool one_gate() const { return vectors == 1; }
  long panel_vectors() const { return one_gate() ? 4 : vectors; }
  long all_vectors(long lanes) const { return (units + lanes - 1) / lanes * vectors; }

  // Lane 0 of vector v of all: its column, and how many lanes there are.
  long column(long v, long lanes) const {
    return one_gate() ? gate[0] * units + v * lanes
                      : gate[v % vectors] * units + v / vectors * lanes;
  }
  long live(long v, long lanes) const {
    return std::min(lanes, units - (one_gate() ? v : v / vectors) * lanes);
  }
  std::uint16_t half_at(WeightKind kind, long i) const {
    if (full == nullptr) return half[i];
    return kind == WeightKind::bfloat16 ? to_bfloat16(full[i]).bits : to_float16(full[i]).bits;
  }
};

namespace {

constexpr std::size_t kLine = 64;

std::size_t bytes_of_vector(WeightKind kind, long rows, long lanes) {
  const auto k = static_cast<std::size_t>(rows);
  return kind == WeightKind::int8 ? saturated_mul(saturated_round_up(k, 4), lanes)
                                  : saturated_mul(k, 2 * lanes);
}

// Where lane 0 of row k lies in a panel of n vectors and `rows` rows, and how far apart lanes are;
// counted in values.
struct Place {
  long first, step;
};
Place place(WeightKind kind, long k, long v, long n, long rows, long lanes) {
  const long i = k * n + v;
  if (kind == WeightKind::int8) return {(k / 4 * n + v) * lanes * 4 + k % 4, 4};
  const bool paired = kind == WeightKind::bfloat16 && (i | 1) < rows * n;
  return paired ? Place{i / 2 * 2 * lanes + i % 2, 2} : Place{i * lanes, 1};
}

template <class Part>
void pack_values(const Part& from, WeightKind kind, long lanes, std::uint8_t flip, std::byte* to) {
  const long all = from.all_vectors(lanes);
  const long columns = from.gates * from.units;
  for (long first = 0; first < all; first += from.panel_vectors()) {
    const long n = std::min(all - first, from.panel_vectors());
    for (long k = 0; k < from.rows; ++k) {
      for (long v = 0; v < n; ++v) {
        const Place at = place(kind, k, v, n, from.rows, lanes);
        const long given = k * columns + from.column(first + v, lanes);
        for (long lane = 0; lane < from.live(first + v, lanes); ++lane) {
          const long i = at.first + lane * at.step;
          if (kind == WeightKind::int8) {
            const int value = std::max<int>(from.whole[given + lane], -127);
            to[i] = static_cast<std::byte>(static_cast<std::uint8_t>(value) ^ flip);
          } else {
            reinterpret_cast<std::uint16_t*>(to)[i] = from.half_at(kind, given + lane);
          }
        }
      }
    }
    to += static_cast<std::size_t>(n) * bytes_of_vector(kind, from.rows, lanes);
  }
}

template <class Part>
void pack_scales(const Part& from, long lanes, float* to) {
  for (long v = 0; v < from.all_vectors(lanes); ++v, to += lanes) {
    const long live = from.live(v, lanes);
    std::copy_n(from.scales + from.column(v, lanes), live, to);
    std::fill(to + live, to + lanes, 0.0F);
  }
}

}  // namespace

void CompactWeights::pack(WeightKind kind, const Part* parts, int count) {
  const long lanes = inference_kernels().lanes;
  const bool whole = kind == WeightKind::int8;
  const auto flip = static_cast<std::uint8_t>(whole ? bytes_kernels().offset : 0);
  const auto size = [&](const Part& part) {
    const std::size_t each = bytes_of_vector(kind, part.rows, lanes);
    return saturated_round_up(saturated_mul(each, part.all_vectors(lanes)), kLine);
  };
  const auto scales_of = [&](const Part& part) {
    return whole ? static_cast<std::size_t>(part.all_vectors(lanes) * lanes) : 0;
  };
  std::size_t bytes = 0, columns = 0;
  for (int i = 0; i < count; ++i) {
    bytes = saturated_add(bytes, size(parts[i]));
    columns += scales_of(parts[i]);
  }
  values_ = Block(bytes);
  if (whole) scales_ = Block(saturated_mul(columns, sizeof(float)));
  complete_ = values_ && (!whole || scales_);
  if (!complete_) return;
  std::memset(values_.data(), flip, bytes);
  auto* values = values_.as<std::byte>();
  auto* scales = scales_.as<float>();
  for (int i = 0; i < count; ++i) {
    const Part& part = parts[i];
    pack_values(part, kind, lanes, flip, values);
    if (whole) pack_scales(part, lanes, scales);
    matrix_[part.part] = {values, whole ? scales : nullptr, part.rows,
                          static_cast<long>(bytes_of_vector(kind, part.rows, lanes))};
    values += size(part);
    scales += scales_of(part);
  }
}

CompactWeights::CompactWeights(WeightKind kind, const CellSpec& cell, const OpSpec& from) {
  const Part w{kKernel,        from.kernel,  from.kernel16, from.kernel8, from.kernel_scale,
               cell.input_dim, cell.gates(), cell.units,    cell.gates(), {0, 1, 2, 3}};
  const Part u{kRecurrentKernel,
               from.recurrent_kernel,
               from.recurrent_kernel16,
               from.recurrent_kernel8,
               from.recurrent_kernel_scale,
               cell.units,
               cell.gates(),
               cell.units,
               cell.gates(),
               {0, 1, 2, 3}};
  Part parts[4] = {w, u, w, u};
  int count = 2;
  if (cell.cell == Cell::gru) {
    const long order[] = {2, 0, 1};
    std::copy_n(order, 3, parts[0].gate);
  }
  if (cell.cell == Cell::gru_before) {
    count = 4;
    parts[0].vectors = parts[1].vectors = 2;
    parts[2].vectors = parts[3].vectors = 1;
    parts[2].gate[0] = parts[3].gate[0] = 2;
    parts[2].part = kCandidateKernel;
    parts[3].part = kCandidateRecurrentKernel;
  }
  pack(kind, parts, count);
}

CompactWeights::CompactWeights(WeightKind kind, const OpSpec& dense) {
  const Part part{kKernel,
                  dense.kernel,
                  dense.kernel16,
                  dense.kernel8,
                  dense.kernel_scale,
                  dense.inputs,
                  1,
                  dense.outputs,
                  1,
                  {}};
  pack(kind, &part, 1);
}

bool keeps_compact(OpKind kind, WeightKind weights) {
  if (weights == WeightKind::float32) return false;
  return is_recurrent(kind) || kind == OpKind::dense ||
         (kind == OpKind::embedding && weights == WeightKind::int8);
}

std::string compact_fault(const OpSpec& op, WeightKind weights) {
  const bool recurrent = is_recurrent(op.kind);
  const bool whole = weights == WeightKind::int8;
  const auto given = [whole](const float* full, const std::uint16_t* half, const std::int8_t* bytes,
                             const float* scale) {
    return whole ? bytes != nullptr && scale != nullptr : full != nullptr || half != nullptr;
  };
  if (!given(op.kernel, op.kernel16, op.kernel8, op.kernel_scale)) {
    return whole ? "the kernel of 8 bits or its scale is missing" : "the kernel is missing";
  }
  if (recurrent && !given(op.recurrent_kernel, op.recurrent_kernel16, op.recurrent_kernel8,
                          op.recurrent_kernel_scale)) {
    return whole ? "the recurrent kernel of 8 bits or its scale is missing"
                 : "the recurrent kernel is missing";
  }
  if (!whole || op.kind == OpKind::embedding) return "";
  if (op.inputs > kLongestByteRow || (recurrent && op.outputs > kLongestByteRow)) {
    return "rows of 8 bits have at most " + std::to_string(kLongestByteRow) +
           " values. Received: inputs " + std::to_string(op.inputs) + ", outputs " +
           std::to_string(op.outputs);
  }
  return "";
}

}  // namespace tidegate
