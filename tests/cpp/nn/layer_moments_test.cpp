#include "nn/layer_moments.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "nn/moments.h"

using namespace tidegate;

TEST_CASE("mean and spread of rows, and the order of their sums") {
  for (const long columns : {1L, 2L, 15L, 16L, 17L, 100L, 1000L}) {
    const long rows = 37;
    const auto n = static_cast<double>(columns);
    std::vector<double> x(static_cast<std::size_t>(rows * columns));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<double>(i)) + 2;
    std::vector<double> mean(37), inverse(37);
    nn::layer_moments(x.data(), rows, columns, 0.5, mean.data(), inverse.data());
    for (long r = 0; r < rows; ++r) {
      double sum = 0, squares = 0;
      for (long i = 0; i < columns; ++i) sum += x[static_cast<std::size_t>(r * columns + i)];
      for (long i = 0; i < columns; ++i) {
        squares += std::pow(x[static_cast<std::size_t>(r * columns + i)] - sum / n, 2);
      }
      const auto at = static_cast<std::size_t>(r);
      CHECK(mean[at] == doctest::Approx(sum / n).epsilon(1e-13));
      CHECK(inverse[at] == doctest::Approx(1 / std::sqrt(squares / n + 0.5)).epsilon(1e-13));
    }
  }
}

TEST_CASE("sums run in 16 chains, folded in halves") {
  // Each number is lost beside 2^24, unless its own chain takes it first.
  std::vector<float> x(33, 1.0F);
  x[0] = 16777216.0F;
  const auto sum =
      nn::chained_sum<float>(33, [&](long i) { return x[static_cast<std::size_t>(i)]; });
  // Chain 0 loses two ones, the other 15 chains hold 2 each; all that is added at the end is even.
  CHECK(sum == 16777216.0F + 30.0F);
}
