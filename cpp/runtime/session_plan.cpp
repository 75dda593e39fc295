#include "runtime/session_plan.h"

#include <cstring>
#include <new>

#include "core/checked.h"
#include "kernels/dispatch.h"

namespace tidegate {
namespace {

constexpr std::size_t kLine = 64;

// Deals out a block from its start. Without a block it only counts.
class Arena {
 public:
  explicit Arena(void* base) : base_(static_cast<std::byte*>(base)) {}

  template <class T>
  T* take(std::size_t count) {
    const std::size_t at = used_;
    used_ = checked_round_up(checked_add(used_, checked_mul(count, sizeof(T))), kLine);
    return base_ == nullptr ? nullptr : new (base_ + at) T[count]{};
  }
  bool counting() const { return base_ == nullptr; }
  std::size_t used() const { return used_; }

 private:
  std::byte* base_;
  std::size_t used_ = 0;
};

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

// Where the result of an operation is found after it ran at a step of either parity.
struct Result {
  const float* const* rows[2];
};

class PlanBuilder {
 public:
  PlanBuilder(const GraphData& graph, long batch, void* block)
      : graph_(graph),
        batch_(batch),
        rows_(static_cast<std::size_t>(batch)),
        arena_(block),
        steps_(step_kernels(graph.storage)) {}

  SessionPlan* build() {
    plan_ = arena_.take<SessionPlan>(1);
    const auto count = graph_.ops.size();
    // An embedding gives the operation behind it rows of its table and needs no step of its own.
    const std::size_t first = count > 1 && graph_.ops.front().kind == OpKind::embedding ? 1 : 0;
    StepOp* ops = arena_.take<StepOp>(count - first);
    std::size_t pieces = 0;
    for (const GraphOp& op : graph_.ops) pieces += static_cast<std::size_t>(op.state_pieces());
    next_piece_ = arena_.take<StatePiece>(pieces);
    x_rows_ = arena_.take<const float*>(rows_);
    y_rows_ = arena_.take<float*>(rows_);
    if (!arena_.counting()) start(ops, count - first, pieces);
    Result before{{x_rows_, x_rows_}};
    for (std::size_t i = first; i < count; ++i) {
      before = add(graph_.ops[i], before, i + 1 == count, arena_.counting() ? nullptr : ops++);
    }
    if (!arena_.counting()) plan_->bytes = arena_.used();
    return plan_;
  }
  std::size_t used() const { return arena_.used(); }

 private:
  void start(StepOp* ops, std::size_t count, std::size_t pieces) {
    const GraphOp& first = graph_.ops.front();
    plan_->batch = batch_;
    plan_->kernels = &kernels<float>();
    plan_->product = steps_.product;
    plan_->ops = ops;
    plan_->ops_end = ops + count;
    plan_->pieces = next_piece_;
    plan_->pieces_end = next_piece_ + pieces;
    plan_->x_rows = x_rows_;
    plan_->y_rows = y_rows_;
    plan_->y_width = graph_.ops.back().outputs;
    const bool ids = first.kind == OpKind::embedding;
    plan_->x_width = ids ? first.outputs : first.inputs;
    plan_->table = ids ? first.table.as<float>() : nullptr;
  }

  Result add(const GraphOp& op, const Result& before, bool last, StepOp* step) {
    if (step != nullptr) {
      step->kind = op.kind;
      step->softmax = op.softmax;
      step->activation = op.activation;
      step->width = op.outputs;
      step->in[0] = before.rows[0];
      step->in[1] = before.rows[1];
    }
    if (op.is_recurrent()) return add_recurrent(op, last, step);
    float** out = last ? y_rows_ : scratch_rows(op.outputs);
    if (step != nullptr) {
      step->out = out;
      if (op.kind == OpKind::dense) fill_product(op, step);
    }
    return {{out, out}};
  }

  float** scratch_rows(long width) {
    float* values = arena_.take<float>(checked_mul(rows_, width));
    return row_pointers(values, width);
  }
  float** row_pointers(float* values, long stride) {
    float** rows = arena_.take<float*>(rows_);
    for (long r = 0; r < batch_ && rows != nullptr; ++r) rows[r] = values + r * stride;
    return rows;
  }

