#include "rnn/window_fill.h"

#include <algorithm>

#include "core/checked.h"
#include "kernels/dispatch.h"

namespace tidegate {
namespace {

// Rows of one call of the kernels: enough that the weights stream once for many, few enough that
// the states stay near.
constexpr long kRunRows = 128;

std::size_t idx(long i) { return static_cast<std::size_t>(i); }

}  // namespace

template <class T>
WindowFill<T>::WindowFill(const Direction<T>& d, const Saved<T>& saved, const Kept<T>& scratch,
                          const Seat& seat, CancelToken& cancel)
    : d_(d), saved_(saved), seat_(seat), cancel_(cancel), spec_(d.spec()) {
  const Panels<T>& own = scratch.panels();
  switch (saved.mode()) {
    case Remat::full:
      panels_ = saved.panels();
      break;
    case Remat::recompute:
      panels_ = saved.panels();
      panels_.every_gate = true;
      panels_.gates = own.gates;
      panels_.reset_h = own.reset_h;
      panels_.gates_row_stride = own.gates_row_stride;
      panels_.gates_block_stride = own.gates_block_stride;
      states_ = pool_take(checked_mul(idx(2 * kRunRows), idx(panels_.stride), sizeof(T)));
      x_.resize(kRunRows);
      caller_.resize(kRunRows);
      operands_ = std::make_unique<RowOperands<T>>(d, kRunRows, panels_.stride);
      break;
    case Remat::checkpoint:
      walk_ = std::make_unique<ForwardWalk<T>>(d, nullptr, seat, cancel);
      [[fallthrough]];
    case Remat::bfloat16:
      panels_ = own;
      break;
  }
}

template <class T>
bool WindowFill<T>::fill(std::size_t window) {
  const Range steps = saved_.windows()[window];
  if (saved_.mode() == Remat::full) return true;
  panels_.first_gates = steps.begin;
  if (saved_.mode() == Remat::recompute) {
    // What the gradient of a SimpleRNN needs is h.
    return spec_.cell == Cell::simple_rnn || gates_again(steps);
  }
  panels_.first = steps.begin;
  panels_.rows = d_.plan->count(steps.begin);
  return saved_.mode() == Remat::bfloat16 ? widen(steps) : from_border(window);
}

template <class T>
bool WindowFill<T>::from_border(std::size_t window) {
  const Range steps = saved_.windows()[window];
  walk_->use(panels_);
  const RowShare& share = walk_->rows();
  const long rows = seat_.unit_group == 0 ? share.running(*d_.plan, steps.begin) : 0;
  for (long r = 0; r < rows; ++r) {
    const long row = share.sorted(r);
    saved_.load_border(window, row, panels_.h_row(row),
                       spec_.has_c() ? panels_.c_row(row) : nullptr);
  }
  return seat_.wait_units() && walk_->steps(steps);
}

template <class T>
bool WindowFill<T>::widen(Range steps) {
  const Range before = share(panels_.rows, seat_.index, seat_.size);
  for (long row = before.begin; row < before.end; ++row) {
    saved_.widen_before(panels_, steps.begin, row);
  }
  for (long step = steps.begin; step < steps.end; ++step) {
    const Range mine = share(d_.plan->count(step), seat_.index, seat_.size);
    for (long row = mine.begin; row < mine.end; ++row) saved_.widen_step(panels_, step, row);
  }
  return seat_.wait_all();
}

// With every state at hand no step depends on another: this thread's share of the flat (step, row)
// list, in runs whose states lie in one piece.
template <class T>
bool WindowFill<T>::gates_again(Range steps) {
  const SequencePlan& plan = *d_.plan;
  const Range mine =
      share(plan.offset(steps.end) - plan.offset(steps.begin), seat_.index, seat_.size);
  long step = steps.begin;
  long at = mine.begin;
  while (at < mine.end) {
    while (plan.offset(step + 1) - plan.offset(steps.begin) <= at) ++step;
    const long row = at - (plan.offset(step) - plan.offset(steps.begin));
    const long rows = run_length(step, row, std::min(mine.end - at, kRunRows));
    gates_of_run(step, row, rows);
    at += rows;
    if (seat_.index == 0) cancel_.poll();
    if (cancel_.requested()) return false;
  }
  return seat_.wait_all();
}

// Notes the operands of the rows from (step, row) on whose states before the step follow each
// other.
template <class T>
long WindowFill<T>::run_length(long step, long row, long most) {
  const SequencePlan& plan = *d_.plan;
  const long first = panels_.before(plan, step) + row;
  long rows = 0;
  while (rows < most && panels_.before(plan, step) + row == first + rows) {
    x_[idx(rows)] = d_.x_at(row, step);
    caller_[idx(rows)] = plan.caller_row(row);
    ++rows;
    if (++row == plan.count(step)) {
      ++step;
      row = 0;
    }
  }
  return rows;
}

template <class T>
void WindowFill<T>::gates_of_run(long step, long row, long rows) {
  const SequencePlan& plan = *d_.plan;
  const long before = panels_.before(plan, step) + row;
  T* states = states_.template as<T>();
  RecurrentStepArgs<T> a{};
  a.rows = rows;
  a.input_dim = spec_.input_dim;
  a.units = spec_.units;
  a.panel_end = d_.weights->panels();
  a.activation = static_cast<int>(d_.activation);
  a.recurrent_activation = static_cast<int>(d_.recurrent_activation);
  a.x = x_.data();
  a.h_prev = panels_.h_row(before);
  a.h = states;
  if (spec_.has_c()) {
    a.c_prev = panels_.c_row(before);
    a.c = states + kRunRows * panels_.stride;
  }
  a.h_prev_stride = a.h_stride = a.c_prev_stride = a.c_stride = panels_.stride;
  a.gates = panels_.gates_row(plan, step) + row * panels_.gates_row_stride;
  a.gates_row_stride = panels_.gates_row_stride;
  a.gates_block_stride = panels_.gates_block_stride;
  operands_->set_weights(a);
  if (operands_->drop()) operands_->apply(a, x_, [&](long r) { return caller_[idx(r)]; });
  const RecurrentKernels<T>& k = d_.weights->kernels().recurrent;
  if (spec_.cell != Cell::gru_before) {
    (spec_.cell == Cell::lstm ? k.lstm : k.gru)[1](a);
    return;
  }
  a.reset_h = panels_.reset_h_row(plan, step) + row * panels_.stride;
  a.reset_h_stride = panels_.stride;
  k.gru_before_gates(a);
  operands_->to_candidate(a, x_, {0, d_.weights->one_gate_panels()});
  k.gru_before_candidate(a);
}

template class WindowFill<float>;
template class WindowFill<double>;

}  // namespace tidegate
