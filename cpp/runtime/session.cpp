#include "tidegate/session.h"

#include <algorithm>
#include <cstdint>
#include <new>
#include <utility>

#include "core/float_env.h"
#include "runtime/session_plan.h"
#include "runtime/states.h"
#include "runtime/steps.h"

namespace tidegate {
namespace {

// Keeps products of the batch, the steps and a width within a long; real ones end at memory long
// before.
constexpr long kMost = 1L << (sizeof(long) * 4);

// Row `at` of what is given to an input, or of the table behind it; row `to` of those that are
// read.
inline const float* input_row(const InputPlan& in, const InputRows& given, long at, long to) {
  if (in.table != nullptr) return in.table + given.ids[at] * in.width;
  if (in.table8 == nullptr) return given.values + at * in.width;
  const std::int8_t* from = in.table8 + given.ids[at] * in.width;
  const float scale = in.table_scales[given.ids[at]];
  float* row = in.table_rows + to * in.width;
  for (long i = 0; i < in.width; ++i) row[i] = static_cast<float>(from[i]) * scale;
  return row;
}

// The rows of step t of `steps`: x [B, T, I] or ids [B, T], y [B, T, O].
inline void point_at(SessionPlan& plan, const InputRows* x, float* const* y, long steps, long t) {
  for (InputPlan* in = plan.inputs; in != plan.inputs_end; ++in) {
    const InputRows& given = x[in->input];
    for (long r = 0; r < plan.batch; ++r) {
      in->rows[r] = input_row(*in, given, r * steps + t, r);
    }
  }
  for (OutputPlan* out = plan.outputs; out != plan.outputs_end; ++out, ++y) {
    for (long r = 0; r < plan.batch; ++r) out->rows[r] = *y + (r * steps + t) * out->width;
  }
}

// All rows of whole sequences, step after step.
void point_at_all(SessionPlan& plan, const InputRows* x, float* const* y) {
  for (InputPlan* in = plan.inputs; in != plan.inputs_end; ++in) {
    const InputRows& given = x[in->input];
    const long steps = in->value->steps;
    for (long t = 0; t < steps; ++t) {
      for (long r = 0; r < plan.batch; ++r) {
        const long row = t * plan.batch + r;
        in->rows[row] = input_row(*in, given, r * steps + t, row);
      }
    }
  }
  for (OutputPlan* out = plan.outputs; out != plan.outputs_end; ++out, ++y) {
    const long steps = out->value->steps;
    for (long t = 0; t < steps; ++t) {
      for (long r = 0; r < plan.batch; ++r) {
        out->rows[t * plan.batch + r] = *y + (r * steps + t) * out->width;
      }
    }
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
    const bool one = !graph.can_step() && !graph.input_is_sequence(i);
    const long length = one ? 1 : steps;
    for (long r = 0; r < batch; ++r) {
      const long at = r * length + (one ? 0 : begin);
      // Who hands a single input over has a graph of one, which the analyzer cannot know.
      // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult)
      const long bad = first_bad(x[i].ids + at, one ? 1 : end - begin, graph.input_limit(i));
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

// What a plan is made for: graphs that can step need no room for sequences.
long plan_steps(const Graph& graph, long steps) { return graph.can_step() ? 0 : steps; }

}  // namespace

std::size_t Session::bytes(const Graph& graph, long batch, long steps) {
  if (batch < 1 || batch > kMost || steps > kMost) return 0;
  if (!graph.can_step() && steps < 1) return 0;
  const std::size_t bytes = plan_bytes(graph.data(), batch, plan_steps(graph, steps));
  return bytes == SIZE_MAX ? 0 : bytes;
}

Session::Session(std::shared_ptr<const Graph> graph, long batch, long steps)
    : graph_(std::move(graph)), owned_(true) {
  const std::size_t size = bytes(*graph_, batch, steps);
  if (size == 0) return;
  void* block = ::operator new (size, std::align_val_t{kAlignment}, std::nothrow);
  if (block != nullptr) {
    plan_ = make_plan(graph_->data(), batch, plan_steps(*graph_, steps), block);
  }
}

Session::Session(std::shared_ptr<const Graph> graph, long batch, void* block, long steps)
    : graph_(std::move(graph)),
      plan_(make_plan(graph_->data(), batch, plan_steps(*graph_, steps), block)) {}

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
long Session::steps() const { return plan_->steps; }
std::size_t Session::bytes() const { return plan_->bytes; }

// The one call whose own instructions count beside those of a small layer.
long Session::step(const float* x, float* y) noexcept {
  if (plan_->steps > 0) return kRefused;
  const InputPlan& in = *plan_->inputs;
  const OutputPlan& out = *plan_->outputs;
  const FlushDenormals flush;
  for (long r = 0; r < plan_->batch; ++r) {
    in.rows[r] = x + r * in.width;
    out.rows[r] = y + r * out.width;
  }
  step_rows(*plan_);
  return kDone;
}

long Session::step(const std::int32_t* ids, float* y) noexcept {
  const InputRows in{nullptr, ids};
  return step(&in, &y);
}

long Session::step(const InputRows* x, float* const* y) noexcept {
  return graph_->can_step() ? run(x, y, 1, 0, 1) : kRefused;
}

long Session::run(const float* x, float* y, long steps, long begin, long end) noexcept {
  const InputRows in{x, nullptr};
  return run(&in, &y, steps, begin, end);
}

long Session::run(const std::int32_t* ids, float* y, long steps, long begin, long end) noexcept {
  const InputRows in{nullptr, ids};
  return run(&in, &y, steps, begin, end);
}

long Session::run(const InputRows* x, float* const* y, long steps, long begin, long end) noexcept {
  const bool whole = plan_->steps > 0;
  if (whole && (begin != 0 || end != steps || steps < 1 || steps > plan_->steps)) return kRefused;
  if (whole && !set_steps(*plan_, steps)) return kRefused;
  const long bad = first_bad(*graph_, x, plan_->batch, steps, begin, end);
  if (bad >= 0) return bad;
  const FlushDenormals flush;
  if (whole) {
    point_at_all(*plan_, x, y);
    run_rows(*plan_);
    return kDone;
  }
  for (long t = begin; t < end; ++t) {
    point_at(*plan_, x, y, steps, t);
    step_rows(*plan_);
  }
  return kDone;
}

void Session::reset() noexcept { reset_states(*plan_); }
void Session::get_state(float* to) const noexcept { copy_states(*plan_, to); }
void Session::set_state(const float* from) noexcept { put_states(*plan_, from); }

}  // namespace tidegate
