// float16 (IEEE 754 binary16): 5 bits of exponent and 11 of precision; subnormal values count.
//
// Always inlined, as core/bfloat16.h says.
#pragma once

#include <cstdint>
#include <cstring>

namespace tidegate {

struct float16 {  // NOLINT(readability-identifier-naming): as other number types are written
  std::uint16_t bits;
};

// To the nearest, ties to even; what is too large becomes infinite, NaN stays NaN.
[[gnu::always_inline]] inline float16 to_float16(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const std::uint32_t sign = bits >> 16 & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  std::uint32_t half;
  if (magnitude > 0x7F800000U) {
    half = 0x7E00U;
  } else if (magnitude >= 0x477FF000U) {  // 65520, halfway behind the largest
    half = 0x7C00U;
  } else if (magnitude >= 0x38800000U) {  // 2^-14, the smallest normal
    half = (magnitude + 0xFFFU + (magnitude >> 13 & 1U) - (112U << 23)) >> 13;
  } else if (magnitude < 0x33000000U) {  // 2^-25, halfway to the smallest
    half = 0;
  } else {
    const std::uint32_t mantissa = (magnitude & 0x7FFFFFU) | 0x800000U;
    const std::uint32_t shift = 126U - (magnitude >> 23);  // of 14 to 24
    const std::uint32_t whole = mantissa >> shift;
    const std::uint32_t rest = mantissa & ((1U << shift) - 1U);
    const std::uint32_t tie = 1U << (shift - 1U);
    half = whole + static_cast<std::uint32_t>(rest > tie || (rest == tie && (whole & 1U) != 0));
  }
  return {static_cast<std::uint16_t>(sign | half)};
}

[[gnu::always_inline]] inline float to_float(float16 value) {
  const std::uint32_t sign = (value.bits & 0x8000U) << 16;
  const std::uint32_t magnitude = value.bits & 0x7FFFU;
  std::uint32_t bits;
  if (magnitude >= 0x7C00U) {
    bits = 0x7F800000U | (magnitude & 0x3FFU) << 13;
    if (magnitude > 0x7C00U) bits |= 0x400000U;
  } else if (magnitude >= 0x400U) {
    bits = (magnitude << 13) + (112U << 23);
  } else {
    const float small = static_cast<float>(magnitude) * 0x1p-24F;
    std::memcpy(&bits, &small, sizeof bits);
  }
  bits |= sign;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

}  // namespace tidegate
