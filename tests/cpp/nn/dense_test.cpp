#include "nn/dense.h"

#include <doctest/doctest.h>

#include "core/last_run.h"
#include "values.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

template <class T>
struct Gradients {
  std::vector<T> y, dx, dw, db;
};

template <class T>
Gradients<T> run(long rows, long inputs, long units, int activation) {
  const auto size = [](long n) { return static_cast<std::size_t>(n); };
  const auto x = values<T>(rows * inputs, 61, 1.0);
  const auto w = values<T>(inputs * units, 62, 0.5);
  const auto b = values<T>(units, 63, 1.0);
  const auto dy = values<T>(rows * units, 64, 1.0);
  const nn::DenseWeights<T> weights(w.data(), inputs, units);
  Gradients<T> out{std::vector<T>(size(rows * units)), std::vector<T>(x.size()),
                   std::vector<T>(w.size()), std::vector<T>(b.size())};
  nn::dense_forward<T>({x.data(), rows, &weights, b.data(), activation, out.y.data()}, nullptr);
  nn::dense_backward<T>({x.data(), rows, &weights, out.y.data(), dy.data(), activation,
                         out.dx.data(), out.dw.data(), out.db.data()},
                        nullptr);
  return out;
}

double slope(int activation, double y) {
  if (activation == static_cast<int>(Activation::tanh)) return 1 - y * y;
  if (activation == static_cast<int>(Activation::relu)) return y > 0 ? 1 : 0;
  return 1;
}

double value(int activation, double z) {
  if (activation == static_cast<int>(Activation::tanh)) return std::tanh(z);
  if (activation == static_cast<int>(Activation::relu)) return z > 0 ? z : 0;
  return z;
}

// The formulas in double, loop by loop.
template <class T>
Gradients<double> formulas(long rows, long inputs, long units, int activation,
                           const std::vector<T>& y) {
  const auto x = values<T>(rows * inputs, 61, 1.0);
  const auto w = values<T>(inputs * units, 62, 0.5);
  const auto b = values<T>(units, 63, 1.0);
  const auto dy = values<T>(rows * units, 64, 1.0);
  const auto at = [](long i, long stride, long j) {
    return static_cast<std::size_t>(i * stride + j);
  };
  Gradients<double> out{std::vector<double>(y.size()), std::vector<double>(x.size()),
                        std::vector<double>(w.size()), std::vector<double>(b.size())};
  for (long n = 0; n < rows; ++n) {
    for (long o = 0; o < units; ++o) {
      double z = static_cast<double>(b[at(0, 0, o)]);
      const double own = static_cast<double>(y[at(n, units, o)]);
      const double dz = static_cast<double>(dy[at(n, units, o)]) * slope(activation, own);
      out.db[at(0, 0, o)] += dz;
      for (long i = 0; i < inputs; ++i) {
        const double xi = static_cast<double>(x[at(n, inputs, i)]);
        const double wi = static_cast<double>(w[at(i, units, o)]);
        z += xi * wi;
        out.dx[at(n, inputs, i)] += dz * wi;
        out.dw[at(i, units, o)] += xi * dz;
      }
      out.y[at(n, units, o)] = value(activation, z);
    }
  }
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("dense: forward and gradients follow the formulas", T, float, double) {
  for (const long rows : {1L, 6L, 33L, 300L}) {
    for (const long inputs : {1L, 5L, 24L}) {
      for (const long units : {1L, 3L, 16L, 35L}) {
        for (const Activation activation :
             {Activation::linear, Activation::tanh, Activation::relu}) {
          const int kind = static_cast<int>(activation);
          const auto got = run<T>(rows, inputs, units, kind);
          const auto exact = formulas<T>(rows, inputs, units, kind, got.y);
          CHECK(error_in_eps(got.y, exact.y, 4) < 8);
          CHECK(error_in_eps(got.dx, exact.dx, 8) < 8);
          CHECK(error_in_eps(got.dw, exact.dw, 64) < 8);
          CHECK(error_in_eps(got.db, exact.db, 64) < 8);
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("dense has the same bits for any team", T, float, double) {
  const int tanh = static_cast<int>(Activation::tanh);
  struct Shape {
    long rows, inputs, units;
  };
  for (const Shape s : {Shape{600, 64, 100}, {9, 1200, 50}, {700, 7, 400}}) {
    Gradients<T> reference;
    {
      const Limit one(1);
      reference = run<T>(s.rows, s.inputs, s.units, tanh);
    }
    for (const int threads : {2, 3, 7}) {
      const Limit limit(threads);
      const auto got = run<T>(s.rows, s.inputs, s.units, tanh);
      CHECK(same_bits(got.y, reference.y));
      CHECK(same_bits(got.dx, reference.dx));
      CHECK(same_bits(got.dw, reference.dw));
      CHECK(same_bits(got.db, reference.db));
    }
  }
  const Limit limit(2);
  run<T>(600, 64, 100, tanh);
  CHECK(last_run().threads == 2);
}

TEST_CASE_TEMPLATE("a row's output does not depend on its neighbours", T, float, double) {
  const auto x = values<T>(50 * 40, 65);
  const auto w = values<T>(40 * 70, 66);
  const nn::DenseWeights<T> weights(w.data(), 40, 70);
  const int tanh = static_cast<int>(Activation::tanh);
  std::vector<T> all(50 * 70);
  nn::dense_forward<T>({x.data(), 50, &weights, nullptr, tanh, all.data()}, nullptr);
  for (long row = 0; row < 50; ++row) {
    std::vector<T> one(70);
    nn::dense_forward<T>({x.data() + row * 40, 1, &weights, nullptr, tanh, one.data()}, nullptr);
    CHECK(same_bits(one, std::vector<T>(all.begin() + row * 70, all.begin() + (row + 1) * 70)));
  }
}
