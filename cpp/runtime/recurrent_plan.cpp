#include "runtime/recurrent_plan.h"

#include "core/saturated.h"
#include "kernels/inference.h"

namespace tidegate {

const StepKernels& step_kernels(WeightKind kind) {
  const InferenceKernels& kernels = inference_kernels();
  if (kind == WeightKind::float32) return kernels.full;
  return kind == WeightKind::bfloat16 ? kernels.bfloat16 : kernels.compact;
}

RecurrentPlan* RecurrentBuilder::build(const StepKernels& kernels, const float* const* const* in,
                                       float** y) {
  const CellSpec& spec = op_.recurrent.spec();
  const auto rows = static_cast<std::size_t>(batch_);
  const auto panel = saturated_mul(rows, spec.state_stride());
  float* h[2] = {arena_.take<float>(panel), arena_.take<float>(panel)};
  float* c = spec.has_c() ? arena_.take<float>(panel) : nullptr;
  RecurrentPlan* plan = arena_.take<RecurrentPlan>(1);
  const bool halves = spec.cell == Cell::gru_before;
  const long gate_row = spec.kept() * kGroupLanes;
  const long gate_block = batch_ * gate_row + kGroupLanes;
  float* reset_h = halves ? arena_.take<float>(panel) : nullptr;
  float* gates =
      halves
          ? arena_.take<float>(saturated_mul(static_cast<std::size_t>(spec.blocks()), gate_block))
          : nullptr;
  const CompactRows x_rows =
      take_compact_rows(kind_, rows, spec.input_dim, op_.reads_bounded, arena_);
  const CompactRows h_rows = take_compact_rows(kind_, rows, spec.units, op_.bounded, arena_);
  for (CompactOperands*& operands : compact_) operands = take_compact_operands(kind_, arena_);
  if (plan == nullptr) return nullptr;
  for (CompactOperands* operands : compact_) {
    if (operands != nullptr) *operands = {compact_kernels(kind_), {}, {}, x_rows, h_rows};
  }
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
    set_kernels(0, args);
  }
  choose_kernel(kernels, plan);
  return plan;
}

RecurrentPlan::Args RecurrentBuilder::common_args(int parity, float** y) const {
  const CellSpec& spec = op_.recurrent.spec();
  RecurrentPlan::Args args{};
  args.rows = batch_;
  args.input_dim = spec.input_dim;
  args.units = spec.units;
  args.panel_end = op_.recurrent.panels();
  args.descending = parity == 1;
  args.activation = static_cast<int>(op_.activation);
  args.recurrent_activation = op_.recurrent_activation;
  args.h_prev_stride = args.h_stride = spec.state_stride();
  args.c_prev_stride = args.c_stride = args.reset_h_stride = spec.state_stride();
  args.y = y;
  args.bias = op_.recurrent.part(kBias);
  return args;
}

void RecurrentBuilder::set_kernels(int half, RecurrentPlan::Args& args) const {
  const CellPart w = half == 0 ? kKernel : kCandidateKernel;
  const CellPart u = half == 0 ? kRecurrentKernel : kCandidateRecurrentKernel;
  args.kernel = op_.recurrent.part(w);
  args.recurrent_kernel = op_.recurrent.part(u);
  args.kernel16 = reinterpret_cast<const bfloat16*>(op_.compact.matrix(w).values);
  args.recurrent_kernel16 = reinterpret_cast<const bfloat16*>(op_.compact.matrix(u).values);
  args.compact = compact_[half];
  if (compact_[half] == nullptr) return;
  compact_[half]->kernel = op_.compact.matrix(w);
  compact_[half]->recurrent_kernel = op_.compact.matrix(u);
}

void RecurrentBuilder::choose_kernel(const StepKernels& kernels, RecurrentPlan* plan) const {
  switch (op_.recurrent.spec().cell) {
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
    args.bias = op_.recurrent.part(kCandidateBias);
    args.panel_end = op_.recurrent.one_gate_panels();
    set_kernels(1, args);
  }
}

}  // namespace tidegate
