#include "tidegate/session.h"

#include <algorithm>
#include <cstdint>
#include <new>
#include <utility>

#include "core/float_env.h"
#include "kernels/table.h"
#include "runtime/merge.h"
#include "runtime/session_plan.h"

namespace tidegate {
namespace {

// Keeps products of the batch with a width within a long; real batches end at memory long before.
constexpr long kMaxBatch = 1L << (4 * sizeof(long));

void finish_dense(const SessionPlan& plan, const StepOp& op) {
  float* const* out = op.out;
  if (op.softmax) {
    for (long r = 0; r < plan.batch; ++r) plan.kernels->softmax(out[r], out[r], 1, op.width);
    return;
  }
  if (op.activation == static_cast<int>(Activation::linear)) return;
  for (long r = 0; r < plan.batch; ++r) {
    plan.kernels->activation(op.activation, out[r], out[r], op.width);
  }
}

void activate(const SessionPlan& plan, const StepOp& op, const float* const* in) {
  for (long r = 0; r < plan.batch; ++r) {
    if (op.softmax) {
      plan.kernels->softmax(in[r], op.out[r], 1, op.width);
    } else {
      plan.kernels->activation(op.activation, in[r], op.out[r], op.width);
    }
  }
}

// One step, from the rows that the inputs point at to those of the outputs.
inline void step_rows(SessionPlan& plan) {
  const int p = plan.parity;
  for (StepOp* op = plan.ops; op != plan.ops_end; ++op) {
    switch (op->kind) {
      case OpKind::simple_rnn:
      case OpKind::lstm:
      case OpKind::gru:
        op->recurrent->kernel(op->recurrent->args[p]);
        if (op->recurrent->candidate_kernel != nullptr) {
          op->recurrent->candidate_kernel(op->recurrent->candidate[p]);
        }
        break;
      case OpKind::dense:
        op->product.a = op->in[p];
        plan.product(op->product);
        finish_dense(plan, *op);
        break;
      case OpKind::activation:
        activate(plan, *op, op->in[p]);
        break;
      case OpKind::input:
        for (long r = 0; r < plan.batch; ++r) std::copy_n(op->in[p][r], op->width, op->out[r]);
        break;
      default:
        merge_rows(*op, plan.batch, p);
    }
  }
  plan.parity = 1 - p;
}

// The rows of step t of `steps`: x [B, T, I] or ids [B, T], y [B, T, O].
inline void point_at(SessionPlan& plan, const InputRows* x, float* const* y, long steps, long t) {
  for (InputPlan* in = plan.inputs; in != plan.inputs_end; ++in) {
    const InputRows& given = x[in->input];
    for (long r = 0; r < plan.batch; ++r) {
      in->rows[r] = in->table == nullptr ? given.values + (r * steps + t) * in->width
                                         : in->table + given.ids[r * steps + t] * in->width;
    }
  }
  for (OutputPlan* out = plan.outputs; out != plan.outputs_end; ++out, ++y) {
    for (long r = 0; r < plan.batch; ++r) out->rows[r] = *y + (r * steps + t) * out->width;
  }
}

// The first of n ids outside [0, limit), or -1. A negative id is a large unsigned one.
long first_bad(const std::int32_t* ids, long n, long limit) {
  for (long i = 0; i < n; ++i) {
    if (static_cast<std::int64_t>(static_cast<std::uint32_t>(ids[i])) >= limit) return i;
  }
  return -1;
}

// The first position, input * B * T + row * T + step, of an id out of range, or kDone.
long first_bad(const Graph& graph, const InputRows* x, long batch, long steps, long begin,
               long end) {
  for (std::size_t i = 0; i < graph.input_count(); ++i) {
    if (!graph.reads_ids(i)) continue;
    for (long r = 0; r < batch; ++r) {
      const long at = r * steps + begin;
      const long bad = first_bad(x[i].ids + at, end - begin, graph.input_limit(i));
      if (bad >= 0) return static_cast<long>(i) * batch * steps + at + bad;
    }
  }
  return Session::kDone;
}

void destroy(SessionPlan* plan, bool owned) {
  if (plan != nullptr && owned) {
    ::operator delete (plan, std::align_val_t{Session::kAlignment});
  }
}

}  // namespace

std::size_t Session::bytes(const Graph& graph, long batch) {
  if (batch < 1 || batch > kMaxBatch) return 0;
  const std::size_t bytes = plan_bytes(graph.data(), batch);
  return bytes == SIZE_MAX ? 0 : bytes;
}

Session::Session(std::shared_ptr<const Graph> graph, long batch)
    : graph_(std::move(graph)), owned_(true) {
  const std::size_t size = bytes(*graph_, batch);
  if (size == 0) return;
  void* block = ::operator new (size, std::align_val_t{kAlignment}, std::nothrow);
  if (block != nullptr) plan_ = make_plan(graph_->data(), batch, block);
}

Session::Session(std::shared_ptr<const Graph> graph, long batch, void* block)
    : graph_(std::move(graph)), plan_(make_plan(graph_->data(), batch, block)) {}

Session::Session(Session&& other) noexcept
    : graph_(std::move(other.graph_)),
      plan_(std::exchange(other.plan_, nullptr)),
      owned_(other.owned_) {}

Session& Session::operator=(Session&& other) noexcept {
  if (this != &other) {
    destroy(plan_, owned_);
    graph_ = std::move(other.graph_);
    plan_ = std::exchange(other.plan_, nullptr);
    owned_ = other.owned_;
  }
  return *this;
}

Session::~Session() { destroy(plan_, owned_); }

long Session::batch() const { return plan_->batch; }
std::size_t Session::bytes() const { return plan_->bytes; }

void Session::step(const float* x, float* y) noexcept {
  const InputRows in{x, nullptr};
  const FlushDenormals flush;
  point_at(*plan_, &in, &y, 1, 0);
  step_rows(*plan_);
}

long Session::step(const std::int32_t* ids, float* y) noexcept {
  const InputRows in{nullptr, ids};
  return step(&in, &y);
}

long Session::step(const InputRows* x, float* const* y) noexcept { return run(x, y, 1, 0, 1); }

void Session::run(const float* x, float* y, long steps, long begin, long end) noexcept {
  const InputRows in{x, nullptr};
  run(&in, &y, steps, begin, end);
}

long Session::run(const std::int32_t* ids, float* y, long steps, long begin, long end) noexcept {
  const InputRows in{nullptr, ids};
  return run(&in, &y, steps, begin, end);
}

long Session::run(const InputRows* x, float* const* y, long steps, long begin, long end) noexcept {
  const long bad = first_bad(*graph_, x, plan_->batch, steps, begin, end);
  if (bad >= 0) return bad;
  const FlushDenormals flush;
  for (long t = begin; t < end; ++t) {
    point_at(*plan_, x, y, steps, t);
    step_rows(*plan_);
  }
  return kDone;
}

void Session::reset() noexcept {
  SessionPlan& plan = *plan_;
  plan.parity = 0;
  for (const StatePiece* piece = plan.pieces; piece != plan.pieces_end; ++piece) {
    std::fill_n(piece->panel[0], plan.batch * piece->stride, 0.0F);
  }
}

void Session::get_state(float* to) const noexcept {
  const SessionPlan& plan = *plan_;
  for (const StatePiece* piece = plan.pieces; piece != plan.pieces_end; ++piece) {
    for (long r = 0; r < plan.batch; ++r) {
      to = std::copy_n(piece->panel[plan.parity] + r * piece->stride, piece->units, to);
    }
  }
}

void Session::set_state(const float* from) noexcept {
  SessionPlan& plan = *plan_;
  for (const StatePiece* piece = plan.pieces; piece != plan.pieces_end; ++piece) {
    for (long r = 0; r < plan.batch; ++r, from += piece->units) {
      std::copy_n(from, piece->units, piece->panel[plan.parity] + r * piece->stride);
    }
  }
}

}  // namespace tidegate
