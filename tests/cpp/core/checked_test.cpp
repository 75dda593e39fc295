#include "core/checked.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

using namespace tidegate;

namespace {
__extension__ using Wide = unsigned __int128;
constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kHalf = std::size_t{1} << 32;
}  // namespace

TEST_CASE("products and sums that fit are exact") {
  CHECK(checked_mul(7) == 7);
  CHECK(checked_mul(3, 5, 7) == 105);
  CHECK(checked_mul(kHalf, kHalf - 1) == kMost - kHalf + 1);
  CHECK(checked_mul(kMost, 1) == kMost);
  CHECK(checked_mul(0, kMost) == 0);
  CHECK(checked_add(1, 2, 3) == 6);
  CHECK(checked_add(kMost, 0) == kMost);
}

TEST_CASE("what wraps around throws and names both operands") {
  CHECK_THROWS_AS(checked_mul(kHalf, kHalf), SizeError);
  CHECK_THROWS_AS(checked_mul(2, kHalf, kHalf / 2), SizeError);
  CHECK_THROWS_AS(checked_add(kMost, 1), SizeError);
  CHECK_THROWS_WITH(checked_mul(kMost, 2), "size overflow: 18446744073709551615 * 2");
}

TEST_CASE("sizes around the powers of two agree with 128-bit arithmetic") {
  for (const int bit : {31, 32, 33, 62, 63}) {
    for (std::size_t a = (std::size_t{1} << bit) - 2; a <= (std::size_t{1} << bit) + 2; ++a) {
      for (const std::size_t b : {std::size_t{1}, std::size_t{2}, std::size_t{3}, kHalf, kMost}) {
        const Wide product = static_cast<Wide>(a) * b;
        if (product <= kMost) {
          CHECK(checked_mul(a, b) == static_cast<std::size_t>(product));
        } else {
          CHECK_THROWS_AS(checked_mul(a, b), SizeError);
        }
      }
    }
  }
}

TEST_CASE("rounding up to a power of two") {
  CHECK(checked_round_up(0, 64) == 0);
  CHECK(checked_round_up(1, 64) == 64);
  CHECK(checked_round_up(64, 64) == 64);
  CHECK_THROWS_AS(checked_round_up(kMost - 5, 64), SizeError);
}
