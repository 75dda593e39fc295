#include "kernels/pairs.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <random>
#include <vector>

#include "core/float_env.h"
#include "kernels/dispatch.h"

using namespace tidegate;

namespace {

std::size_t at(long i) { return static_cast<std::size_t>(i); }

// Normal values, and now and then one that ends a careless kernel.
std::vector<float> values(long n, bool strange, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float odd[] = {0.0F, -0.0F, kInfinity, -kInfinity, std::nanf(""), 1e-40F, 3e38F, -1e-38F};
  std::vector<float> v(at(n));
  for (float& x : v) x = strange && random() % 16 == 0 ? odd[random() % 8] : normal(random);
  return v;
}

// NaN has many bit patterns; which one comes out is no promise.
bool same(const std::vector<float>& a, const std::vector<float>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i])) return false;
  }
  return a.size() == b.size();
}

std::vector<float> multiplied(const PairKernels& kernels, const std::vector<float>& a,
                              const std::vector<float>& packed, long rows, long k, long columns,
                              long lanes) {
  const long padded = (columns + lanes - 1) / lanes * lanes;
  std::vector<bfloat16> b(at(paired_values(k, padded)));
  kernels.pack(packed.data(), k, columns, 4, b.data());
  std::vector<bfloat16> scratch(at(rows * pair_stride(k)));
  std::vector<float> c(at(rows * columns));
  std::vector<const float*> a_rows;
  std::vector<float*> c_rows;
  for (long r = 0; r < rows; ++r) {
    a_rows.push_back(a.data() + r * k);
    c_rows.push_back(c.data() + r * columns);
  }
  ProductArgs<float> p{};
  p.rows = rows;
  p.columns = columns;
  p.panel_end = (columns + 4 * lanes - 1) / (4 * lanes);
  p.a = a_rows.data();
  p.segments = 1;
  p.segment_length = k;
  p.b16 = b.data();
  p.b_segment_stride = k;
  p.b_rows = k;
  p.scratch16 = scratch.data();
  p.c = c_rows.data();
  const FlushDenormals flush;
  kernels.product(p);
  return c;
}

std::vector<float> summed(const PairKernels& kernels, const std::vector<float>& a,
                          const std::vector<float>& b, long rows, long m, long groups) {
  const long tiles = (m + kOuterTile - 1) / kOuterTile;
  std::vector<bfloat16> a16(at(tiles * kOuterTile * (rows + 1) + 2 * kGroupLanes));
  kernels.pack_tiles(a.data(), rows, tiles, a16.data());
  std::vector<float> c(at(m * groups * kGroupLanes), 0.5F);
  OuterArgs<float> p{};
  p.rows = rows;
  p.tile_end = tiles;
  p.m = m;
  p.a16 = a16.data();
  p.b = b.data();
  p.row_stride = groups * kGroupLanes;
  p.groups = groups;
  p.group_stride = kGroupLanes;
  std::vector<float*> rows_of_c;
  for (long i = 0; i < m; ++i) rows_of_c.push_back(c.data() + i * groups * kGroupLanes);
  p.c = rows_of_c.data();
  p.accumulate = true;
  const FlushDenormals flush;
  kernels.outer(p);
  return c;
}

}  // namespace

TEST_CASE("the processor's own instruction and two multiply-adds give the same bits") {
  const Isa isa = active_isa();
  const PairKernels& native = pair_kernels_of(isa, true);
  const PairKernels& plain = pair_kernels_of(isa, false);
  const long lanes = kernels<float>().lanes;
  unsigned seed = 1;
  for (const bool strange : {false, true}) {
    for (const long rows : {1, 2, 3, 5, 6, 13}) {
      for (const long k : {1, 2, 17, 64}) {
        for (const long columns : {1, 16, 33, 150}) {
          CAPTURE(rows);
          CAPTURE(k);
          CAPTURE(columns);
          const auto a = values(rows * k, strange, ++seed);
          const auto b = values(k * ((columns + lanes - 1) / lanes * lanes), strange, ++seed);
          CHECK(same(multiplied(native, a, b, rows, k, columns, lanes),
                     multiplied(plain, a, b, rows, k, columns, lanes)));
        }
      }
    }
    for (const long rows : {1, 2, 31, 256}) {
      for (const long m : {1, 5, 6, 20}) {
        const auto a = values((m + 5) / 6 * 6 * rows, strange, ++seed);
        const auto b = values(rows * 3 * kGroupLanes, strange, ++seed);
        CHECK(same(summed(native, a, b, rows, m, 3), summed(plain, a, b, rows, m, 3)));
      }
    }
  }
}

TEST_CASE("a product of bfloat16 is a chain over k, the odd value of each pair first") {
  constexpr long kInner = 19;
  const long lanes = kernels<float>().lanes;
  const auto a = values(kInner, false, 7);
  const auto b = values(kInner * lanes, false, 8);
  const auto c = multiplied(pair_kernels_of(active_isa(), true), a, b, 1, kInner, lanes, lanes);
  const auto rounded = [](float v) { return to_float(to_bfloat16(v)); };
  for (long j = 0; j < lanes; ++j) {
    float sum = 0;
    for (long k = 0; k < kInner; k += 2) {
      if (k + 1 < kInner) {
        sum = std::fma(rounded(a[at(k + 1)]), rounded(b[at((k + 1) * lanes + j)]), sum);
      }
      sum = std::fma(rounded(a[at(k)]), rounded(b[at(k * lanes + j)]), sum);
    }
    CHECK(c[at(j)] == sum);
  }
}
