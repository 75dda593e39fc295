// Several values to one, row by row: add ... subtract, concatenate.
#pragma once

#include "runtime/session_plan.h"

namespace tidegate {

// The values are those of a step of this parity. Numbers are joined in the order of op.reads, each
// result rounded once, so every compiler's vectors give the same bits.
void merge_rows(const StepOp& op, long rows, int parity);

}  // namespace tidegate
