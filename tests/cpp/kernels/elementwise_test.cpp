#include <doctest/doctest.h>

#include <cstring>
#include <limits>

#include "../nn/values.h"
#include "kernels/dispatch.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

constexpr int kKinds[] = {0, 1, 2, 3, 4, kActivationExp};

double exact_activation(int kind, double x) {
  switch (kind) {
    case 0:
      return std::tanh(x);
    case 1:
      return 1 / (1 + std::exp(-x));
    case 2:
      return x > 0 ? x : 0;
    case 4:
      return std::fmin(1, std::fmax(0, x / 6 + 0.5));
    case kActivationExp:
      return std::exp(x);
    default:
      return x;
  }
}

template <class T>
std::vector<T> activated(Isa isa, int kind, const std::vector<T>& x, long first, long n) {
  std::vector<T> y(static_cast<std::size_t>(n));
  kernels_of<T>(isa).nn.activation(kind, x.data() + first, y.data(), n);
  return y;
}

}  // namespace

TEST_CASE_TEMPLATE("activations: right, and alike on every ISA and at every place", T, float,
                   double) {
  const std::vector<T> x = values<T>(203, 7, 9.0);
  for (const int kind : kKinds) {
    std::vector<double> exact;
    for (const T v : x) exact.push_back(exact_activation(kind, static_cast<double>(v)));
    const std::vector<T> reference = activated(Isa::scalar, kind, x, 0, 203);
    double largest = 1;
    for (const double v : exact) largest = std::fmax(largest, v);
    CHECK(error_in_eps(reference, exact, largest) < 3.0);
    for (const Isa isa : available_isas()) {
      CAPTURE(isa_name(isa));
      CHECK(same_bits(activated(isa, kind, x, 0, 203), reference));
      for (long n = 0; n < 40; ++n) {
        const std::vector<T> part(reference.begin() + 3, reference.begin() + 3 + n);
        CHECK(same_bits(activated(isa, kind, x, 3, n), part));
      }
    }
  }
}

TEST_CASE_TEMPLATE("activations let NaN through and nothing past the end", T, float, double) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  for (const Isa isa : available_isas()) {
    for (const int kind : kKinds) {
      std::vector<T> y(20, T(42));
      const std::vector<T> x(20, nan);
      kernels_of<T>(isa).nn.activation(kind, x.data(), y.data(), 19);
      for (int i = 0; i < 19; ++i) CHECK(std::isnan(y[static_cast<std::size_t>(i)]));
      CHECK(y[19] == T(42));
    }
  }
}

TEST_CASE_TEMPLATE("activation gradients follow from y", T, float, double) {
  const std::vector<T> x = values<T>(77, 3, 4.0);
  const std::vector<T> dy = values<T>(77, 4);
  for (const int kind : kKinds) {
    const std::vector<T> y = activated(Isa::scalar, kind, x, 0, 77);
    std::vector<double> exact;
    for (std::size_t i = 0; i < 77; ++i) {
      const double v = static_cast<double>(y[i]);
      const double slope[] = {
          1 - v * v, v * (1 - v), v > 0 ? 1.0 : 0.0, 1, v > 0 && v < 1 ? 1 / 6.0 : 0.0, v};
      exact.push_back(static_cast<double>(dy[i]) * slope[kind]);
    }
    std::vector<T> reference(77);
    kernels_of<T>(Isa::scalar).nn.activation_grad(kind, y.data(), dy.data(), reference.data(), 77);
    CHECK(error_in_eps(reference, exact, kind == kActivationExp ? 60 : 2) < 2.0);
    for (const Isa isa : available_isas()) {
      std::vector<T> dx(77);
      kernels_of<T>(isa).nn.activation_grad(kind, y.data(), dy.data(), dx.data(), 77);
      CHECK(same_bits(dx, reference));
    }
  }
}

TEST_CASE_TEMPLATE("column sums are one chain per column, added to what is there", T, float,
                   double) {
  const long rows = 37, columns = 29, stride = 31;
  const std::vector<T> x = values<T>(rows * stride, 9);
  std::vector<T> reference = values<T>(columns, 10);
  std::vector<T> start = reference;
  for (long j = 0; j < columns; ++j) {
    T sum = 0;
    for (long i = 0; i < rows; ++i) sum += x[static_cast<std::size_t>(i * stride + j)];
    reference[static_cast<std::size_t>(j)] += sum;
  }
  for (const Isa isa : available_isas()) {
    std::vector<T> sums = start;
    kernels_of<T>(isa).nn.column_sums(x.data(), rows, stride, sums.data(), columns);
    CHECK(same_bits(sums, reference));
  }
}

TEST_CASE_TEMPLATE("scatter_add adds in order, rows that repeat included", T, float, double) {
  const std::vector<std::int32_t> ids = {4, 0, 4, 4, 2, 0, 4};
  const long stride = 21, columns = 19;
  const std::vector<T> rows = values<T>(7 * stride, 11);
  std::vector<T> reference(5 * 21, T(0));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    for (long j = 0; j < columns; ++j) {
      reference[static_cast<std::size_t>(ids[i] * stride + j)] +=
          rows[i * 21 + static_cast<std::size_t>(j)];
    }
  }
  for (const Isa isa : available_isas()) {
    std::vector<T> table(5 * 21, T(0));
    kernels_of<T>(isa).nn.scatter_add(ids.data(), 7, rows.data(), table.data(), stride, columns);
    CHECK(same_bits(table, reference));
  }
}

TEST_CASE(
    "bfloat16: as core/bfloat16.h on every ISA, at every place and for every class of value") {
  std::vector<float> x = values<float>(300, 5, 2.0);
  const float special[] = {0.0F,
                           -0.0F,
                           std::numeric_limits<float>::infinity(),
                           std::numeric_limits<float>::quiet_NaN(),
                           std::numeric_limits<float>::signaling_NaN(),
                           std::numeric_limits<float>::denorm_min(),
                           -std::numeric_limits<float>::min() / 3,
                           std::numeric_limits<float>::max()};
  for (std::size_t i = 0; i < x.size(); i += 3) x[i] = special[i / 3 % 8];
  for (const Isa isa : available_isas()) {
    CAPTURE(isa_name(isa));
    const NnKernels<float>& nn = kernels_of<float>(isa).nn;
    for (std::size_t n = 0; n < 70; ++n) {
      const std::size_t first = 3 * n;
      std::vector<bfloat16> narrow(n + 1, {0xABCD});
      std::vector<float> wide(n + 1, 7.0F);
      nn.to_bfloat16(x.data() + first, narrow.data(), static_cast<long>(n));
      nn.from_bfloat16(narrow.data(), wide.data(), static_cast<long>(n));
      for (std::size_t i = 0; i < n; ++i) {
        CHECK(narrow[i].bits == to_bfloat16(x[first + i]).bits);
        const float exact = to_float(narrow[i]);
        CHECK(std::memcmp(&wide[i], &exact, sizeof exact) == 0);
      }
      CHECK(narrow[n].bits == 0xABCD);
      CHECK(wide[n] == 7.0F);
    }
  }
}
