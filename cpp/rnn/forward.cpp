#include "rnn/forward.h"

#include <algorithm>
#include <array>

#include "core/checked.h"
#include "core/last_run.h"
#include "kernels/dispatch.h"
#include "kernels/pairs.h"
#include "rnn/rows.h"

namespace tidegate {
namespace {

// Steps and rows whose input product is formed ahead where every step would stream the kernel from
// far away. The chain of additions is the same, so are the bits.
constexpr long kChunk = 16;
constexpr long kChunkRows = 512;

// Ahead of its use, the input product costs a trip of the projected rows through memory (1 to 3 %
// where the weights are near). It pays for a few rows at any size; for some rows once the kernel
// leaves the core's own cache; for many once all weights leave the last one: LSTM B 32, I = H =
// 1024, 32 MiB of weights: 130 to 114 ms, B 8: 52 to 33 ms.
bool project_ahead(long rows, long kernel_bytes, long weight_bytes) {
  constexpr long kLastCache = 24 * 1024 * 1024;
  if (rows <= 3) return true;
  return kernel_bytes > kWeightsOfOneCore && (rows <= 8 || weight_bytes > kLastCache);
}

// Reading the clock at every step would be felt below this many operations.
constexpr double kShortStep = 2e6;

// One thread's walk through all steps of one direction.
template <class T>
class ForwardWalk {
 public:
  ForwardWalk(const Direction<T>& d, const ForwardOutput<T>& out, Kept<T>& kept, const Seat& seat,
              CancelToken& cancel)
      : d_(d),
        out_(out),
        kept_(kept),
        seat_(seat),
        cancel_(cancel),
        spec_(d.spec()),
        share_(*d.plan, seat.schedule, seat.row_group),
        kernels_(d.weights->kernels()) {
    panels_ = share(d.weights->panels(), seat.unit_group, seat.schedule.unit_groups);
    poll_every_ = step_flops(schedule_query(d)) < kShortStep ? 64 : 1;
    one_gate_ = share(d.weights->one_gate_panels(), seat.unit_group, seat.schedule.unit_groups);
    allocate();
  }

  void run() {
    if (share_.rows > 0) {
      start();
      if (!seat_.wait_units()) return;
      for (long step = 0; step < d_.plan->active_steps(); ++step) {
        if (chunk_ > 0 && step % chunk_ == 0) project(step);
        if (!one_step(step)) return;
        if (seat_.index == 0 && step % poll_every_ == 0) cancel_.poll();
        if (!seat_.wait_units()) return;
      }
    }
    if (seat_.unit_group == 0) finish();
  }

 private:
  using Args = RecurrentStepArgs<T>;

  bool gate_operands() const {
    if (spec_.cell == Cell::simple_rnn) return false;
    return d_.h_dropout.count > 0 || d_.x_dropout.count > 1;
  }
  bool masked_x() const { return d_.x_dropout.count > 0; }

  void allocate() {
    const auto n = static_cast<std::size_t>(std::max(share_.rows, 1L));
    y_.resize(n);
    const bool dropout = d_.x_dropout.count > 0 || d_.h_dropout.count > 0;
    const auto bytes = static_cast<long>(d_.weights->bytes());
    const bool pays = project_ahead(
        share_.rows, bytes * spec_.input_dim / (spec_.input_dim + spec_.units), bytes);
    if (d_.weights->pairs()) {
      const long gates = gate_operands() ? spec_.gates() : 1;
      scratch16_ = pool_take(checked_mul(
          idx(pair_scratch(std::max(share_.rows, 1L), spec_.input_dim, spec_.units, gates)),
          sizeof(bfloat16)));
    }
    if (pays && !d_.weights->pairs() && spec_.cell != Cell::gru_before && !dropout &&
        d_.plan->active_steps() > 1) {
      chunk_ = std::clamp(kChunkRows / std::max(share_.rows, 1L), 1L, kChunk);
      projected_ = pool_take(n * static_cast<std::size_t>(chunk_) *
                             static_cast<std::size_t>(d_.weights->projected_stride()) * sizeof(T));
    }
    x_.resize(n * static_cast<std::size_t>(std::max(chunk_, 1L)));
    if (!dropout) return;
    const auto gates = static_cast<std::size_t>(spec_.gates());
    x_gate_.resize(n * gates);
    h_gate_.resize(n * gates);
    h_scale_.resize(n);
    masked_x_ = pool_take(n * gates * static_cast<std::size_t>(spec_.input_dim) * sizeof(T));
    masked_h_ = pool_take(n * gates * static_cast<std::size_t>(kept_.stride) * sizeof(T));
  }

