// Size arithmetic that throws instead of wrapping around.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace tidegate {

// A size that does not fit into std::size_t. Python sees it as ValueError.
class SizeError : public std::length_error {
 public:
  using std::length_error::length_error;
};

namespace detail {

inline std::size_t mul(std::size_t a, std::size_t b) {
  std::size_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    throw SizeError("size overflow: " + std::to_string(a) + " * " + std::to_string(b));
  }
  return product;
}

inline std::size_t add(std::size_t a, std::size_t b) {
  std::size_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) {
    throw SizeError("size overflow: " + std::to_string(a) + " + " + std::to_string(b));
  }
  return sum;
}

}  // namespace detail

// Product of all arguments.
template <class... Sizes>
std::size_t checked_mul(std::size_t first, Sizes... rest) {
  std::size_t product = first;
  ((product = detail::mul(product, static_cast<std::size_t>(rest))), ...);
  return product;
}

// Sum of all arguments.
template <class... Sizes>
std::size_t checked_add(std::size_t first, Sizes... rest) {
  std::size_t sum = first;
  ((sum = detail::add(sum, static_cast<std::size_t>(rest))), ...);
  return sum;
}

// The smallest multiple of `step` that is not below `value`; `step` is a power of two.
inline std::size_t checked_round_up(std::size_t value, std::size_t step) {
  return detail::add(value, step - 1) & ~(step - 1);
}

}  // namespace tidegate
