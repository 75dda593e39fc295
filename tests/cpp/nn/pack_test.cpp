#include "nn/pack.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "values.h"

using namespace tidegate;
using namespace tidegate::test;
using nn::PackedView;

namespace {

// The value that the layout puts at row k, column j.
template <class T>
T packed_at(const PackedView<T>& b, long k, long j) {
  const long panel = j / (4 * b.lanes) * 4 * b.lanes;
  const long width = std::min(4 * b.lanes, (b.columns - panel + b.lanes - 1) / b.lanes * b.lanes);
  return b.at[panel * b.rows + k * width + (j - panel)];
}

}  // namespace

TEST_CASE_TEMPLATE("pack, its transpose and pack_transposed hold the same matrix", T, float,
                   double) {
  for (const long lanes : {1L, 4L, 8L, 16L}) {
    for (const long rows : {1L, 3L, 8L, 21L}) {
      for (const long columns : {1L, 5L, 16L, 64L, 67L, 130L}) {
        const std::vector<T> b = values<T>(rows * columns, 41);
        const auto packed = nn::pack<T>({b.data(), rows, columns, columns, false}, lanes);
        const auto turned = nn::pack<T>({b.data(), columns, rows, columns, true}, lanes);
        const auto again = nn::pack_transposed(packed.view);
        const long padded = (columns + lanes - 1) / lanes * lanes;
        REQUIRE(nn::packed_size<T>(rows, columns, lanes) == rows * padded);
        bool right = true;
        for (long k = 0; k < rows; ++k) {
          for (long j = 0; j < padded; ++j) {
            const T value = j < columns ? b[static_cast<std::size_t>(k * columns + j)] : T(0);
            right = right && packed_at(packed.view, k, j) == value;
            if (j >= columns) continue;
            right = right && packed_at(turned.view, j, k) == value;
            right = right && packed_at(again.view, j, k) == value;
          }
        }
        CHECK(right);
        for (long j = 0; j < columns; ++j) {
          for (long k = rows; k < (rows + lanes - 1) / lanes * lanes; ++k) {
            CHECK(packed_at(turned.view, j, k) == T(0));
            CHECK(packed_at(again.view, j, k) == T(0));
          }
        }
      }
    }
  }
}

TEST_CASE("a tile of the outer product is six columns wide and zero past the end") {
  const std::vector<float> a = values<float>(3 * 8, 43);
  std::vector<float> tile(18, -1.0F);
  nn::pack_outer_tile(a.data(), 3, 8, 6, 8, tile.data());
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t j = 0; j < 6; ++j) {
      CHECK(tile[row * 6 + j] == (j < 2 ? a[row * 8 + 6 + j] : 0.0F));
    }
  }
}
