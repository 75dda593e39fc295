#include "runtime/session_plan.h"

#include <vector>

#include "core/saturated.h"
#include "kernels/inference.h"
#include "runtime/arena.h"
#include "runtime/compact_plan.h"
#include "runtime/conv_plan.h"
#include "runtime/extent.h"
#include "runtime/pooling.h"
#include "runtime/recurrent_plan.h"
#include "runtime/states.h"

namespace tidegate {
namespace {

class PlanBuilder {
 public:
  PlanBuilder(const GraphData& graph, long batch, long steps, void* block)
      : graph_(graph),
        batch_(batch),
        steps_(steps),
        rows_(static_cast<std::size_t>(batch)),
        arena_(block),
        kernels_(step_kernels(graph.kind)) {}

  SessionPlan* build() {
    plan_ = arena_.take<SessionPlan>(1);
    const Counts counts = count();
    StepOp* ops = arena_.take<StepOp>(counts.ops);
    next_piece_ = arena_.take<StatePiece>(counts.pieces);
    next_input_ = arena_.take<InputPlan>(counts.inputs);
    outputs_ = arena_.take<OutputPlan>(graph_.outputs.size());
    values_ = arena_.take<Value>(graph_.ops.size());
    if (arena_.counting()) {
      counted_.resize(graph_.ops.size());
      values_ = counted_.data();
    } else {
      start(ops, counts);
    }
    for (std::size_t i = 0; i < graph_.ops.size(); ++i) add(static_cast<long>(i));
    for (std::size_t o = 0; o < graph_.outputs.size(); ++o) add_copy(o);
    if (!arena_.counting()) plan_->bytes = arena_.used();
    return plan_;
  }
  std::size_t used() const { return arena_.used(); }

 private:
  struct Counts {
    std::size_t ops, pieces, inputs;
  };

  bool whole() const { return steps_ > 0; }
  // Whether the output's rows are those that the operation writes; else they are copied there.
  bool writes(std::size_t output) const {
    return graph_.op(graph_.outputs[output]).output == static_cast<long>(output);
  }

  Counts count() const {
    Counts counts{};
    for (const GraphOp& op : graph_.ops) {
      if (op.computes()) ++counts.ops;
      if (!whole()) counts.pieces += static_cast<std::size_t>(op.state_pieces());
      if (op.kind == OpKind::embedding || (op.kind == OpKind::input && !op.ids)) ++counts.inputs;
    }
    for (std::size_t o = 0; o < graph_.outputs.size(); ++o) {
      if (!writes(o)) ++counts.ops;
    }
    return counts;
  }

  void start(StepOp* ops, const Counts& counts) {
    plan_->batch = batch_;
    plan_->steps = steps_;
    plan_->kernels = &inference_kernels();
    plan_->product = kernels_.product;
    plan_->ops = next_op_ = ops;
    plan_->ops_end = ops + counts.ops;
    plan_->pieces = next_piece_;
    plan_->pieces_end = next_piece_ + counts.pieces;
    plan_->inputs = next_input_;
    plan_->inputs_end = next_input_ + counts.inputs;
    plan_->outputs = outputs_;
    plan_->outputs_end = outputs_ + graph_.outputs.size();
  }

  // Row pointers, and rows of a value where they are the session's own.
  std::size_t rows_of(const Value& value) const { return saturated_mul(rows_, value.steps); }
  float** point(float* values, const Value& value, long stride) {
    const std::size_t count = rows_of(value);
    float** rows = arena_.take<float*>(count);
    for (std::size_t r = 0; r < count && rows != nullptr; ++r, values += stride) rows[r] = values;
    return rows;
  }

