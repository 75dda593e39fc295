// One recurrent operation in the block of a session.
#pragma once

#include "runtime/arena.h"
#include "runtime/compact_plan.h"
#include "runtime/session_plan.h"

namespace tidegate {

// The kernels of a step, by how weights are kept.
const StepKernels& step_kernels(WeightKind kind);

class RecurrentBuilder {
 public:
  RecurrentBuilder(const GraphOp& op, WeightKind kind, long batch, Arena& arena)
      : op_(op), kind_(kind), batch_(batch), arena_(arena) {}

  // Takes panels and scratch; null if the arena only counts. A step at parity p reads in[p] and
  // writes y, which may be null, and h into panels[1 - p].
  RecurrentPlan* build(const StepKernels& kernels, const float* const* const* in, float** y);

 private:
  RecurrentPlan::Args common_args(int parity, float** y) const;
  void set_kernels(int half, RecurrentPlan::Args& args) const;
  void choose_kernel(const StepKernels& kernels, RecurrentPlan* plan) const;

  const GraphOp& op_;
  WeightKind kind_;
  long batch_;
  Arena& arena_;
  CompactOperands* compact_[2] = {};  // of a step, and of the candidate of the reset-before GRU
};

}  // namespace tidegate
