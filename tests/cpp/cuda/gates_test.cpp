// The gate equations as the device's kernels have them, on the host.
#include "cuda/gates.cuh"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "../nn/values.h"
#include "kernels/dispatch.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

TEST_CASE("activations of the device: exact ones have the CPU's bits, fast ones are near") {
  std::vector<float> x = values<float>(997, 7, 12.0);
  for (const float edge : {0.0f, -0.0f, 100.0f, -100.0f, 1e-20f, 8.9f, -87.2f}) x.push_back(edge);
  std::vector<float> expected(x.size());
  for (const int kind : {cuda::TG_TANH, cuda::TG_SIGMOID, cuda::TG_HARD_SIGMOID}) {
    kernels_of<float>(Isa::scalar)
        .nn.activation(kind, x.data(), expected.data(), static_cast<long>(x.size()));
    std::vector<float> exact;
    for (const float v : x) exact.push_back(cuda::exact::tg_activate(kind, v));
    CHECK(same_bits(exact, expected));
    for (std::size_t i = 0; i < x.size(); ++i) {
      CHECK(std::fabs(cuda::fast::tg_activate(kind, x[i]) - expected[i]) < 1e-6f);
      CHECK(std::fabs(cuda::rough::tg_activate(kind, x[i]) - expected[i]) < 1e-6f);
    }
  }
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const int kind : {cuda::TG_TANH, cuda::TG_SIGMOID}) {
    CHECK(std::isnan(cuda::exact::tg_activate(kind, nan)));
    CHECK(std::isnan(cuda::fast::tg_activate(kind, nan)));
  }
}

TEST_CASE("gates of the device: one step forward") {
  const float c_before = 0.7f, h_before = -0.4f;
  float z[4] = {0.3f, -1.2f, 0.8f, 2.0f};
  const double i = sigmoid(z[0]), f = sigmoid(z[1]), g = std::tanh(double{z[2]}), o = sigmoid(z[3]);
  const double c_expected = f * c_before + i * g;
  const float c = cuda::exact::tg_lstm_cell(cuda::TG_TANH, cuda::TG_SIGMOID, z, c_before);
  const float h = cuda::exact::tg_lstm_output(cuda::TG_TANH, z[3], c);
  CHECK(c == doctest::Approx(c_expected).epsilon(1e-6));
  CHECK(h == doctest::Approx(o * std::tanh(c_expected)).epsilon(1e-6));

  float v[4] = {0.5f, -0.9f, 1.1f, -0.3f};  // n z r u
  const double update = sigmoid(v[1]), reset = sigmoid(v[2]);
  const double n = std::tanh(v[0] + reset * v[3]);
  cuda::fast::tg_gru_gates(cuda::TG_SIGMOID, v);
  const float mixed = cuda::fast::tg_gru_output(cuda::TG_TANH, v, h_before);
  CHECK(mixed == doctest::Approx(update * h_before + (1 - update) * n).epsilon(1e-6));
}
