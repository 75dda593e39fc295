#include "runtime/recurrent_plan.h"

#include "core/checked.h"
#include "kernels/dispatch.h"

namespace tidegate {

StepKernels step_kernels(Storage storage) {
  if (storage == Storage::bfloat16) return bfloat16_kernels();
  const KernelTable<float>& table = kernels<float>();
  return {.lstm = table.recurrent.lstm[0],
          .gru = table.recurrent.gru[0],
          .gru_before_gates = table.recurrent.gru_before_gates,
          .gru_before_candidate = table.recurrent.gru_before_candidate,
          .simple_rnn = table.recurrent.simple_rnn,
          .product = table.product.product};
}

RecurrentPlan* RecurrentBuilder::build(const StepKernels& kernels, const float* const* const* in,
                                       float** y) {
  const CellSpec& spec = op_.recurrent->spec();
  const auto rows = static_cast<std::size_t>(batch_);
  const auto panel = checked_mul(rows, spec.state_stride());
  float* h[2] = {arena_.take<float>(panel), arena_.take<float>(panel)};
  float* c = spec.has_c() ? arena_.take<float>(panel) : nullptr;
  RecurrentPlan* plan = arena_.take<RecurrentPlan>(1);
  const bool halves = spec.cell == Cell::gru_before;
  const long gate_row = spec.kept() * kGroupLanes;
  const long gate_block = batch_ * gate_row + kGroupLanes;
  float* reset_h = halves ? arena_.take<float>(panel) : nullptr;
  float* gates =
      halves ? arena_.take<float>(checked_mul(static_cast<std::size_t>(spec.blocks()), gate_block))
             : nullptr;
  if (plan == nullptr) return nullptr;
  plan->go_backwards = op_.go_backwards;
  plan->return_sequences = op_.return_sequences;
  plan->panels[0] = h[0];
  plan->panels[1] = h[1];
  plan->panels[2] = c;
  plan->panel_size = static_cast<long>(panel);
  for (int p = 0; p < 2; ++p) {
    RecurrentPlan::Args& args = plan->args[p];
    args = common_args(p, y);
    args.h_prev = h[p];
    args.h = h[1 - p];
    args.x = in[p];
    args.c_prev = args.c = c;
    args.gates = gates;
    args.gates_row_stride = gate_row;
    args.gates_block_stride = gate_block;
    args.reset_h = reset_h;
  }
  choose_kernel(kernels, plan);
  return plan;
}

RecurrentPlan::Args RecurrentBuilder::common_args(int parity, float** y) const {
  const CellSpec& spec = op_.recurrent->spec();
  RecurrentPlan::Args args{};
  args.rows = batch_;
  args.input_dim = spec.input_dim;
  args.units = spec.units;
  args.panel_end = op_.recurrent->panels();
  args.descending = parity == 1;
  args.activation = static_cast<int>(op_.activation);
  args.recurrent_activation = op_.recurrent_activation;
  args.h_prev_stride = args.h_stride = spec.state_stride();
  args.c_prev_stride = args.c_stride = args.reset_h_stride = spec.state_stride();
  args.y = y;
  args.bias = op_.recurrent->bias();
  if (narrow_) {
    args.kernel16 = op_.recurrent->kernel16();
    args.recurrent_kernel16 = op_.recurrent->recurrent_kernel16();
  } else {
    args.kernel = op_.recurrent->kernel();
    args.recurrent_kernel = op_.recurrent->recurrent_kernel();
  }
  return args;
}

void RecurrentBuilder::choose_kernel(const StepKernels& kernels, RecurrentPlan* plan) const {
  switch (op_.recurrent->spec().cell) {
    case Cell::lstm:
      plan->kernel = kernels.lstm;
      return;
    case Cell::gru:
      plan->kernel = kernels.gru;
      return;
    case Cell::simple_rnn:
      plan->kernel = kernels.simple_rnn;
      return;
    case Cell::gru_before:
      break;
  }
  plan->kernel = kernels.gru_before_gates;
  plan->candidate_kernel = kernels.gru_before_candidate;
  for (int p = 0; p < 2; ++p) {
    RecurrentPlan::Args& args = plan->candidate[p];
    args = plan->args[p];
    args.bias = op_.recurrent->candidate_bias();
    args.panel_end = op_.recurrent->one_gate_panels();
    if (narrow_) {
      args.kernel16 = op_.recurrent->candidate_kernel16();
      args.recurrent_kernel16 = op_.recurrent->candidate_recurrent_kernel16();
    } else {
      args.kernel = op_.recurrent->candidate_kernel();
      args.recurrent_kernel = op_.recurrent->candidate_recurrent_kernel();
    }
  }
}

}  // namespace tidegate
