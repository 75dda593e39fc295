#include "nn/panels.h"

#include <doctest/doctest.h>

#include "values.h"

using namespace tidegate;
using namespace tidegate::test;

TEST_CASE_TEMPLATE("transpose of any shape", T, float, double) {
  for (const long rows : {0L, 1L, 7L, 8L, 9L, 40L}) {
    for (const long columns : {1L, 8L, 19L}) {
      const std::vector<T> in = values<T>(rows * columns, 42);
      std::vector<T> out(in.size());
      nn::transpose(in.data(), columns, rows, columns, out.data(), rows);
      bool right = true;
      for (long i = 0; i < rows; ++i) {
        for (long j = 0; j < columns; ++j) {
          right = right && out[static_cast<std::size_t>(j * rows + i)] ==
                               in[static_cast<std::size_t>(i * columns + j)];
        }
      }
      CHECK(right);
    }
  }
}
