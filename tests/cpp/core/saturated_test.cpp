#include "core/saturated.h"

#include <doctest/doctest.h>

using namespace tidegate;

TEST_CASE("sizes stop at the largest value") {
  CHECK(saturated_mul(3, 4, 5) == 60);
  CHECK(saturated_mul(SIZE_MAX / 2, 2) == SIZE_MAX - 1);
  CHECK(saturated_mul(SIZE_MAX / 2, 3) == SIZE_MAX);
  CHECK(saturated_mul(SIZE_MAX, 2, 0) == SIZE_MAX);  // too large in between
  CHECK(saturated_add(SIZE_MAX - 1, 1) == SIZE_MAX);
  CHECK(saturated_add(SIZE_MAX, 1) == SIZE_MAX);
  CHECK(saturated_round_up(65, 64) == 128);
  CHECK(saturated_round_up(SIZE_MAX - 3, 64) == SIZE_MAX);
}
