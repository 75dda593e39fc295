#include "runtime/compact_plan.h"

#include "core/saturated.h"
#include "kernels/inference.h"

namespace tidegate {

const CompactKernels* compact_kernels(WeightKind kind) {
  if (kind == WeightKind::float16) return &inference_kernels().float16;
  return kind == WeightKind::int8 ? &bytes_kernels() : nullptr;
}

CompactRows take_compact_rows(WeightKind kind, std::size_t rows, long n, bool fixed, Arena& arena) {
  CompactRows taken{};
  if (compact_kernels(kind) == nullptr) return taken;
  taken.at = arena.take<const float*>(rows);
  if (kind != WeightKind::int8) return taken;
  const std::size_t stride = saturated_round_up(static_cast<std::size_t>(n), kByteStep);
  taken.fixed = fixed;
  taken.stride = static_cast<long>(stride);
  taken.values = arena.take<std::int8_t>(saturated_mul(rows, stride));
  taken.scales = arena.take<float>(rows);
  taken.starts = arena.take<std::int32_t>(rows);
  return taken;
}

CompactOperands* take_compact_operands(WeightKind kind, Arena& arena) {
  return compact_kernels(kind) == nullptr ? nullptr : arena.take<CompactOperands>(1);
}

}  // namespace tidegate
