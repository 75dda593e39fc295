#include "rnn/cuts.h"

#include <algorithm>
#include <cmath>

namespace tidegate {

std::vector<Range> chunk_steps(const SequencePlan& plan) {
  std::vector<Range> chunks;
  const long steps = plan.active_steps();
  if (!plan.masked() && steps > 0) {
    const long most = std::max(1L, (kChunkRows + plan.batch() / 2) / plan.batch());
    chunks.reserve(static_cast<std::size_t>((steps + most - 1) / most));
    for (long step = 0; step < steps; step += most) {
      chunks.push_back({step, std::min(step + most, steps)});
    }
    return chunks;
  }
  for (long begin = 0; begin < steps;) {
    long end = begin + 1;
    while (end < steps &&
           2 * (plan.offset(end) - plan.offset(begin)) + plan.count(end) <= 2 * kChunkRows) {
      ++end;
    }
    chunks.push_back({begin, end});
    begin = end;
  }
  return chunks;
}

std::vector<Range> window_steps(const SequencePlan& plan, const std::vector<Range>& chunks) {
  const auto least = static_cast<long>(std::sqrt(static_cast<double>(plan.active_steps())));
  std::vector<Range> windows;
  for (const Range& chunk : chunks) {
    if (windows.empty() || windows.back().end - windows.back().begin >= least) {
      windows.push_back(chunk);
    } else {
      windows.back().end = chunk.end;
    }
  }
  return windows;
}

}  // namespace tidegate
