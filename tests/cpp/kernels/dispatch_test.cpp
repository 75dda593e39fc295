#include "kernels/dispatch.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace tidegate;

TEST_CASE("scalar is always there and last, the active ISA is one of those available") {
  const IsaList isas = available_isas();
  REQUIRE(isas.count > 0);
  CHECK(isas.isa[isas.count - 1] == Isa::scalar);
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

TEST_CASE("what is compiled for inference is in training's table of float32, nothing is missing") {
  for (const Isa isa : available_isas()) {
    CAPTURE(isa_name(isa));
    const KernelTable<float>& table = kernels_of<float>(isa);
    const InferenceKernels& inference = inference_kernels_of(isa);
    CHECK((table.recurrent.lstm[0] == inference.full.lstm));
    CHECK((table.nn.softmax == inference.softmax));
    // Function pointers alone lie behind the lanes.
    const auto* first = reinterpret_cast<void (*const*)()>(&table.product);
    const auto* end = reinterpret_cast<void (*const*)()>(&table + 1);
    CHECK((std::find(first, end, nullptr) == end));
  }
}
