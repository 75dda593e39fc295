#include "runtime/session_plan.h"

#include <algorithm>

#include "core/saturated.h"
#include "kernels/inference.h"
#include "runtime/arena.h"

namespace tidegate {
namespace {

const StepKernels& step_kernels(WeightKind kind) {
  const InferenceKernels& kernels = inference_kernels();
  return kind == WeightKind::bfloat16 ? kernels.bfloat16 : kernels.full;
}

class PlanBuilder {
 public:
  PlanBuilder(const GraphData& graph, long batch, void* block)
      : graph_(graph),
        batch_(batch),
        rows_(static_cast<std::size_t>(batch)),
        arena_(block),
        steps_(step_kernels(graph.kind)) {}

  SessionPlan* build() {
    plan_ = arena_.take<SessionPlan>(1);
    Counts counts = count();
    StepOp* ops = arena_.take<StepOp>(counts.steps);
    next_piece_ = arena_.take<StatePiece>(counts.pieces);
    next_input_ = arena_.take<InputPlan>(counts.inputs);
    OutputPlan* outputs = arena_.take<OutputPlan>(graph_.outputs.size());
    values_ = arena_.take<Value>(graph_.ops.size());
    if (!arena_.counting()) start(ops, counts, outputs);
    for (std::size_t o = 0; o < graph_.outputs.size(); ++o) add_output(o);
    for (std::size_t i = 0; i < graph_.ops.size(); ++i) add(static_cast<long>(i));
    for (std::size_t o = 0; o < graph_.outputs.size(); ++o) add_copy(o);
    if (!arena_.counting()) plan_->bytes = arena_.used();
    return plan_;
  }
  std::size_t used() const { return arena_.used(); }

 private:
  struct Counts {
    std::size_t steps, pieces, inputs;
  };

  // An input and an embedding are row pointers and need no step of their own.
  static bool computes(const GraphOp& op) {
    return op.kind != OpKind::input && op.kind != OpKind::embedding;
  }
  // Whether the operation writes to the caller's rows of this output; else they are copied there.
  bool writes(long position, std::size_t output) const {
    const auto& outputs = graph_.outputs;
    const auto first = std::find(outputs.begin(), outputs.end(), position);
    return computes(graph_.op(position)) &&
           first == outputs.begin() + static_cast<std::ptrdiff_t>(output);
  }

  Counts count() const {
    Counts counts{};
    for (const GraphOp& op : graph_.ops) {
      if (computes(op)) ++counts.steps;
      counts.pieces += static_cast<std::size_t>(op.state_pieces());
      if (op.kind == OpKind::embedding || (op.kind == OpKind::input && !op.ids)) ++counts.inputs;
    }
    for (std::size_t o = 0; o < graph_.outputs.size(); ++o) {
      if (!writes(graph_.outputs[o], o)) ++counts.steps;
    }
    return counts;
  }

  void start(StepOp* ops, const Counts& counts, OutputPlan* outputs) {
    plan_->batch = batch_;
    plan_->kernels = &inference_kernels();
    plan_->product = steps_.product;
    plan_->ops = next_op_ = ops;
    plan_->ops_end = ops + counts.steps;
    plan_->pieces = next_piece_;
    plan_->pieces_end = next_piece_ + counts.pieces;
    plan_->inputs = next_input_;
    plan_->inputs_end = next_input_ + counts.inputs;
    plan_->outputs = outputs;
    plan_->outputs_end = outputs + graph_.outputs.size();
  }

  void add_output(std::size_t output) {
    float** rows = arena_.take<float*>(rows_);
    if (!arena_.counting())
      plan_->outputs[output] = {rows, graph_.op(graph_.outputs[output]).outputs};
  }

  void add(long position) {
    const GraphOp& op = graph_.op(position);
    if (op.kind == OpKind::input || op.kind == OpKind::embedding) return add_input(op, position);
    StepOp* step = arena_.counting() ? nullptr : next_op_++;
    if (step != nullptr) fill_step(op, step);
    if (op.reads.size() > 1 || op.kind == OpKind::concatenate) add_reads(op, step);
    float** y = y_rows(position);
    if (op.is_recurrent()) return add_recurrent(op, position, y, step);
    const bool leaves =
        std::find(graph_.outputs.begin(), graph_.outputs.end(), position) != graph_.outputs.end();
    float** out = leaves ? y : scratch_rows(op.outputs);
    if (step == nullptr) return;
    step->out = out;
    values_[position] = {{out, out}, op.outputs};
    if (op.kind == OpKind::dense) fill_product(op, step);
  }

