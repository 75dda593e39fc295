// How much work a call must have before a second thread pays, and who of a team does which part.
#pragma once

#include <algorithm>

#include "core/team.h"

namespace tidegate::nn {

struct Range {
  long begin, end;

  long size() const { return end - begin; }
};

// Member's part of [0, n), parts cut at multiples of `grain` and as even as they can be.
inline Range share_of(long n, Member member, long grain = 1) {
  const long pieces = (n + grain - 1) / grain;
  const auto cut = [&](long index) { return std::min(n, pieces * index / member.size * grain); };
  return {cut(member.index), cut(member.index + 1)};
}

// A region costs a few microseconds: about what one core needs for this many fused multiply-adds,
// and for this many bytes in cache.
inline constexpr double kProductsPerThread = 400e3;
inline constexpr double kBytesPerThread = 256e3;

inline int team_for_products(double products) {
  return static_cast<int>(std::clamp(products / kProductsPerThread, 1.0, 1e4));
}

inline int team_for_bytes(double bytes) {
  return static_cast<int>(std::clamp(bytes / kBytesPerThread, 1.0, 1e4));
}

}  // namespace tidegate::nn
