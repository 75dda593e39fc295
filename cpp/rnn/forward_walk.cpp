#include "rnn/forward_walk.h"

#include <algorithm>

#include "kernels/dispatch.h"
#include "rnn/forward.h"

namespace tidegate {
namespace {

// Steps and rows whose input product is formed ahead where every step would stream the kernel from
// far away. The chain of additions is the same, so are the bits.
constexpr long kChunk = 16;
constexpr long kProjectedRows = 512;

// Ahead of its use, the input product costs a trip of the projected rows through memory (1 to 3 %
// where the weights are near). It pays for a few rows at any size; for some rows once the kernel
// leaves the core's own cache; for many once all weights leave the last one: LSTM B 32, I = H =
// 1024, 32 MiB of weights: 130 to 114 ms, B 8: 52 to 33 ms.
bool project_ahead(long rows, long kernel_bytes, long weight_bytes) {
  if (rows <= 3) return true;
  return kernel_bytes > kWeightsOfOneCore && (rows <= 8 || weight_bytes > kLastCache);
}

// Reading the clock at every step would be felt below this many operations.
constexpr double kShortStep = 2e6;

}  // namespace

template <class T>
ForwardWalk<T>::ForwardWalk(const Direction<T>& d, T* y, const Seat& seat, CancelToken& cancel)
    : d_(d),
      y_base_(y),
      seat_(seat),
      cancel_(cancel),
      spec_(d.spec()),
      share_(*d.plan, seat.schedule, seat.row_group),
      kernels_(d.weights->kernels()),
      operands_(d, share_.rows, d.spec().state_stride()) {
  panels_ = share(d.weights->panels(), seat.unit_group, seat.schedule.unit_groups);
  one_gate_ = share(d.weights->one_gate_panels(), seat.unit_group, seat.schedule.unit_groups);
  poll_every_ = step_flops(schedule_query(d)) < kShortStep ? 64 : 1;
  const auto n = idx(std::max(share_.rows, 1L));
  y_.resize(n);
  const auto bytes = static_cast<long>(d.weights->bytes());
  const bool pays =
      project_ahead(share_.rows, bytes * spec_.input_dim / (spec_.input_dim + spec_.units), bytes);
  const bool one_pass = d.weights->pairs() || spec_.cell == Cell::gru_before || operands_.drop();
  if (pays && !one_pass && d.plan->active_steps() > 1) {
    chunk_ = std::clamp(kProjectedRows / std::max(share_.rows, 1L), 1L, kChunk);
    projected_ = pool_take(n * idx(chunk_) * idx(d.weights->projected_stride()) * sizeof(T));
  }
  x_.resize(n * idx(std::max(chunk_, 1L)));
}

template <class T>
bool ForwardWalk<T>::steps(Range steps) {
  last_step_ = steps.end - 1;
  for (long step = steps.begin; step < steps.end; ++step) {
    if (chunk_ > 0 && (step - steps.begin) % chunk_ == 0) project(step, steps.end);
    if (!one_step(step)) return false;
    if (seat_.index == 0 && step % poll_every_ == 0) cancel_.poll();
    if (!seat_.wait_units()) return false;
  }
  return true;
}

template <class T>
RecurrentStepArgs<T> ForwardWalk<T>::step_args(long step, long rows) {
  const SequencePlan& plan = *d_.plan;
  const long before = kept_.before(plan, step) + share_.first;
  const long after = kept_.after(plan, step) + share_.first;
  const long row_stride = share_.stride * kept_.stride;
  Args a{};
  a.rows = rows;
  a.input_dim = spec_.input_dim;
  a.units = spec_.units;
  a.panel_begin = panels_.begin;
  a.panel_end = panels_.end;
  a.descending = (step & 1) != 0;
  a.activation = static_cast<int>(d_.activation);
  a.recurrent_activation = static_cast<int>(d_.recurrent_activation);
  a.x = x_.data();
  a.h_prev = kept_.h_row(before);
  a.h = kept_.h_row(after);
  a.h_prev_stride = a.h_stride = row_stride;
  if (spec_.has_c()) {
    a.c_prev = kept_.c_row(before);
    a.c = kept_.c_row(after);
    a.c_prev_stride = a.c_stride = row_stride;
  }
  a.y = d_.sequences && y_base_ != nullptr ? y_.data() : nullptr;
  if (step < last_step_) a.y_ahead = plan.reverse() ? -d_.y_step_stride : d_.y_step_stride;
  if (kept_.gates != nullptr) {
    a.gates = kept_.gates_row(plan, step) + share_.first * kept_.gates_row_stride;
    a.gates_row_stride = share_.stride * kept_.gates_row_stride;
    a.gates_block_stride = kept_.gates_block_stride;
    if (kept_.every_gate && step < last_step_) {
      const long ahead = plan.offset(step + 1) - plan.offset(step);
      a.gates_ahead = ahead * kept_.gates_row_stride;
      a.states_ahead = ahead * kept_.stride;
    }
  }
  operands_.set_weights(a);
  return a;
}

// bias + x W for the next chunk of steps, row by row within a step.
template <class T>
void ForwardWalk<T>::project(long first, long end) {
  const long last = std::min(first + chunk_, end);
  Args a = step_args(first, 0);
  for (long step = first; step < last; ++step) {
    const long rows = share_.running(*d_.plan, step);
    for (long r = 0; r < rows; ++r) x_[idx(a.rows++)] = d_.x_at(share_.sorted(r), step);
  }
  a.projected = projected_.as<T>();
  a.projected_stride = d_.weights->projected_stride();
  const RecurrentKernels<T>& k = kernels_.recurrent;
  const auto kernel = spec_.cell == Cell::lstm  ? k.lstm_project
                      : spec_.cell == Cell::gru ? k.gru_project
                                                : k.simple_rnn_project;
  kernel(a);
  next_projected_ = projected_.as<T>();
}

template <class T>
bool ForwardWalk<T>::one_step(long step) {
  const long rows = share_.running(*d_.plan, step);
  if (rows == 0) return true;
  Args a = step_args(step, rows);
  for (long r = 0; r < rows; ++r) {
    const long row = share_.sorted(r);
    x_[idx(r)] = d_.x_at(row, step);
    if (a.y != nullptr) y_[idx(r)] = y_base_ + d_.y_offset(row, d_.plan->time(row, step));
  }
  if (chunk_ > 0) {
    a.x = nullptr;
    a.projected = next_projected_;
    a.projected_stride = d_.weights->projected_stride();
    next_projected_ += rows * a.projected_stride;
  }
  if (operands_.drop()) {
    operands_.apply(a, x_, [&](long r) { return d_.plan->caller_row(share_.sorted(r)); });
  }
  return run_cell(a, step);
}

template <class T>
bool ForwardWalk<T>::run_cell(Args& a, long step) {
  const RecurrentKernels<T>& k = kernels_.recurrent;
  switch (spec_.cell) {
    case Cell::lstm:
      k.lstm[kept_.every_gate](a);
      return true;
    case Cell::gru:
      k.gru[kept_.every_gate](a);
      return true;
    case Cell::simple_rnn:
      k.simple_rnn(a);
      return true;
    case Cell::gru_before:
      break;
  }
  a.reset_h = kept_.reset_h_row(*d_.plan, step) + share_.first * kept_.stride;
  a.reset_h_stride = share_.stride * kept_.stride;
  k.gru_before_gates(a);
  if (!seat_.wait_units()) return false;
  operands_.to_candidate(a, x_, one_gate_);
  k.gru_before_candidate(a);
  return true;
}

template class ForwardWalk<float>;
template class ForwardWalk<double>;

}  // namespace tidegate
