#include "runtime/steps.h"

#include <algorithm>

#include "runtime/conv_plan.h"
#include "runtime/extent.h"
#include "runtime/pooling.h"
#include "runtime/row_ops.h"

namespace tidegate {
namespace {

inline void step_recurrent(const RecurrentPlan& recurrent, int parity) {
  recurrent.kernel(recurrent.args[parity]);
  if (recurrent.candidate_kernel != nullptr) {
    recurrent.candidate_kernel(recurrent.candidate[parity]);
  }
}

// From the rows of step t of its input to those of its result.
void run_recurrent(const StepOp& op, long batch, long steps) {
  RecurrentPlan& recurrent = *op.recurrent;
  for (float* panel : recurrent.panels) {
    if (panel != nullptr) std::fill_n(panel, recurrent.panel_size, 0.0F);
  }
  for (long t = 0; t < steps; ++t) {
    const int p = static_cast<int>(t % 2);
    const float* const* x = op.in[0] + (recurrent.go_backwards ? steps - 1 - t : t) * batch;
    float* const* y = op.out + (recurrent.return_sequences ? t * batch : 0);
    if (!recurrent.return_sequences && t + 1 < steps) y = nullptr;
    for (RecurrentPlan::Args* args : {&recurrent.args[p], &recurrent.candidate[p]}) {
      args->x = x;
      args->y = y;
    }
    step_recurrent(recurrent, p);
  }
}

void run_pooling(const StepOp& op, long batch, long steps) {
  const long width = running_width(op.kind, op.width);
  for (long r = 0; r < batch; ++r) {
    std::fill_n(op.running + r * width, op.width, running_start(op.kind));
    std::fill_n(op.running + r * width + op.width, width - op.width, 0.0F);
  }
  for (long t = 0; t < steps; ++t) pool_step(op, op.in[0] + t * batch, batch);
}

void reverse(const StepOp& op, long batch, long steps) {
  for (long t = 0; t < steps; ++t) {
    for (long r = 0; r < batch; ++r) {
      std::copy_n(op.in[0][(steps - 1 - t) * batch + r], op.width, op.out[t * batch + r]);
    }
  }
}

}  // namespace

void step_rows(SessionPlan& plan) {
  const int p = plan.parity;
  for (StepOp* op = plan.ops; op != plan.ops_end; ++op) {
    switch (op->kind) {
      case OpKind::simple_rnn:
      case OpKind::lstm:
      case OpKind::gru:
        step_recurrent(*op->recurrent, p);
        break;
      case OpKind::dense:
        compute_dense(plan, *op, op->in[p], plan.batch);
        break;
      case OpKind::conv1d:
        step_conv(plan, *op, op->in[p]);
        break;
      case OpKind::global_average_pooling:
      case OpKind::global_max_pooling:
        pool_step(*op, op->in[p], plan.batch);
        break;
      default:
        compute_rows(plan, *op, plan.batch, p);
    }
  }
  plan.parity = 1 - p;
}

void run_rows(SessionPlan& plan) {
  for (StepOp* op = plan.ops; op != plan.ops_end; ++op) {
    const long steps = op->reads[0]->steps;
    switch (op->kind) {
      case OpKind::simple_rnn:
      case OpKind::lstm:
      case OpKind::gru:
        run_recurrent(*op, plan.batch, steps);
        break;
      case OpKind::conv1d:
        run_conv(plan, *op, op->in[0], steps);
        break;
      case OpKind::global_average_pooling:
      case OpKind::global_max_pooling:
        run_pooling(*op, plan.batch, steps);
        break;
      case OpKind::reverse:
        reverse(*op, plan.batch, steps);
        break;
      default:
        compute_rows(plan, *op, plan.batch * steps, 0);
    }
  }
}

bool set_steps(SessionPlan& plan, long steps) {
  for (InputPlan* in = plan.inputs; in != plan.inputs_end; ++in) {
    in->value->steps = in->sequence ? steps : 1;
  }
  for (StepOp* op = plan.ops; op != plan.ops_end; ++op) {
    if (op->result == nullptr) continue;  // a copy
    for (long i = 1; i < op->read_count; ++i) {
      if (op->reads[i]->steps != op->reads[0]->steps) return false;
    }
    op->result->steps = steps_after(*op->op, op->reads[0]->steps);
    if (op->result->steps < 1) return false;
  }
  return true;
}

}  // namespace tidegate
