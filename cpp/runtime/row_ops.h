// Operations that treat each row by itself, on rows that pointers lead to.
//
// Plain loops, each result rounded once: the bits are the same for every compiler and processor.
// What needs the kernels' functions takes their table.
#pragma once

#include "runtime/session_plan.h"

namespace tidegate {

// Dense, activation, normalization, merges, copies: `rows` rows of op.out from what it reads at a
// step of this parity.
void compute_rows(const SessionPlan& plan, StepOp& op, long rows, int parity);

// out[r] = activation(in[r]); in may be out.
void activate_rows(const KernelTable<float>& kernels, ActivationKind activation, float alpha,
                   const float* const* in, float* const* out, long rows, long width);

// to[r] += offset; null adds nothing.
void add_rows(const float* offset, float* const* to, long rows, long width);

// add ... concatenate. Numbers are joined in the order of op.reads.
void merge_rows(const StepOp& op, long rows, int parity);

}  // namespace tidegate
