#include "core/bfloat16.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>

using namespace tidegate;

namespace {

std::uint16_t rounded(std::uint32_t bits) { return to_bfloat16(std::bit_cast<float>(bits)).bits; }

}  // namespace

TEST_CASE("a float goes to the nearest bfloat16, ties to even") {
  CHECK(rounded(0x3F800000) == 0x3F80);  // 1
  CHECK(rounded(0x3F808000) == 0x3F80);  // half way, even below
  CHECK(rounded(0x3F808001) == 0x3F81);
  CHECK(rounded(0x3F818000) == 0x3F82);  // half way, even above
  CHECK(rounded(0x3F817FFF) == 0x3F81);
  CHECK(rounded(0xBF808001) == 0xBF81);
  CHECK(rounded(0x80000000) == 0x8000);  // -0
  CHECK(rounded(0x00008001) == 0x0001);  // subnormal
  CHECK(rounded(0x7F7FFFFF) == 0x7F80);  // the largest float rounds to infinity
  CHECK(rounded(0x7F800000) == 0x7F80);
}

TEST_CASE("NaN stays NaN, also where only its lower half says so") {
  for (const std::uint32_t bits : {0x7F800001U, 0xFF800001U, 0x7FC00000U, 0x7FFFFFFFU}) {
    CHECK(std::isnan(to_float({rounded(bits)})));
  }
}

TEST_CASE("every bfloat16 comes back as it was") {
  for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const float value = to_float({static_cast<std::uint16_t>(bits)});
    if (!std::isnan(value)) CHECK(to_bfloat16(value).bits == bits);
  }
}