  void add(long position) {
    const GraphOp& op = graph_.op(position);
    Value& value = values_[position];
    value.width = op.outputs;
    if (!op.computes()) return add_input(op, position, value);
    value.steps = whole() ? steps_after(op, values_[op.reads.front()].steps) : 1;
    StepOp* step = arena_.counting() ? nullptr : next_op_++;
    add_reads(op, step);
    float** out = op.output >= 0 ? output_rows(op, value) : nullptr;
    // A recurrent operation keeps its result itself, step by step.
    const bool own = op.is_recurrent() && !whole();
    if (out == nullptr && op.output < 0 && !own) {
      out = point(arena_.take<float>(saturated_mul(rows_of(value), op.outputs)), value, op.outputs);
    }
    if (step != nullptr) {
      fill_step(op, step, out);
      step->result = &value;
      value.rows[0] = value.rows[1] = out;
    }
    add_parts(op, step, value);
  }

  void add_input(const GraphOp& op, long position, Value& value) {
    const bool embedding = op.kind == OpKind::embedding;
    const bool sequence = op.sequence;
    value.steps = whole() && sequence ? steps_ : 1;
    if (!embedding && op.ids) return;
    const float** rows = arena_.take<const float*>(rows_of(value));
    float* table_rows =
        op.table8 ? arena_.take<float>(saturated_mul(rows_of(value), op.outputs)) : nullptr;
    if (arena_.counting()) return;
    *next_input_++ = {.input = embedding ? op.reads.front() : position,
                      .table = op.table.as<float>(),
                      .rows = rows,
                      .width = op.outputs,
                      .value = &value,
                      .sequence = sequence,
                      .table8 = op.table8.as<std::int8_t>(),
                      .table_scales = op.table_scales.as<float>(),
                      .table_rows = table_rows};
    value.rows[0] = value.rows[1] = rows;
  }

  float** output_rows(const GraphOp& op, const Value& value) {
    float** rows = arena_.take<float*>(rows_of(value));
    if (!arena_.counting()) outputs_[op.output] = {rows, op.outputs, &value};
    return rows;
  }

  void add_reads(const GraphOp& op, StepOp* step) {
    const Value** reads = arena_.take<const Value*>(op.reads.size());
    if (step == nullptr) return;
    step->reads = reads;
    step->read_count = static_cast<long>(op.reads.size());
    for (const long read : op.reads) *reads++ = values_ + read;
    step->in[0] = step->reads[0]->rows[0];
    step->in[1] = step->reads[0]->rows[1];
  }

  static void fill_step(const GraphOp& op, StepOp* step, float** out) {
    step->kind = op.kind;
    step->op = &op;
    step->activation = op.activation;
    step->alpha = op.alpha;
    step->epsilon = op.epsilon;
    step->width = op.outputs;
    step->out = out;
    step->factor = op.table ? op.table.as<float>() : nullptr;
    step->offset = op.bias ? op.bias.as<float>() : nullptr;
  }

  void add_parts(const GraphOp& op, StepOp* step, Value& value) {
    if (op.is_recurrent()) return add_recurrent(op, step, value);
    if (op.kind == OpKind::dense) return add_product(op, step, value);
    if (op.kind == OpKind::conv1d) {
      const long steps = whole() ? values_[op.reads.front()].steps : 0;
      ConvPlan* conv = build_conv(op, batch_, steps, arena_);
      if (conv == nullptr) return;
      step->conv = conv;
      const long before = op.steps_before() * op.inputs;
      add_piece(op,
                {{conv->history, conv->history}, before, 2 * conv->window * op.inputs, 0, conv});
    }
    if (op.kind == OpKind::global_average_pooling || op.kind == OpKind::global_max_pooling) {
      const long width = running_width(op.kind, op.outputs);
      float* running = arena_.take<float>(saturated_mul(rows_, width));
      if (running == nullptr) return;
      step->running = running;
      add_piece(op, {{running, running}, op.outputs, width, running_start(op.kind), nullptr});
      float* count = running + op.outputs;
      if (width > op.outputs) add_piece(op, {{count, count}, 2, width, 0, nullptr});
    }
  }