  // Initial states of this group's rows, in sorted order.
  void start() {
    if (seat_.unit_group != 0) return;
    for (long r = 0; r < share_.rows; ++r) {
      const long row = share_.sorted(r);
      const long caller = d_.plan->caller_row(row);
      copy_state(kept_.h_row(row), d_.h0, caller);
      if (spec_.has_c()) copy_state(kept_.c_row(row), d_.c0, caller);
    }
  }
  void copy_state(T* to, const T* from, long caller) const {
    if (from != nullptr) {
      std::copy_n(from + caller * spec_.units, spec_.units, to);
      std::fill(to + spec_.units, to + kept_.stride, T(0));
    } else {
      std::fill(to, to + kept_.stride, T(0));
    }
  }

  Args step_args(long step, long rows) {
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
    a.y = d_.sequences ? y_.data() : nullptr;
    if (kept_.gates) {
      a.gates = kept_.gates_row(plan, step) + share_.first * kept_.gates_row_stride;
      a.gates_row_stride = share_.stride * kept_.gates_row_stride;
      a.gates_block_stride = kept_.gates_block_stride;
      if (kept_.training && step + 1 < plan.active_steps()) {
        const long ahead = plan.offset(step + 1) - plan.offset(step);
        a.gates_ahead = ahead * kept_.gates_row_stride;
        a.states_ahead = ahead * kept_.stride;
      }
    }
    a.kernel = d_.weights->kernel();
    a.recurrent_kernel = d_.weights->recurrent_kernel();
    a.kernel16 = d_.weights->kernel16();
    a.recurrent_kernel16 = d_.weights->recurrent_kernel16();
    a.scratch16 = scratch16_.as<bfloat16>();
    a.bias = d_.weights->bias();
    return a;
  }

