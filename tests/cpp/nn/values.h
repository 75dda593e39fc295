// Numbers for tests: the same on every machine, and what two arrays have in common.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "../limit.h"

namespace tidegate::test {

// Values in [-scale, scale) from a linear congruential generator.
template <class T>
std::vector<T> values(long n, std::uint32_t seed, double scale = 2.0) {
  std::vector<T> out;
  std::uint32_t state = seed * 2654435761U + 12345U;
  for (long i = 0; i < n; ++i) {
    state = state * 1664525U + 1013904223U;
    out.push_back(static_cast<T>((static_cast<double>(state >> 8) / 8388608.0 - 1.0) * scale));
  }
  return out;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

// The largest difference to `exact`, in units of what `scale` values of this type can be told apart
// by.
template <class T>
double error_in_eps(const std::vector<T>& y, const std::vector<double>& exact, double scale) {
  const double eps = sizeof(T) == 4 ? 0x1p-23 : 0x1p-52;
  double worst = y.size() == exact.size() ? 0.0 : HUGE_VAL;
  for (std::size_t i = 0; i < y.size() && i < exact.size(); ++i) {
    const double error = std::fabs(static_cast<double>(y[i]) - exact[i]) / (eps * scale);
    worst = error <= worst ? worst : error;  // NaN counts
  }
  return worst;
}

}  // namespace tidegate::test
