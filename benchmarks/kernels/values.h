// Made-up numbers for the programs of this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

using Values = std::vector<float>;

// Between -scale and scale; the same with every compiler.
inline Values values(long n, float scale) {
  static std::uint32_t state = 1;
  Values v(static_cast<std::size_t>(n));
  for (float& value : v) {
    state = state * 1664525U + 1013904223U;
    value = scale * (static_cast<float>(state >> 8) / 8388608.0F - 1.0F);
  }
  return v;
}
