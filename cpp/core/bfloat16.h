// bfloat16: the upper half of a float32, 8 bits of exponent and 8 of precision.
//
// The functions are always inlined: files compiled for a wider instruction set include this, and no
// copy of theirs may be the one that the linker keeps for all.
#pragma once

#include <cstdint>
#include <cstring>

namespace tidegate {

struct bfloat16 {  // NOLINT(readability-identifier-naming): as other number types are written
  std::uint16_t bits;
};

// Two values that lie beside each other along k, the inner axis of a product.
struct bfloat16_pair {  // NOLINT(readability-identifier-naming)
  bfloat16 even, odd;
};

// To the nearest, ties to even; NaN stays NaN. Subnormal values are rounded, not flushed.
[[gnu::always_inline]] inline bfloat16 to_bfloat16(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const bool nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
  // A NaN whose lower half alone says so would become an infinity: the quiet bit is set.
  const std::uint32_t rounded = nan ? bits | 0x00400000U : bits + 0x7FFFU + ((bits >> 16) & 1U);
  return {static_cast<std::uint16_t>(rounded >> 16)};
}

[[gnu::always_inline]] inline float to_float(bfloat16 value) {
  const std::uint32_t bits = static_cast<std::uint32_t>(value.bits) << 16;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

}  // namespace tidegate
