#include "nn/embedding.h"

#include <doctest/doctest.h>

#include "values.h"

using namespace tidegate;
using namespace tidegate::test;

TEST_CASE("the first id without a row is found wherever it is") {
  std::vector<std::int32_t> ids(1000, 3);
  CHECK(nn::first_bad_id(ids.data(), 1000, 4) == -1);
  CHECK(nn::first_bad_id(ids.data(), 1000, 3) == 0);
  CHECK(nn::first_bad_id(ids.data(), 0, 0) == -1);
  for (const std::size_t at : {0U, 255U, 256U, 999U}) {
    for (const std::int32_t bad : {-1, 4, INT32_MIN, INT32_MAX}) {
      ids[at] = bad;
      CHECK(nn::first_bad_id(ids.data(), 1000, 4) == static_cast<long>(at));
    }
    ids[at] = 3;
  }
}

TEST_CASE_TEMPLATE("lookup and its gradient, the same bits for any team", T, float, double) {
  const long n = 3000, rows = 700, dim = 100;
  std::vector<std::int32_t> ids;
  for (const float v : values<float>(n, 71, 1.0)) {
    ids.push_back(static_cast<std::int32_t>(v * v * static_cast<float>(rows - 1)));
  }
  const auto table = values<T>(rows * dim, 72);
  const auto dy = values<T>(n * dim, 73);
  std::vector<T> looked_up;
  std::vector<T> gradient(static_cast<std::size_t>(rows * dim), T(0));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    for (long d = 0; d < dim; ++d) {
      const auto at = static_cast<std::size_t>(ids[i] * dim + d);
      looked_up.push_back(table[at]);
      gradient[at] += dy[i * static_cast<std::size_t>(dim) + static_cast<std::size_t>(d)];
    }
  }
  for (const int threads : {1, 2, 3, 8}) {
    const Limit limit(threads);
    std::vector<T> y(looked_up.size());
    nn::embedding_forward(ids.data(), n, table.data(), dim, y.data());
    CHECK(same_bits(y, looked_up));
    std::vector<T> dtable(gradient.size(), T(9));
    nn::embedding_backward(ids.data(), n, dy.data(), dim, rows, dtable.data());
    CHECK(same_bits(dtable, gradient));
  }
}
