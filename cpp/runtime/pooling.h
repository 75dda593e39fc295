// Pooling over all steps so far, as a running state.
#pragma once

#include "runtime/session_plan.h"

namespace tidegate {

// Values that op.running holds per row: average total [width] and count [2], maximum [width].
inline long running_width(OpKind kind, long width) {
  return kind == OpKind::global_average_pooling ? width + 2 : width;
}

// What a new session holds: the total of nothing, and what any number is larger than. -0 is the sum
// that leaves the first number as it is.
float running_start(OpKind kind);

// Takes in one step, the rows of `in`; op.out is the pooling of all so far.
void pool_step(const StepOp& op, const float* const* in, long rows);

}  // namespace tidegate