  void add_input(const GraphOp& op, long position) {
    const bool embedding = op.kind == OpKind::embedding;
    if (!embedding && op.ids) return;
    const float** rows = arena_.take<const float*>(rows_);
    if (arena_.counting()) return;
    const long input = embedding ? op.reads.front() : position;
    *next_input_++ = {input, embedding ? op.table.as<float>() : nullptr, rows, op.outputs};
    values_[position] = {{rows, rows}, op.outputs};
  }

  void fill_step(const GraphOp& op, StepOp* step) const {
    const Value& first = values_[op.reads.front()];
    step->kind = op.kind;
    step->softmax = op.softmax;
    step->activation = op.activation;
    step->width = op.outputs;
    step->in[0] = first.rows[0];
    step->in[1] = first.rows[1];
  }

  void add_reads(const GraphOp& op, StepOp* step) {
    const Value** reads = arena_.take<const Value*>(op.reads.size());
    if (step == nullptr) return;
    step->reads = reads;
    step->read_count = static_cast<long>(op.reads.size());
    for (const long read : op.reads) *reads++ = values_ + read;
  }

  void add_copy(std::size_t output) {
    const long position = graph_.outputs[output];
    if (arena_.counting() || writes(position, output)) return;
    StepOp& step = *next_op_++;
    step.kind = OpKind::input;
    step.width = values_[position].width;
    step.in[0] = values_[position].rows[0];
    step.in[1] = values_[position].rows[1];
    step.out = plan_->outputs[output].rows;
  }

  // The rows of the output that the operation writes to, or null.
  float** y_rows(long position) const {
    for (std::size_t o = 0; o < graph_.outputs.size() && !arena_.counting(); ++o) {
      if (writes(position, o)) return plan_->outputs[o].rows;
    }
    return nullptr;
  }
  float** scratch_rows(long width) {
    float* values = arena_.take<float>(saturated_mul(rows_, width));
    return row_pointers(values, width);
  }
  float** row_pointers(float* values, long stride) {
    float** rows = arena_.take<float*>(rows_);
    for (long r = 0; r < batch_ && rows != nullptr; ++r) rows[r] = values + r * stride;
    return rows;
  }

  // Whether another operation or a copy needs the result where the session keeps it.
  bool is_read(long position) const {
    const auto reads = [&](const GraphOp& op) {
      return std::find(op.reads.begin(), op.reads.end(), position) != op.reads.end();
    };
    return std::any_of(graph_.ops.begin(), graph_.ops.end(), reads) ||
           std::count(graph_.outputs.begin(), graph_.outputs.end(), position) != 1;
  }

  void add_recurrent(const GraphOp& op, long position, float** y, StepOp* step) {
    const CellSpec& spec = op.recurrent.spec();
    const auto panel = saturated_mul(rows_, spec.state_stride());
    float* h[2] = {arena_.take<float>(panel), arena_.take<float>(panel)};
    float* c = spec.has_c() ? arena_.take<float>(panel) : nullptr;
    // At parity p the new h is in the other panel.
    Value value{{nullptr, nullptr}, op.outputs};
    if (is_read(position)) {
      for (int p = 0; p < 2; ++p) value.rows[p] = row_pointers(h[1 - p], spec.state_stride());
    }
    RecurrentPlan* plan = arena_.take<RecurrentPlan>(1);
    const bool halves = spec.cell == Cell::gru_before;
    const long gate_row = spec.kept() * kGroupLanes;
    const long gate_block = batch_ * gate_row + kGroupLanes;
    float* reset_h = halves ? arena_.take<float>(panel) : nullptr;
    float* gates =
        halves
            ? arena_.take<float>(saturated_mul(static_cast<std::size_t>(spec.blocks()), gate_block))
            : nullptr;
    if (step == nullptr) return;
    values_[position] = value;
    step->recurrent = plan;
    for (int p = 0; p < 2; ++p) {
      RecurrentPlan::Args& args = plan->args[p];
      args = common_args(op, p, y);
      args.h_prev = h[p];
      args.h = h[1 - p];
      args.x = step->in[p];
      args.c_prev = args.c = c;
      args.gates = gates;
      args.gates_row_stride = gate_row;
      args.gates_block_stride = gate_block;
      args.reset_h = reset_h;
    }
    choose_kernel(op, plan);
    *next_piece_++ = {{h[0], h[1]}, spec.units, spec.state_stride()};
    if (c != nullptr) *next_piece_++ = {{c, c}, spec.units, spec.state_stride()};
  }