  void add_piece(const GraphOp& op, const StatePiece& piece) {
    if (!whole() && op.state_pieces() > 0) *next_piece_++ = piece;
  }

  void add_recurrent(const GraphOp& op, StepOp* step, Value& value) {
    const CellSpec& spec = op.recurrent.spec();
    const long stride = spec.state_stride();
    const float* const* none[2] = {nullptr, nullptr};
    float** y = step == nullptr ? nullptr : const_cast<float**>(step->out);
    RecurrentPlan* plan = RecurrentBuilder(op, graph_.kind, batch_, arena_)
                              .build(kernels_, step == nullptr ? none : step->in, y);
    if (whole()) {
      if (step != nullptr) step->recurrent = plan;
      return;
    }
    for (int p = 0; p < 2 && op.uses > 0; ++p) {
      float** rows = point(plan == nullptr ? nullptr : plan->panels[1 - p], value, stride);
      if (plan != nullptr) value.rows[p] = rows;
    }
    if (plan == nullptr) return;
    step->recurrent = plan;
    float* const c = plan->panels[2];
    add_piece(op, {{plan->panels[0], plan->panels[1]}, spec.units, stride, 0, nullptr});
    if (c != nullptr) add_piece(op, {{c, c}, spec.units, stride, 0, nullptr});
  }

  void add_product(const GraphOp& op, StepOp* step, const Value& value) {
    const nn::PackedView<float>& b = op.products.front().view;
    const CompactMatrix& compact = op.compact.matrix(kKernel);
    const CompactRows rows =
        take_compact_rows(graph_.kind, rows_of(value), b.rows, op.reads_bounded, arena_);
    CompactOperands* operands = take_compact_operands(graph_.kind, arena_);
    if (step == nullptr) return;
    if (operands != nullptr) *operands = {compact_kernels(graph_.kind), compact, {}, rows, {}};
    ProductArgs<float>& args = step->product;
    args.columns = b.columns;
    args.panel_end = b.panels();
    args.segments = 1;
    args.segment_length = b.rows;
    args.b = b.at;
    args.b16 = reinterpret_cast<const bfloat16*>(compact.values);
    args.compact = operands;
    args.b_segment_stride = b.rows;
    args.b_rows = b.rows;
    args.init = op.bias.as<float>();
    args.c = step->out;
  }

  // An output that no operation writes itself.
  void add_copy(std::size_t output) {
    if (writes(output)) return;
    const Value& value = values_[graph_.outputs[output]];
    const Value** reads = arena_.take<const Value*>(1);
    float** rows = arena_.take<float*>(rows_of(value));
    if (arena_.counting()) return;
    outputs_[output] = {rows, value.width, &value};
    StepOp& step = *next_op_++;
    step.kind = OpKind::input;
    step.reads = reads;
    step.read_count = 1;
    *reads = &value;
    step.width = value.width;
    step.in[0] = value.rows[0];
    step.in[1] = value.rows[1];
    step.out = rows;
  }

  const GraphData& graph_;
  long batch_, steps_;
  std::size_t rows_;
  Arena arena_;
  const StepKernels& kernels_;
  SessionPlan* plan_ = nullptr;
  StepOp* next_op_ = nullptr;
  StatePiece* next_piece_ = nullptr;
  InputPlan* next_input_ = nullptr;
  OutputPlan* outputs_ = nullptr;
  Value* values_ = nullptr;     // of each operation
  std::vector<Value> counted_;  // the same while the arena only counts
};

}  // namespace

std::size_t plan_bytes(const GraphData& graph, long batch, long steps) {
  PlanBuilder builder(graph, batch, steps, nullptr);
  builder.build();
  return builder.used();
}

SessionPlan* make_plan(const GraphData& graph, long batch, long steps, void* block) {
  SessionPlan* plan = PlanBuilder(graph, batch, steps, block).build();
  reset_states(*plan);
  return plan;
}

}  // namespace tidegate
