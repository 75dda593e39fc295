#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "kernels/dispatch.h"

using namespace tidegate;

namespace {

template <class T>
std::vector<T> random_values(long n, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal;
  std::vector<T> values(static_cast<std::size_t>(n));
  for (T& v : values) v = static_cast<T>(normal(generator));
  return values;
}

std::size_t at(long i) { return static_cast<std::size_t>(i); }

long ceil_div(long a, long b) { return (a + b - 1) / b; }

// [rows, columns] into panels of 4 vectors, as product_table.h says.
template <class T>
std::vector<T> pack(const std::vector<T>& b, long rows, long columns, long lanes) {
  const long padded = ceil_div(columns, lanes) * lanes;
  std::vector<T> packed(at(padded * rows), T(0));
  long out = 0;
  for (long first = 0; first < padded; first += 4 * lanes) {
    const long width = std::min(4 * lanes, padded - first);
    for (long k = 0; k < rows; ++k) {
      for (long c = first; c < first + width; ++c, ++out) {
        if (c < columns) packed[at(out)] = b[at(k * columns + c)];
      }
    }
  }
  return packed;
}

// Every element must be exactly this chain, on every ISA.
template <class T>
T chain(const T* a, const T* b, long k, long stride, T start) {
  for (long i = 0; i < k; ++i) start = std::fma(a[i], b[i * stride], start);
  return start;
}

template <class T>
void product_is_one_chain(Isa isa, long rows, long k, long columns, bool bias, bool accumulate) {
  const KernelTable<T>& table = kernels_of<T>(isa);
  const std::vector<T> a = random_values<T>(rows * k, 1);
  const std::vector<T> b = random_values<T>(k * columns, 2);
  const std::vector<T> packed = pack(b, k, columns, table.lanes);
  const long padded = ceil_div(columns, table.lanes) * table.lanes;
  std::vector<T> init = random_values<T>(padded, 3);
  const std::vector<T> before = random_values<T>(rows * columns, 4);
  std::vector<T> c = before;
  std::vector<const T*> a_rows;
  std::vector<T*> c_rows;
  for (long r = 0; r < rows; ++r) {
    a_rows.push_back(a.data() + r * k);
    c_rows.push_back(c.data() + r * columns);
  }
  ProductArgs<T> p{};
  p.rows = rows;
  p.columns = columns;
  p.panel_end = ceil_div(columns, 4L * table.lanes);
  p.a = a_rows.data();
  p.segments = 1;
  p.segment_length = p.b_segment_stride = p.b_rows = k;
  p.b = packed.data();
  p.init = bias ? init.data() : nullptr;
  p.c = c_rows.data();
  p.accumulate = accumulate;
  table.product.product(p);
  bool equal = true;
  for (long r = 0; r < rows; ++r) {
    for (long j = 0; j < columns; ++j) {
      T expected = chain(a.data() + r * k, b.data() + j, k, columns, bias ? init[at(j)] : T(0));
      if (accumulate) expected = before[at(r * columns + j)] + expected;
      equal = equal && expected == c[at(r * columns + j)];
    }
  }
  CHECK_MESSAGE(equal, isa_name(isa), " rows ", rows, " k ", k, " columns ", columns);
}

// Groups of columns one after another, or last to first with a gap; added, or written over NaN.
template <class T>
void outer_is_one_chain(Isa isa, long rows, long m, long groups, bool accumulate) {
  const KernelTable<T>& table = kernels_of<T>(isa);
  const long tiles = ceil_div(m, kOuterTile);
  const long columns = groups * kGroupLanes, stride = 2 * columns;
  const std::vector<T> a = random_values<T>(tiles * rows * kOuterTile, 5);
  const std::vector<T> b = random_values<T>(rows * columns, 6);
  std::vector<T> before = random_values<T>(m * stride, 7);
  if (!accumulate) std::fill(before.begin(), before.end(), std::numeric_limits<T>::quiet_NaN());
  std::vector<T> c = before;
  std::vector<T*> rows_of_c;
  for (long i = 0; i < m; ++i) rows_of_c.push_back(c.data() + i * stride);
  std::vector<long> begins;
  for (long g = 0; g < groups; ++g) begins.push_back((groups - 1 - g) * 2 * kGroupLanes);
  OuterArgs<T> o{};
  o.rows = rows;
  o.tile_end = tiles;
  o.m = m;
  o.a = a.data();
  o.b = b.data();
  o.row_stride = columns;
  o.groups = groups;
  o.group_stride = kGroupLanes;
  o.c = rows_of_c.data();
  o.c_groups = groups % 2 == 0 ? begins.data() : nullptr;
  o.accumulate = accumulate;
  table.product.outer(o);
  std::vector<T> expected = before;
  for (long i = 0; i < m; ++i) {
    for (long j = 0; j < columns; ++j) {
      T sum(0);
      for (long k = 0; k < rows; ++k) {
        const T x = a[at(((i / kOuterTile) * rows + k) * kOuterTile + i % kOuterTile)];
        sum = std::fma(x, b[at(k * o.row_stride + j)], sum);
      }
      const long begin = o.c_groups != nullptr ? begins[at(j / kGroupLanes)] : j - j % kGroupLanes;
      T& result = expected[at(i * stride + begin + j % kGroupLanes)];
      result = accumulate ? result + sum : sum;
    }
  }
  CHECK_MESSAGE(std::memcmp(expected.data(), c.data(), c.size() * sizeof(T)) == 0, isa_name(isa),
                " rows ", rows, " m ", m, " groups ", groups);
}

}  // namespace

TEST_CASE("every element of a product is one chain of fused multiply-adds, on every ISA") {
  for (const Isa isa : available_isas()) {
    for (const long rows : {1L, 2L, 3L, 5L, 6L, 7L, 13L}) {
      for (const long columns : {1L, 7L, 16L, 17L, 33L, 64L, 65L, 130L}) {
        product_is_one_chain<float>(isa, rows, 9, columns, rows % 2 == 1, columns % 2 == 1);
        product_is_one_chain<double>(isa, rows, 9, columns, rows % 2 == 1, columns % 2 == 1);
      }
    }
  }
}

TEST_CASE("sums for weight gradients take rows in order, on every ISA") {
  for (const Isa isa : available_isas()) {
    for (const long m : {1L, 5L, 6L, 7L, 20L}) {
      for (const long groups : {1L, 3L, 4L, 5L}) {
        for (const bool accumulate : {false, true}) {
          outer_is_one_chain<float>(isa, 11, m, groups, accumulate);
          outer_is_one_chain<double>(isa, 11, m, groups, accumulate);
        }
      }
    }
  }
}
