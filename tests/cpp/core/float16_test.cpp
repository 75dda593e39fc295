#include "core/float16.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace tidegate;

TEST_CASE("every float16 comes back as it was") {
  for (unsigned bits = 0; bits < 0x10000U; ++bits) {
    const float16 half{static_cast<std::uint16_t>(bits)};
    const float value = to_float(half);
    if (std::isnan(value)) {
      CHECK((bits & 0x7FFFU) > 0x7C00U);
      CHECK(std::isnan(to_float(to_float16(value))));
    } else {
      REQUIRE(to_float16(value).bits == bits);
    }
  }
}

TEST_CASE("a float goes to the nearest float16, ties to even") {
  // Between two that follow each other: below, at and above the middle, which float32 holds.
  for (unsigned bits = 0; bits < 0x7BFFU; ++bits) {
    const float low = to_float(float16{static_cast<std::uint16_t>(bits)});
    const float high = to_float(float16{static_cast<std::uint16_t>(bits + 1)});
    const float middle = low + (high - low) / 2;
    const unsigned even = bits % 2 == 0 ? bits : bits + 1;
    REQUIRE(to_float16(std::nextafter(middle, 0.0F)).bits == bits);
    REQUIRE(to_float16(middle).bits == even);
    REQUIRE(to_float16(std::nextafter(middle, high)).bits == bits + 1);
    REQUIRE(to_float16(-middle).bits == (even | 0x8000U));
  }
}

TEST_CASE("what is too large becomes infinite") {
  CHECK(to_float16(65504.0F).bits == 0x7BFFU);
  CHECK(to_float16(65519.99F).bits == 0x7BFFU);
  CHECK(to_float16(65520.0F).bits == 0x7C00U);
  CHECK(to_float16(-1e30F).bits == 0xFC00U);
  CHECK(to_float16(std::numeric_limits<float>::infinity()).bits == 0x7C00U);
  CHECK(to_float(float16{0x0001}) == 0x1p-24F);
}
