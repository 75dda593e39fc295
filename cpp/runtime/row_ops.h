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
void activate_rows(const InferenceKernels& kernels, ActivationKind activation, float alpha,
                   const float* const* in, float* const* out, long rows, long width);

// The product and the activation of a dense operation.
inline void compute_dense(const SessionPlan& plan, StepOp& op, const float* const* in, long rows) {
  op.product.a = in;
  op.product.rows = rows;
  plan.product(op.product);
  if (op.activation == ActivationKind::linear) return;
  if (op.activation >= ActivationKind::softmax) {
    return activate_rows(*plan.kernels, op.activation, op.alpha, op.out, op.out, rows, op.width);
  }
  for (long r = 0; r < rows; ++r) {
    plan.kernels->activation(static_cast<int>(op.activation), op.out[r], op.out[r], op.width);
  }
}

// to[r] += offset; null adds nothing.
void add_rows(const float* offset, float* const* to, long rows, long width);

// add ... concatenate. Numbers are joined in the order of op.reads.
void merge_rows(const StepOp& op, long rows, int parity);

}  // namespace tidegate
