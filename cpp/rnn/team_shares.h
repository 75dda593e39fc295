// Packing by all threads where that pays: a training step packs its weights anew.
#pragma once

#include <cstddef>

#include "core/team.h"

namespace tidegate {

// Below this a second thread costs more than it brings.
inline constexpr std::size_t kBytesWorthATeam = 256 * 1024;

// body(i, n) for each part i of n, as many as `bytes` to be written are worth.
template <class Body>
void in_shares(std::size_t bytes, Body&& body) {
  const int want = bytes < kBytesWorthATeam ? 1 : threads_available();
  run_team(want, [&](Member member) { body(long{member.index}, long{member.size}); });
}

}  // namespace tidegate