  // bias + x W for the next chunk of steps, row by row within a step.
  void project(long first) {
    const long last = std::min(first + chunk_, d_.plan->active_steps());
    Args a = step_args(first, 0);
    for (long step = first; step < last; ++step) {
      const long rows = share_.running(*d_.plan, step);
      for (long r = 0; r < rows; ++r) {
        x_[static_cast<std::size_t>(a.rows++)] = d_.x_at(share_.sorted(r), step);
      }
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

  bool one_step(long step) {
    const long rows = share_.running(*d_.plan, step);
    if (rows == 0) return true;
    Args a = step_args(step, rows);
    for (long r = 0; r < rows; ++r) {
      const auto i = static_cast<std::size_t>(r);
      const long row = share_.sorted(r);
      x_[i] = d_.x_at(row, step);
      if (d_.sequences) y_[i] = out_.y + d_.y_offset(row, d_.plan->time(row, step));
    }
    if (chunk_ > 0) {
      a.x = nullptr;
      a.projected = next_projected_;
      a.projected_stride = d_.weights->projected_stride();
      next_projected_ += rows * a.projected_stride;
    }
    if (!x_gate_.empty()) drop(a);
    return run_cell(a, step);
  }

  // Row operands under dropout. One mask on x alone is applied to the row; anything else gives each
  // gate its operand.
  void drop(Args& a) {
    const long rows = a.rows;
    if (spec_.cell == Cell::simple_rnn || !gate_operands()) {
      for (long r = 0; r < rows && masked_x(); ++r) x_[idx(r)] = drop_x(x_[idx(r)], 0, r, 0);
      if (d_.h_dropout.count > 0) {
        for (long r = 0; r < rows; ++r) drop_h(a, 0, r, 0);
        a.h_prev = masked_h_.as<T>();
        a.h_prev_stride = kept_.stride;
      }
      return;
    }
    constexpr std::array<long, 4> kInOrder{0, 1, 2, 3};
    constexpr std::array<long, 4> kGruInput{2, 0, 1, 0};
    const auto& input = spec_.cell == Cell::gru ? kGruInput : kInOrder;
    const long gates = spec_.gates();
    const long fed = spec_.cell == Cell::gru_before ? 2 : gates;
    for (long g = 0; g < gates; ++g) {
      const long source = input[static_cast<std::size_t>(g)];
      for (long r = 0; r < rows; ++r) {
        const T* x = x_[idx(r)];
        x_gate_[idx(g * rows + r)] = masked_x() ? drop_x(x, source, r, g) : x;
        if (g < fed) h_gate_[idx(g * rows + r)] = drop_h(a, g, r, g);
      }
    }
    a.x_gate = x_gate_.data();
    a.h_gate = h_gate_.data();
    if (spec_.cell != Cell::gru_before || d_.h_dropout.count == 0) return;
    for (long r = 0; r < rows; ++r) {
      h_scale_[idx(r)] = d_.h_dropout.row(2, d_.plan->batch(), caller(r), spec_.units);
    }
    a.h_scale = h_scale_.data();
  }
  static std::size_t idx(long i) { return static_cast<std::size_t>(i); }
  long caller(long r) const { return d_.plan->caller_row(share_.sorted(r)); }
  const T* drop_x(const T* x, long gate, long r, long slot) {
    T* to = masked_x_.as<T>() + (slot * std::max(share_.rows, 1L) + r) * spec_.input_dim;
    masked_row(to, x, d_.x_dropout.row(gate, d_.plan->batch(), caller(r), spec_.input_dim),
               spec_.input_dim);
    return to;
  }
  const T* drop_h(const Args& a, long gate, long r, long slot) {
    const T* h = a.h_prev + r * a.h_prev_stride;
    if (d_.h_dropout.count == 0) return h;
    T* to = masked_h_.as<T>() + (slot * std::max(share_.rows, 1L) + r) * kept_.stride;
    masked_row(to, h, d_.h_dropout.row(gate, d_.plan->batch(), caller(r), spec_.units),
               spec_.units);
    return to;
  }

  bool run_cell(Args& a, long step) {
    const RecurrentKernels<T>& k = kernels_.recurrent;
    switch (spec_.cell) {
      case Cell::lstm:
        k.lstm[kept_.training](a);
        return true;
      case Cell::gru:
        k.gru[kept_.training](a);
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
    a.kernel = d_.weights->candidate_kernel();
    a.recurrent_kernel = d_.weights->candidate_recurrent_kernel();
    a.kernel16 = d_.weights->candidate_kernel16();
    a.recurrent_kernel16 = d_.weights->candidate_recurrent_kernel16();
    a.bias = d_.weights->candidate_bias();
    a.panel_begin = one_gate_.begin;
    a.panel_end = one_gate_.end;
    if (a.x_gate != nullptr) {
      for (long r = 0; r < a.rows; ++r) x_[idx(r)] = x_gate_[idx(2 * a.rows + r)];
      a.x_gate = a.h_gate = nullptr;
    }
    k.gru_before_candidate(a);
    return true;
  }

  // Final states, single outputs and what masked steps show, for this group's share of all rows.
  void finish() {
    const SequencePlan& plan = *d_.plan;
    // Rows without any step belong to no share; they are dealt out like sorted ones.
    const bool dealt = plan.masked() || plan.count(0) == 0;
    const long first = dealt ? seat_.row_group : share_.first;
    const long end = dealt ? plan.batch() : share_.first + share_.rows;
    const long stride = dealt ? seat_.schedule.row_groups : 1;
    for (long row = first; row < end; row += stride) {
      const long caller = plan.caller_row(row);
      const long n = plan.length(row);
      const long at = n > 0 ? kept_.after(plan, n - 1) + row : row;
      copy_out(out_.h, n > 0 ? kept_.h_row(at) : nullptr, d_.h0, caller);
      if (spec_.has_c()) {
        copy_out(out_.c, n > 0 ? kept_.c_row(at) : nullptr, d_.c0, caller);
      }
      if (d_.sequences) {
        if (plan.masked()) show_masked(row);
      } else if (d_.has_last_output(row)) {
        std::copy_n(kept_.h_row(at), spec_.units, out_.y + d_.y_offset(row, 0));
      } else {
        std::fill_n(out_.y + d_.y_offset(row, 0), spec_.units, T(0));
      }
    }
  }
  void copy_out(T* to, const T* state, const T* initial, long caller) const {
    T* out = to + caller * spec_.units;
    if (state != nullptr) {
      std::copy_n(state, spec_.units, out);
    } else if (initial != nullptr) {
      std::copy_n(initial + caller * spec_.units, spec_.units, out);
    } else {
      std::fill_n(out, spec_.units, T(0));
    }
  }
  // A masked step shows the previous output in processing order, 0 before the first; or always 0
  // (Keras' TF/torch rule).
  void show_masked(long row) const {
    const SequencePlan& plan = *d_.plan;
    const long n = plan.length(row);
    const T* shown = nullptr;
    long step = 0;
    for (long i = 0; i < plan.steps(); ++i) {
      const long time = plan.reverse() ? plan.steps() - 1 - i : i;
      T* y = out_.y + d_.y_offset(row, time);
      if (step < n && plan.time(row, step) == time) {
        shown = y;
        ++step;
      } else if (shown != nullptr && !d_.zero_output_for_mask) {
        std::copy_n(shown, spec_.units, y);
      } else {
        std::fill_n(y, spec_.units, T(0));
      }
    }
  }

  const Direction<T>& d_;
  const ForwardOutput<T>& out_;
  Kept<T>& kept_;
  const Seat& seat_;
  CancelToken& cancel_;
  const CellSpec& spec_;
  RowShare share_;
  const KernelTable<T>& kernels_;
  Range panels_{}, one_gate_{};
  long chunk_ = 0;  // steps whose input product is formed ahead, 0 for none
  long poll_every_ = 1;
  Buffer projected_, masked_x_, masked_h_, scratch16_;
  const T* next_projected_ = nullptr;
  std::vector<const T*> x_, x_gate_, h_gate_, h_scale_;
  std::vector<T*> y_;
};

}  // namespace

template <class T>
void recurrent_forward(const std::vector<Direction<T>>& directions, bool training,
                       const std::vector<ForwardOutput<T>>& outputs, std::vector<Kept<T>>& kept,
                       CancelToken& cancel) {
  std::vector<ScheduleQuery> queries;
  for (const Direction<T>& d : directions) {
    queries.push_back(schedule_query(d));
    kept.emplace_back(d.spec(), *d.plan, training);
  }
  const int want =
      worthwhile_threads(queries.front(), static_cast<int>(directions.size()), threads_available());
  Seating seating(std::move(queries), cancel);
  const int threads = run_team(want, [&](Member member) {
    seating.each(member, [&](int direction, const Seat& seat) {
      const auto i = static_cast<std::size_t>(direction);
      leave_together(
          cancel, [&] { ForwardWalk<T>(directions[i], outputs[i], kept[i], seat, cancel).run(); });
    });
  });
  last_run() = {"recurrent_forward", isa_of(directions.front()), threads, seating.widest().name()};
}

template void recurrent_forward<float>(const std::vector<Direction<float>>&, bool,
                                       const std::vector<ForwardOutput<float>>&,
                                       std::vector<Kept<float>>&, CancelToken&);
template void recurrent_forward<double>(const std::vector<Direction<double>>&, bool,
                                        const std::vector<ForwardOutput<double>>&,
                                        std::vector<Kept<double>>&, CancelToken&);

}  // namespace tidegate