  RecurrentPlan::Args common_args(const GraphOp& op, int parity, float** y) const {
    const CellSpec& spec = op.recurrent.spec();
    RecurrentPlan::Args args{};
    args.rows = batch_;
    args.input_dim = spec.input_dim;
    args.units = spec.units;
    args.panel_end = op.recurrent.panels();
    args.descending = parity == 1;
    args.activation = op.activation;
    args.recurrent_activation = op.recurrent_activation;
    args.h_prev_stride = args.h_stride = spec.state_stride();
    args.c_prev_stride = args.c_stride = args.reset_h_stride = spec.state_stride();
    args.y = y;
    args.bias = op.recurrent.part(kBias);
    args.kernel = op.recurrent.part(kKernel);
    args.recurrent_kernel = op.recurrent.part(kRecurrentKernel);
    args.kernel16 = op.recurrent.part16(kKernel);
    args.recurrent_kernel16 = op.recurrent.part16(kRecurrentKernel);
    return args;
  }

  void choose_kernel(const GraphOp& op, RecurrentPlan* plan) const {
    switch (op.recurrent.spec().cell) {
      case Cell::lstm:
        plan->kernel = steps_.lstm;
        return;
      case Cell::gru:
        plan->kernel = steps_.gru;
        return;
      case Cell::simple_rnn:
        plan->kernel = steps_.simple_rnn;
        return;
      case Cell::gru_before:
        break;
    }
    plan->kernel = steps_.gru_before_gates;
    plan->candidate_kernel = steps_.gru_before_candidate;
    for (int p = 0; p < 2; ++p) {
      RecurrentPlan::Args& args = plan->candidate[p];
      args = plan->args[p];
      args.bias = op.recurrent.part(kCandidateBias);
      args.panel_end = op.recurrent.one_gate_panels();
      args.kernel = op.recurrent.part(kCandidateKernel);
      args.recurrent_kernel = op.recurrent.part(kCandidateRecurrentKernel);
      args.kernel16 = op.recurrent.part16(kCandidateKernel);
      args.recurrent_kernel16 = op.recurrent.part16(kCandidateRecurrentKernel);
    }
  }

  void fill_product(const GraphOp& op, StepOp* step) const {
    const nn::PackedView<float>& b = op.dense;
    ProductArgs<float>& args = step->product;
    args.rows = batch_;
    args.columns = b.columns;
    args.panel_end = b.panels();
    args.segments = 1;
    args.segment_length = b.rows;
    args.b = b.at;
    if (b.at == nullptr) args.b16 = op.kernel.as<bfloat16>();
    args.b_segment_stride = b.rows;
    args.b_rows = b.rows;
    args.init = op.bias.as<float>();
    args.c = step->out;
  }

  const GraphData& graph_;
  long batch_;
  std::size_t rows_;
  Arena arena_;
  const StepKernels& steps_;
  SessionPlan* plan_ = nullptr;
  StepOp* next_op_ = nullptr;
  StatePiece* next_piece_ = nullptr;
  InputPlan* next_input_ = nullptr;
  Value* values_ = nullptr;  // of each operation
};

}  // namespace

std::size_t plan_bytes(const GraphData& graph, long batch) {
  PlanBuilder builder(graph, batch, nullptr);
  builder.build();
  return builder.used();
}

SessionPlan* make_plan(const GraphData& graph, long batch, void* block) {
  return PlanBuilder(graph, batch, block).build();
}

}  // namespace tidegate
