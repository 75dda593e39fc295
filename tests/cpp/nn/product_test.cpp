#include "nn/product.h"

#include <doctest/doctest.h>

#include "core/last_run.h"
#include "values.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

// The definition: one chain of fused multiply-adds in ascending k.
template <class T>
std::vector<T> chains(const std::vector<T>& a, const std::vector<T>& b, long n, long k, long m) {
  std::vector<T> c(static_cast<std::size_t>(n * m));
  for (long i = 0; i < n; ++i) {
    for (long j = 0; j < m; ++j) {
      T sum = 0;
      for (long s = 0; s < k; ++s) {
        sum = std::fma(a[static_cast<std::size_t>(i * k + s)],
                       b[static_cast<std::size_t>(s * m + j)], sum);
      }
      c[static_cast<std::size_t>(i * m + j)] = sum;
    }
  }
  return c;
}

template <class T>
std::vector<T> turned(const std::vector<T>& a, long rows, long columns) {
  std::vector<T> out(a.size());
  nn::transpose(a.data(), columns, rows, columns, out.data(), rows);
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("matmul is the chain of its definition, transposed or not", T, float, double) {
  for (const long n : {1L, 2L, 5L, 13L, 200L}) {
    for (const long k : {0L, 1L, 4L, 33L}) {
      for (const long m : {1L, 7L, 16L, 70L}) {
        const auto a = values<T>(n * k, 51);
        const auto b = values<T>(k * m, 52);
        const auto exact = chains(a, b, n, k, m);
        for (const bool ta : {false, true}) {
          for (const bool tb : {false, true}) {
            const auto left = ta ? turned(a, n, k) : a;
            const auto right = tb ? turned(b, k, m) : b;
            std::vector<T> c(exact.size(), T(7));
            nn::matmul<T>({left.data(), right.data(), c.data(), 1, n, k, m, ta, tb}, nullptr);
            CHECK(same_bits(c, exact));
          }
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("matmul has the same bits for any team, by rows, by panels and by items", T,
                   float, double) {
  struct Shape {
    long batch, n, k, m;
  };
  for (const Shape s :
       {Shape{1, 300, 64, 200}, {1, 2, 900, 2000}, {9, 40, 64, 130}, {2, 90, 80, 300}}) {
    const auto a = values<T>(s.batch * s.n * s.k, 53);
    const auto b = values<T>(s.batch * s.k * s.m, 54);
    std::vector<T> reference(static_cast<std::size_t>(s.batch * s.n * s.m));
    nn::Matmul<T> call{a.data(), b.data(), reference.data(), s.batch, s.n, s.k, s.m, false, false};
    {
      const Limit one(1);
      nn::matmul(call, nullptr);
      CHECK(last_run().threads == 1);
    }
    for (const int threads : {2, 3, 5}) {
      const Limit limit(threads);
      std::vector<T> c(reference.size(), T(7));
      call.c = c.data();
      nn::matmul(call, nullptr);
      CHECK(last_run().threads > 1);
      CHECK(same_bits(c, reference));
    }
  }
}

TEST_CASE("a cancelled product returns early") {
  const Limit limit(2);
  const auto a = values<float>(600 * 500, 55);
  std::vector<float> c(600 * 500, 7.0F);
  CancelToken token;
  token.request();
  nn::matmul<float>({a.data(), a.data(), c.data(), 1, 600, 500, 500, false, false}, &token);
  CHECK(c[0] == 7.0F);
}
