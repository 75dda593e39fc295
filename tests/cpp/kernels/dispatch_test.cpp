#include "kernels/dispatch.h"

#include <doctest/doctest.h>

using namespace tidegate;

TEST_CASE("scalar is always there and last, the active ISA is one of those available") {
  const std::vector<Isa> isas = available_isas();
  REQUIRE(!isas.empty());
  CHECK(isas.back() == Isa::scalar);
  bool found = false;
  for (const Isa isa : isas) found = found || isa == active_isa();
  CHECK(found);
}

TEST_CASE("tables differ by their lanes") {
  CHECK(kernels_of<float>(Isa::scalar).lanes == 1);
  for (const Isa isa : available_isas()) {
    const int lanes = kernels_of<float>(isa).lanes;
    CHECK((lanes == 1 || lanes == 2 * kernels_of<double>(isa).lanes));
  }
  CHECK(&kernels<float>() == &kernels_of<float>(active_isa()));
}
