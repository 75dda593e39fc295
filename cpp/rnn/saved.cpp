#include "rnn/saved.h"

#include <algorithm>
#include <stdexcept>

#include "core/bfloat16.h"
#include "core/checked.h"
#include "rnn/cuts.h"

namespace tidegate {
namespace {

std::size_t bytes_of(long a, long b, std::size_t size) {
  return checked_mul(static_cast<std::size_t>(a), static_cast<std::size_t>(b), size);
}

std::size_t state_bytes(const CellSpec& s, long rows, std::size_t size) {
  return (s.has_c() ? 2 : 1) * bytes_of(rows, s.state_stride(), size);
}

// The values past the gates of a block are Kept's, not the mode's.
std::size_t gate_bytes(const CellSpec& s, long rows, std::size_t size, long between_blocks) {
  const std::size_t reset = s.cell == Cell::gru_before ? bytes_of(rows, s.state_stride(), size) : 0;
  return reset + bytes_of(s.blocks(), rows * s.kept() * kGroupLanes + between_blocks, size);
}

long most_rows(const SequencePlan& plan, const std::vector<Range>& windows) {
  long most = 0;
  for (const Range& w : windows) most = std::max(most, plan.offset(w.end) - plan.offset(w.begin));
  return most;
}

// Of the modes that keep less than everything.
std::vector<Range> windows_of(const SequencePlan& plan) {
  return window_steps(plan, chunk_steps(plan));
}

// With everything at hand windows are only worth it where gradients of gates would leave the last
// cache before the sums read them: LSTM T 4096, B 8, H 128: 77.5 to 75.5 ms backward.
std::vector<Range> cut_windows(const SequencePlan& plan, Remat mode, std::size_t bytes) {
  if (mode != Remat::full || bytes > static_cast<std::size_t>(kLastCache)) return windows_of(plan);
  if (plan.active_steps() == 0) return {};
  return {{0, plan.active_steps()}};
}

long count_border_rows(const SequencePlan& plan, const std::vector<Range>& windows) {
  long rows = 0;
  for (const Range& w : windows) rows += plan.count(w.begin);
  return rows;
}

// The gradient of a SimpleRNN is taken from h: its gates are written by the pass back alone.
bool has_gates(const CellSpec& s) { return s.cell != Cell::simple_rnn; }

template <class T>
void round_values(bfloat16* to, const T* from, long n) {
  for (long i = 0; i < n; ++i) to[i] = to_bfloat16(static_cast<float>(from[i]));
}

template <class T>
void widen_values(T* to, const bfloat16* from, long n) {
  for (long i = 0; i < n; ++i) to[i] = static_cast<T>(to_float(from[i]));
}

}  // namespace

template <class T>
Saved<T>::Saved(const CellSpec& spec, const SequencePlan& plan, std::optional<Remat> mode)
    : spec_(spec), plan_(&plan), mode_(mode) {
  if (!mode_) {
    kept_ = Kept<T>::passing(spec, plan);
    return;
  }
  windows_ = cut_windows(plan, *mode_, bytes(spec, plan, *mode_));
  switch (*mode_) {
    case Remat::full:
      kept_ = Kept<T>::everything(spec, plan, plan.total());
      break;
    case Remat::recompute:
      kept_ = Kept<T>::states(spec, plan);
      break;
    case Remat::checkpoint:
      kept_ = Kept<T>::passing(spec, plan);
      take_borders();
      break;
    case Remat::bfloat16:
      kept_ = Kept<T>::everything(spec, plan, most_rows(plan, windows_));
      take_rounded();
      break;
  }
}

template <class T>
void Saved<T>::settle() {
  if (!mode_) return;
  if (*mode_ == Remat::recompute) kept_.drop_gates();
  if (*mode_ == Remat::checkpoint || *mode_ == Remat::bfloat16) kept_ = {};
}

template <class T>
void Saved<T>::shrink(Remat mode) {
  if (mode_ == mode) return;
  const bool fewer = mode_ == Remat::full && mode == Remat::recompute;
  const bool least =
      mode == Remat::checkpoint && (mode_ == Remat::full || mode_ == Remat::recompute);
  if (!fewer && !least) throw std::invalid_argument("[saved] it cannot be kept in this mode now");
  mode_ = mode;
  windows_ = windows_of(*plan_);
  if (fewer) {
    kept_.drop_gates();
    return;
  }
  take_borders();
  const Panels<T>& panels = kept_.panels();
  for (std::size_t w = 0; w < windows_.size(); ++w) {
    const long before = panels.before(*plan_, windows_[w].begin);
    for (long row = 0; row < plan_->count(windows_[w].begin); ++row) {
      keep_border(w, row, panels.h_row(before + row),
                  spec_.has_c() ? panels.c_row(before + row) : nullptr);
    }
  }
  kept_ = {};
}

template <class T>
std::size_t Saved<T>::bytes() const {
  return kept_.bytes() + border_h_.bytes() + border_c_.bytes() + h16_.bytes() + c16_.bytes() +
         gates16_.bytes() + reset_h16_.bytes();
}

template <class T>
Kept<T> Saved<T>::scratch() const {
  const long rows = most_rows(*plan_, windows_);
  if (*mode_ == Remat::full) return {};
  if (*mode_ == Remat::recompute) return Kept<T>::gates(spec_, rows);
  return Kept<T>::everything(spec_, *plan_, rows);
}

template <class T>
std::size_t Saved<T>::bytes(const CellSpec& spec, const SequencePlan& plan, Remat mode) {
  const long states = plan.count(0) + plan.total();
  switch (mode) {
    case Remat::full:
      return state_bytes(spec, states, sizeof(T)) +
             gate_bytes(spec, plan.total(), sizeof(T), kGroupLanes);
    case Remat::recompute:
      return state_bytes(spec, states, sizeof(T));
    case Remat::checkpoint:
      return state_bytes(spec, count_border_rows(plan, windows_of(plan)), sizeof(T));
    case Remat::bfloat16:
      return state_bytes(spec, states, 2) +
             (has_gates(spec) ? gate_bytes(spec, plan.total(), 2, 0) : 0);
  }
  return 0;
}

template <class T>
std::size_t Saved<T>::scratch_bytes(const CellSpec& spec, const SequencePlan& plan, Remat mode) {
  if (mode == Remat::full) return 0;
  const long rows = most_rows(plan, windows_of(plan));
  const std::size_t gates = gate_bytes(spec, rows, sizeof(T), kGroupLanes);
  if (mode == Remat::recompute) return gates;
  return gates + state_bytes(spec, plan.count(0) + rows, sizeof(T));
}

template <class T>
void Saved<T>::take_borders() {
  border_rows_.clear();
  long rows = 0;
  for (const Range& w : windows_) {
    border_rows_.push_back(rows);
    rows += plan_->count(w.begin);
  }
  border_h_ = pool_take(bytes_of(rows, spec_.state_stride(), sizeof(T)));
  if (spec_.has_c()) border_c_ = pool_take(bytes_of(rows, spec_.state_stride(), sizeof(T)));
}

template <class T>
void Saved<T>::keep_border(std::size_t window, long row, const T* h, const T* c) {
  const long stride = spec_.state_stride();
  const long at = (border_rows_[window] + row) * stride;
  std::copy_n(h, stride, border_h_.template as<T>() + at);
  if (c != nullptr) std::copy_n(c, stride, border_c_.template as<T>() + at);
}

template <class T>
void Saved<T>::load_border(std::size_t window, long row, T* h, T* c) const {
  const long stride = spec_.state_stride();
  const long at = (border_rows_[window] + row) * stride;
  std::copy_n(border_h_.template as<T>() + at, stride, h);
  if (c != nullptr) std::copy_n(border_c_.template as<T>() + at, stride, c);
}

template <class T>
void Saved<T>::take_rounded() {
  const long states = plan_->count(0) + plan_->total();
  const long total = plan_->total();
  h16_ = pool_take(bytes_of(states, spec_.state_stride(), 2));
  if (spec_.has_c()) c16_ = pool_take(bytes_of(states, spec_.state_stride(), 2));
  if (!has_gates(spec_)) return;
  gates16_ = pool_take(bytes_of(spec_.blocks(), total * spec_.kept() * kGroupLanes, 2));
  if (spec_.cell == Cell::gru_before) {
    reset_h16_ = pool_take(bytes_of(total, spec_.state_stride(), 2));
  }
}

template <class T>
long Saved<T>::rounded_before(long step) const {
  return step == 0 ? 0 : plan_->count(0) + plan_->offset(step - 1);
}

template <class T>
void Saved<T>::round_start(long row, const T* h, const T* c) {
  const long stride = spec_.state_stride();
  round_values(h16_.as<bfloat16>() + row * stride, h, stride);
  if (c != nullptr) round_values(c16_.as<bfloat16>() + row * stride, c, stride);
}

template <class T>
void Saved<T>::round_step(const Panels<T>& from, long step, long row) {
  const long stride = spec_.state_stride();
  const long width = from.gates_row_stride;
  const long flat = plan_->offset(step) + row;
  const long state = (rounded_before(step + 1) + row) * stride;
  const long after = from.after(*plan_, step) + row;
  round_values(h16_.as<bfloat16>() + state, from.h_row(after), stride);
  if (spec_.has_c()) round_values(c16_.as<bfloat16>() + state, from.c_row(after), stride);
  if (from.reset_h != nullptr) {
    round_values(reset_h16_.as<bfloat16>() + flat * stride,
                 from.reset_h_row(*plan_, step) + row * stride, stride);
  }
  if (!has_gates(spec_)) return;
  const T* gates = from.gates_row(*plan_, step) + row * width;
  for (long b = 0; b < spec_.blocks(); ++b) {
    round_values(gates16_.as<bfloat16>() + (b * plan_->total() + flat) * width,
                 gates + b * from.gates_block_stride, width);
  }
}

template <class T>
void Saved<T>::widen_before(const Panels<T>& to, long step, long row) const {
  const long stride = spec_.state_stride();
  const long state = (rounded_before(step) + row) * stride;
  const long at = to.before(*plan_, step) + row;
  widen_values(to.h_row(at), h16_.as<bfloat16>() + state, stride);
  if (spec_.has_c()) widen_values(to.c_row(at), c16_.as<bfloat16>() + state, stride);
}

template <class T>
void Saved<T>::widen_step(const Panels<T>& to, long step, long row) const {
  const long stride = spec_.state_stride();
  const long width = to.gates_row_stride;
  const long flat = plan_->offset(step) + row;
  widen_before(to, step + 1, row);
  if (to.reset_h != nullptr) {
    widen_values(to.reset_h_row(*plan_, step) + row * stride,
                 reset_h16_.as<bfloat16>() + flat * stride, stride);
  }
  if (!has_gates(spec_)) return;
  T* gates = to.gates_row(*plan_, step) + row * width;
  for (long b = 0; b < spec_.blocks(); ++b) {
    widen_values(gates + b * to.gates_block_stride,
                 gates16_.as<bfloat16>() + (b * plan_->total() + flat) * width, width);
  }
}

template class Saved<float>;
template class Saved<double>;

}  // namespace tidegate