  Result add_recurrent(const GraphOp& op, bool last, StepOp* step) {
    const CellSpec& spec = op.recurrent->spec();
    const auto panel = checked_mul(rows_, spec.state_stride());
    float* h[2] = {arena_.take<float>(panel), arena_.take<float>(panel)};
    float* c = spec.has_c() ? arena_.take<float>(panel) : nullptr;
    // At parity p the new h is in the other panel.
    Result result{};
    if (!last) {
      for (int p = 0; p < 2; ++p) result.rows[p] = row_pointers(h[1 - p], spec.state_stride());
    }
    RecurrentPlan* plan = arena_.take<RecurrentPlan>(1);
    const bool halves = spec.cell == Cell::gru_before;
    const long gate_row = spec.kept() * kGroupLanes;
    const long gate_block = batch_ * gate_row + kGroupLanes;
    float* reset_h = halves ? arena_.take<float>(panel) : nullptr;
    float* gates =
        halves
            ? arena_.take<float>(checked_mul(static_cast<std::size_t>(spec.blocks()), gate_block))
            : nullptr;
    if (step == nullptr) return result;
    step->recurrent = plan;
    for (int p = 0; p < 2; ++p) {
      RecurrentPlan::Args& args = plan->args[p];
      args = common_args(op, p, last);
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
    return result;
  }

  RecurrentPlan::Args common_args(const GraphOp& op, int parity, bool last) const {
    const CellSpec& spec = op.recurrent->spec();
    RecurrentPlan::Args args{};
    args.rows = batch_;
    args.input_dim = spec.input_dim;
    args.units = spec.units;
    args.panel_end = op.recurrent->panels();
    args.descending = parity == 1;
    args.activation = op.activation;
    args.recurrent_activation = op.recurrent_activation;
    args.h_prev_stride = args.h_stride = spec.state_stride();
    args.c_prev_stride = args.c_stride = args.reset_h_stride = spec.state_stride();
    args.y = last ? y_rows_ : nullptr;
    args.bias = op.recurrent->bias();
    if (narrow()) {
      args.kernel16 = op.recurrent->kernel16();
      args.recurrent_kernel16 = op.recurrent->recurrent_kernel16();
    } else {
      args.kernel = op.recurrent->kernel();
      args.recurrent_kernel = op.recurrent->recurrent_kernel();
    }
    return args;
  }

  bool narrow() const { return graph_.storage == Storage::bfloat16; }

  void choose_kernel(const GraphOp& op, RecurrentPlan* plan) const {
    switch (op.recurrent->spec().cell) {
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
      args.bias = op.recurrent->candidate_bias();
      args.panel_end = op.recurrent->one_gate_panels();
      if (narrow()) {
        args.kernel16 = op.recurrent->candidate_kernel16();
        args.recurrent_kernel16 = op.recurrent->candidate_recurrent_kernel16();
      } else {
        args.kernel = op.recurrent->candidate_kernel();
        args.recurrent_kernel = op.recurrent->candidate_recurrent_kernel();
      }
    }
  }

  void fill_product(const GraphOp& op, StepOp* step) const {
    const nn::PackedView<float>& b = op.dense.view;
    ProductArgs<float>& args = step->product;
    args.rows = batch_;
    args.columns = b.columns;
    args.panel_end = b.panels();
    args.segments = 1;
    args.segment_length = b.rows;
    args.b = b.at;
    if (narrow()) args.b16 = op.dense16.as<bfloat16>();
    args.b_segment_stride = b.rows;
    args.b_rows = b.rows;
    args.init = op.bias.as<float>();
    args.c = step->out;
  }

  const GraphData& graph_;
  long batch_;
  std::size_t rows_;
  Arena arena_;
  StepKernels steps_;
  SessionPlan* plan_ = nullptr;
  StatePiece* next_piece_ = nullptr;
  const float** x_rows_ = nullptr;
  float** y_rows_ = nullptr;
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
