// One convolution in the block of a session.
#pragma once

#include "runtime/arena.h"
#include "runtime/session_plan.h"

namespace tidegate {

// For `batch` rows per step; `steps` 0 for a plan of steps, else the most that a sequence may have.
// Null if the arena only counts.
ConvPlan* build_conv(const GraphOp& op, long batch, long steps, Arena& arena);

// The next step: from the rows of `in` to op.out, bias and activation included.
void step_conv(const SessionPlan& plan, const StepOp& op, const float* const* in);

// A whole sequence: from rows t * batch + r, t < steps, to the windows' rows.
void run_conv(const SessionPlan& plan, const StepOp& op, const float* const* in, long steps);

}  // namespace tidegate
