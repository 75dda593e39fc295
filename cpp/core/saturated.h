// Size arithmetic that stops at the largest value instead of wrapping around: no memory has that
// many bytes, so whoever asks for it is refused there. For code without exceptions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidegate {

// Product of all arguments.
template <class... Sizes>
std::size_t saturated_mul(std::size_t first, Sizes... rest) {
  std::size_t product = first;
  bool over = false;
  ((over |= __builtin_mul_overflow(product, static_cast<std::size_t>(rest), &product)), ...);
  return over ? SIZE_MAX : product;
}

inline std::size_t saturated_add(std::size_t a, std::size_t b) {
  std::size_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

// The smallest multiple of `step` that is not below `value`; `step` is a power of two.
inline std::size_t saturated_round_up(std::size_t value, std::size_t step) {
  return value > SIZE_MAX - step ? SIZE_MAX : (value + step - 1) & ~(step - 1);
}

}  // namespace tidegate
