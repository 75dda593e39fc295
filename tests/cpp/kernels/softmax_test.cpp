#include <doctest/doctest.h>

#include <limits>

#include "../nn/values.h"
#include "kernels/dispatch.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

constexpr long kColumns[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 100};

std::vector<double> exact_softmax(const double* x, long n) {
  double largest = -HUGE_VAL;
  double sum = 0;
  std::vector<double> y;
  for (long i = 0; i < n; ++i) largest = std::fmax(largest, x[i]);
  for (long i = 0; i < n; ++i) {
    y.push_back(std::exp(x[i] - largest));
    sum += y.back();
  }
  for (double& v : y) v /= sum;
  return y;
}

template <class T>
struct CrossEntropy {
  std::vector<T> loss, gradient;
};

template <class T>
CrossEntropy<T> cross_entropy(Isa isa, const std::vector<T>& x,
                              const std::vector<std::int32_t>& labels,
                              const std::vector<T>& probabilities, long columns) {
  const long rows = static_cast<long>(x.size()) / columns;
  CrossEntropy<T> out{std::vector<T>(static_cast<std::size_t>(rows)), std::vector<T>(x.size())};
  kernels_of<T>(isa).nn.cross_entropy({rows, columns, x.data(),
                                       labels.empty() ? nullptr : labels.data(),
                                       probabilities.empty() ? nullptr : probabilities.data(),
                                       out.loss.data(), out.gradient.data()});
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("softmax: right, and alike on every ISA", T, float, double) {
  for (const long columns : kColumns) {
    const long rows = 5;
    const std::vector<T> x = values<T>(rows * columns, 21, 6.0);
    const std::vector<double> wide(x.begin(), x.end());
    std::vector<double> exact;
    for (long row = 0; row < rows; ++row) {
      for (const double v : exact_softmax(wide.data() + row * columns, columns)) exact.push_back(v);
    }
    std::vector<T> reference(x.size());
    kernels_of<T>(Isa::scalar).nn.softmax(x.data(), reference.data(), rows, columns);
    CHECK(error_in_eps(reference, exact, 1) < 8.0);
    for (const Isa isa : available_isas()) {
      std::vector<T> y(x.size());
      kernels_of<T>(isa).nn.softmax(x.data(), y.data(), rows, columns);
      CHECK(same_bits(y, reference));
    }
  }
}

TEST_CASE_TEMPLATE("softmax of large values does not overflow, NaN fills its own row", T, float,
                   double) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  for (const Isa isa : available_isas()) {
    const std::vector<T> x = {1000, 1000, -1000, -3000, -3000, -3000, 1, nan, 1};
    std::vector<T> y(9);
    kernels_of<T>(isa).nn.softmax(x.data(), y.data(), 3, 3);
    CHECK(y[0] == T(0.5));
    CHECK(y[2] == T(0));
    CHECK(y[3] == T(1) / T(3));
    for (std::size_t i = 6; i < 9; ++i) CHECK(std::isnan(y[i]));
  }
}

TEST_CASE_TEMPLATE("softmax backward: y (dy - sum y dy)", T, float, double) {
  for (const long columns : kColumns) {
    const long rows = 3;
    const std::vector<T> x = values<T>(rows * columns, 22, 3.0);
    const std::vector<T> dy = values<T>(rows * columns, 23);
    std::vector<T> y(x.size());
    kernels_of<T>(Isa::scalar).nn.softmax(x.data(), y.data(), rows, columns);
    std::vector<double> exact;
    for (long row = 0; row < rows; ++row) {
      double dot = 0;
      const auto at = [&](long i) { return static_cast<std::size_t>(row * columns + i); };
      for (long i = 0; i < columns; ++i) {
        dot += static_cast<double>(y[at(i)]) * static_cast<double>(dy[at(i)]);
      }
      for (long i = 0; i < columns; ++i) {
        exact.push_back(static_cast<double>(y[at(i)]) * (static_cast<double>(dy[at(i)]) - dot));
      }
    }
    std::vector<T> reference(x.size());
    kernels_of<T>(Isa::scalar)
        .nn.softmax_backward(y.data(), dy.data(), reference.data(), rows, columns);
    CHECK(error_in_eps(reference, exact, 2) < 4.0);
    for (const Isa isa : available_isas()) {
      std::vector<T> dx(x.size());
      kernels_of<T>(isa).nn.softmax_backward(y.data(), dy.data(), dx.data(), rows, columns);
      CHECK(same_bits(dx, reference));
    }
  }
}

TEST_CASE_TEMPLATE("cross-entropy of integers and of one-hot rows agree", T, float, double) {
  for (const long columns : kColumns) {
    const long rows = 4;
    const std::vector<T> x = values<T>(rows * columns, 24, 5.0);
    std::vector<std::int32_t> labels;
    std::vector<T> one_hot(x.size(), T(0));
    std::vector<double> loss;
    std::vector<double> gradient;
    const std::vector<double> wide(x.begin(), x.end());
    for (long row = 0; row < rows; ++row) {
      labels.push_back(static_cast<std::int32_t>((row * 5) % columns));
      one_hot[static_cast<std::size_t>(row * columns + labels.back())] = 1;
      const auto y = exact_softmax(wide.data() + row * columns, columns);
      loss.push_back(-std::log(y[static_cast<std::size_t>(labels.back())]));
      for (long i = 0; i < columns; ++i) {
        gradient.push_back(y[static_cast<std::size_t>(i)] - (i == labels.back() ? 1.0 : 0.0));
      }
    }
    const auto reference = cross_entropy<T>(Isa::scalar, x, labels, {}, columns);
    const auto by_rows = cross_entropy<T>(Isa::scalar, x, {}, one_hot, columns);
    CHECK(error_in_eps(reference.loss, loss, 10) < 4.0);
    CHECK(error_in_eps(by_rows.loss, loss, 10) < 4.0);
    CHECK(error_in_eps(reference.gradient, gradient, 1) < 8.0);
    CHECK(error_in_eps(by_rows.gradient, gradient, 1) < 8.0);
    for (const Isa isa : available_isas()) {
      CHECK(same_bits(cross_entropy<T>(isa, x, labels, {}, columns).loss, reference.loss));
      CHECK(same_bits(cross_entropy<T>(isa, x, labels, {}, columns).gradient, reference.gradient));
      CHECK(same_bits(cross_entropy<T>(isa, x, {}, one_hot, columns).loss, by_rows.loss));
      CHECK(same_bits(cross_entropy<T>(isa, x, {}, one_hot, columns).gradient, by_rows.gradient));
    }
  }
}
