#include "core/float_env.h"

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>

using namespace tidegate;

namespace {

// volatile: the compiler must not compute what the processor is asked.
bool denormals_survive() {
  volatile float least = std::numeric_limits<float>::min();
  volatile float half = least * 0.5F;
  return half > 0.0F;
}

bool denormal_inputs_count() {
  volatile float denormal = std::numeric_limits<float>::denorm_min();
  volatile float scaled = denormal * 1e30F;
  return scaled > 0.0F;
}

}  // namespace

TEST_CASE("denormals are kept outside, flushed inside where that is possible, kept again after") {
  constexpr bool kKept = !FlushDenormals::kPossible;
  CHECK(denormals_survive());
  CHECK(denormal_inputs_count());
  {
    const FlushDenormals flush;
    CHECK(denormals_survive() == kKept);
    CHECK(denormal_inputs_count() == kKept);
    {
      const FlushDenormals nested;
      CHECK(denormals_survive() == kKept);
    }
    CHECK(denormals_survive() == kKept);
  }
  CHECK(denormals_survive());
  CHECK(denormal_inputs_count());
}

TEST_CASE("an exception restores the mode too") {
  try {
    const FlushDenormals flush;
    throw std::runtime_error("stop");
  } catch (const std::runtime_error&) {
  }
  CHECK(denormals_survive());
}
