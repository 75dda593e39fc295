#include "rnn/backward.h"

#include <algorithm>
#include <deque>

#include "core/checked.h"
#include "core/last_run.h"
#include "kernels/dispatch.h"
#include "rnn/forward.h"
#include "rnn/rows.h"
#include "rnn/weight_gradients.h"
#include "rnn/window_fill.h"

namespace tidegate {
namespace {

template <class T>
Buffer take(long rows, long width) {
  return pool_take(
      checked_mul(static_cast<std::size_t>(rows), static_cast<std::size_t>(width), sizeof(T)));
}

// What the threads of one direction share during the sweep.
template <class T>
struct Sweep {
  const Direction<T>& d;
  const Saved<T>& saved;
  const BackwardInput<T>& in;
  const BackwardOutput<T>& out;
  Kept<T> scratch;          // of one window
  Buffer dh, dc, reset_dh;  // [rows of the first step][stride]
  // Where masked steps repeat outputs: dy of a window [rows][H], and per sorted row [H] what later
  // steps have repeated so far.
  Buffer gathered_dy, repeated_dy;
  WeightGradients<T> gradients;

  Sweep(const Direction<T>& direction, const Saved<T>& s, const BackwardInput<T>& i,
        const BackwardOutput<T>& o)
      : d(direction), saved(s), in(i), out(o), scratch(s.scratch()), gradients(direction, o) {
    const SequencePlan& plan = *d.plan;
    const long rows = plan.count(0);
    const long stride = d.spec().state_stride();
    dh = take<T>(rows, stride);
    if (d.spec().has_c()) dc = take<T>(rows, stride);
    if (d.spec().cell == Cell::gru_before) reset_dh = take<T>(rows, stride);
    // A masked step that shows the previous output passes its gradient on to that output.
    if (in.dy == nullptr || !d.sequences || !plan.masked() || d.zero_output_for_mask) return;
    long most = 0;
    for (const Range& w : s.windows()) {
      most = std::max(most, plan.offset(w.end) - plan.offset(w.begin));
    }
    gathered_dy = take<T>(most, d.spec().units);
    repeated_dy = take<T>(rows, d.spec().units);
  }
};

template <class T>
class BackwardWalk {
 public:
  BackwardWalk(Sweep<T>& sweep, const Seat& seat, CancelToken& cancel)
      : w_(sweep),
        d_(sweep.d),
        plan_(*sweep.d.plan),
        seat_(seat),
        cancel_(cancel),
        spec_(sweep.d.spec()),
        share_(plan_, seat.schedule, seat.row_group),
        kernels_(sweep.d.weights->kernels()),
        stride_(spec_.state_stride()),
        fill_(sweep.d, sweep.saved, sweep.scratch, seat, cancel) {
    const long width = 4L * kernels_.lanes;
    const long panels = (spec_.units + width - 1) / width;
    panels_ = share(panels, seat.unit_group, seat.schedule.unit_groups);
    units_ = {panels_.begin * width,
              panels_.end == panels ? spec_.blocks() * kGroupLanes : panels_.end * width};
    if (panels_.begin == panels_.end) units_ = {0, 0};
    poll_every_ = step_flops(schedule_query(d_)) < 2e6 ? 64 : 1;
    const auto n = static_cast<std::size_t>(std::max(share_.rows, 1L));
    a_.resize(n);
    c_.resize(n);
    dy_.resize(n);
    ahead_dy_.resize(n);
    if (w_.gathered_dy) shown_.assign(n, plan_.steps() - 1);
    scale_.resize(n);
    if (!d_.weights->pairs()) return;
    scratch16_ =
        take<bfloat16>(static_cast<long>(n), spec_.blocks() * spec_.recurrent_kept() * kGroupLanes);
  }

  // Windows last to first; the weight gradients of one while it is near.
  void run() {
    start();
    if (!seat_.wait_units()) return;
    typename WeightGradients<T>::Worker sums(w_.gradients, seat_);
    const std::vector<Range>& windows = w_.saved.windows();
    for (std::size_t i = windows.size(); i-- > 0;) {
      if (!fill_.fill(i) || !gather_window(windows[i])) return;
      if (share_.rows > 0 && !sweep(windows[i])) return;
      if (!seat_.wait_all()) return;
      sums.add(fill_.panels(), windows[i]);
      // The next window is made where this one lies.
      if (i > 0 && w_.saved.mode() != Remat::full && !seat_.wait_all()) return;
    }
    if (seat_.unit_group == 0) finish();
    sums.write();
  }

 private:
  T* dh_row(long r) const { return w_.dh.template as<T>() + share_.sorted(r) * stride_; }
  static std::size_t idx(long i) { return static_cast<std::size_t>(i); }

  // Gradients of the final states into the running dh and dc; zeros where nothing else will write.
  void start() {
    if (seat_.unit_group != 0) return;
    for (long r = 0; r < share_.rows; ++r) {
      const long caller = plan_.caller_row(share_.sorted(r));
      copy_state(dh_row(r), w_.in.dh, caller);
      if (spec_.has_c()) {
        copy_state(w_.dc.template as<T>() + share_.sorted(r) * stride_, w_.in.dc, caller);
      }
      if (w_.repeated_dy) std::fill_n(repeated(share_.sorted(r)), spec_.units, T(0));
    }
    if (w_.out.dx == nullptr || !plan_.masked()) return;
    const long values = plan_.steps() * spec_.input_dim;
    for (long i = seat_.row_group; i < plan_.batch(); i += seat_.schedule.row_groups) {
      std::fill_n(w_.out.dx + plan_.caller_row(i) * values, values, T(0));
    }
  }
  void copy_state(T* to, const T* from, long caller) const {
    const long n = from != nullptr ? spec_.units : 0;
    if (n > 0) std::copy_n(from + caller * spec_.units, n, to);
    std::fill(to + n, to + stride_, T(0));
  }
  T* repeated(long row) const { return w_.repeated_dy.template as<T>() + row * spec_.units; }
  T* gathered(long row, long step) const {
    const long flat = plan_.offset(step) - plan_.offset(gathered_from_) + row;
    return w_.gathered_dy.template as<T>() + flat * spec_.units;
  }
  bool gather_window(Range window) {
    if (!w_.gathered_dy) return true;
    gathered_from_ = window.begin;
    for (long r = 0; seat_.unit_group == 0 && r < share_.rows; ++r) {
      gather_dy(share_.sorted(r), window, shown_[idx(r)]);
    }
    return seat_.wait_units();
  }
  // dy of the steps of a row, later repetitions included; `i` goes on where the window after this
  // one stopped.
  void gather_dy(long row, Range window, long& i) const {
    const long units = spec_.units;
    T* sum = repeated(row);
    long step = std::min(plan_.length(row), window.end) - 1;
    for (; i >= 0 && step >= window.begin; --i) {
      const long time = plan_.reverse() ? plan_.steps() - 1 - i : i;
      const T* dy = w_.in.dy + d_.y_offset(row, time);
      for (long u = 0; u < units; ++u) sum[u] += dy[u];
      if (plan_.time(row, step) != time) continue;
      std::copy_n(sum, units, gathered(row, step));
      std::fill_n(sum, units, T(0));
      --step;
    }
  }

  bool sweep(Range window) {
    long last = window.end - 1;
    while (last >= window.begin && share_.running(plan_, last) == 0) --last;
    if (last >= window.begin) find_dy(last, share_.running(plan_, last), dy_);
    for (long step = last; step >= window.begin; --step) {
      const long rows = share_.running(plan_, step);
      if (!gate_gradients(step, rows, step > window.begin)) return false;
      if (seat_.index == 0 && step % poll_every_ == 0) cancel_.poll();
      if (!seat_.wait_units()) return false;
      if (d_.cut_before(step)) {
        drop_state_gradients(rows);
      } else if (step > 0 || w_.out.dh0 != nullptr) {
        recur(step, rows);
      }
    }
    return true;
  }

  // Truncated: nothing goes on from these rows, in this thread's columns.
  void drop_state_gradients(long rows) const {
    const long n = units_.end - units_.begin;
    for (long r = 0; r < rows; ++r) {
      const long at = share_.sorted(r) * stride_ + units_.begin;
      std::fill_n(w_.dh.template as<T>() + at, n, T(0));
      if (spec_.has_c()) std::fill_n(w_.dc.template as<T>() + at, n, T(0));
    }
  }

  // dh += dgates(step) U^T for the first `rows` rows, this thread's columns.
  void recur(long step, long rows) {
    if (rows == 0 || panels_.begin == panels_.end) return;
    const long first = spec_.recurrent_first();
    const long vectors = spec_.recurrent_kept();
    ProductArgs<T> p = product(step, rows, first, vectors);
    set_right(p, d_.weights->backward().recurrent_kernel);
    for (long r = 0; r < rows; ++r) c_[idx(r)] = dh_row(r);
    p.accumulate = spec_.mixes_h();
    const long masks = d_.h_dropout.count;
    if (masks <= 1) {
      if (masks == 1) scale_rows(p, 0);
      kernels_.product.product(p);
      return;
    }
    segment_one_gate(p, *d_.weights);
    for (long v = 0; v < vectors; ++v) {
      scale_rows(p, spec_.keras_gate(first + v));
      for (long r = 0; r < rows && v > 0; ++r) a_[idx(r)] += kGroupLanes;
      p.b_first_row = v * kGroupLanes;
      kernels_.product.product(p);
      p.accumulate = true;
    }
  }
  ProductArgs<T> product(long step, long rows, long first, long vectors) {
    const Panels<T>& kept = fill_.panels();
    const T* gates = kept.gates_row(plan_, step) + first * kGroupLanes;
    for (long r = 0; r < rows; ++r) a_[idx(r)] = gates + share_.sorted(r) * kept.gates_row_stride;
    ProductArgs<T> p{};
    p.rows = rows;
    p.columns = spec_.units;
    p.panel_begin = panels_.begin;
    p.panel_end = panels_.end;
    p.a = a_.data();
    segment_gates(p, *d_.weights, vectors, kept.gates_block_stride);
    p.c = c_.data();
    p.scratch16 = scratch16_.as<bfloat16>();
    return p;
  }
  // Which of the two the kernel reads is decided with the weights.
  static void set_right(ProductArgs<T>& p, const Buffer& packed) {
    p.b = packed.as<T>();
    p.b16 = packed.as<bfloat16>();
  }
  void scale_rows(ProductArgs<T>& p, long gate) {
    for (long r = 0; r < p.rows; ++r) {
      const long caller = plan_.caller_row(share_.sorted(r));
      scale_[idx(r)] = d_.h_dropout.row(gate, plan_.batch(), caller, spec_.units);
    }
    p.scale = scale_.data();
  }

  // dy of a row's step, or null.
  const T* dy_of(long row, long step) const {
    if (w_.in.dy == nullptr) return nullptr;
    if (w_.gathered_dy) return gathered(row, step);
    if (d_.sequences) return w_.in.dy + d_.y_offset(row, plan_.time(row, step));
    const bool last = step == plan_.length(row) - 1 && d_.has_last_output(row);
    return last ? w_.in.dy + d_.y_offset(row, 0) : nullptr;
  }

  void find_dy(long step, long rows, std::vector<const T*>& dy) const {
    for (long r = 0; r < rows; ++r) dy[idx(r)] = dy_of(share_.sorted(r), step);
  }

  // The step before in time is the next to be needed.
  void look_ahead(RecurrentBackwardArgs<T>& b, long step) {
    find_dy(step, share_.running(plan_, step), ahead_dy_);
    const Panels<T>& kept = fill_.panels();
    const long before = kept.before(plan_, step) + share_.first;
    b.ahead_gates = kept.gates_row(plan_, step) + share_.first * kept.gates_row_stride;
    if (spec_.cell != Cell::simple_rnn) {
      b.ahead_state = spec_.has_c() ? kept.c_row(before) : kept.h_row(before);
    }
    b.ahead_dy = ahead_dy_.data();
  }

  bool gate_gradients(long step, long rows, bool more) {
    const Panels<T>& kept = fill_.panels();
    const long before = kept.before(plan_, step) + share_.first;
    const long after = kept.after(plan_, step) + share_.first;
    RecurrentBackwardArgs<T> b{};
    b.rows = rows;
    b.units = spec_.units;
    b.unit_begin = units_.begin;
    b.unit_end = units_.end;
    b.activation = static_cast<int>(d_.activation);
    b.recurrent_activation = static_cast<int>(d_.recurrent_activation);
    b.dy = dy_.data();
    b.dh = w_.dh.template as<T>() + share_.first * kept.stride;
    b.state_stride = b.h_stride = b.c_stride = b.c_prev_stride = share_.stride * kept.stride;
    b.h = kept.h_row(spec_.cell == Cell::simple_rnn ? after : before);
    if (spec_.has_c()) {
      b.dc = w_.dc.template as<T>() + share_.first * kept.stride;
      b.c = kept.c_row(after);
      b.c_prev = kept.c_row(before);
    }
    b.gates = kept.gates_row(plan_, step) + share_.first * kept.gates_row_stride;
    b.gates_row_stride = share_.stride * kept.gates_row_stride;
    b.gates_block_stride = kept.gates_block_stride;
    if (more) look_ahead(b, step - 1);
    const bool done = run_cell(b, step, rows);
    dy_.swap(ahead_dy_);
    return done;
  }

  bool run_cell(RecurrentBackwardArgs<T>& b, long step, long rows) {
    const RecurrentKernels<T>& k = kernels_.recurrent;
    switch (spec_.cell) {
      case Cell::lstm:
        k.lstm_backward(b);
        return true;
      case Cell::gru:
        k.gru_backward(b);
        return true;
      case Cell::simple_rnn:
        k.simple_rnn_backward(b);
        return true;
      case Cell::gru_before:
        return reset_before(b, step, rows);
    }
    return true;
  }

  // n and z first, then d(r * h) = dn U_n^T over all units, then r.
  bool reset_before(RecurrentBackwardArgs<T>& b, long step, long rows) {
    const RecurrentKernels<T>& k = kernels_.recurrent;
    k.gru_before_backward_candidate(b);
    if (!seat_.wait_units()) return false;
    if (panels_.begin == panels_.end) return true;
    ProductArgs<T> p = product(step, rows, 0, 1);
    set_right(p, d_.weights->backward().candidate);
    T* reset_dh = w_.reset_dh.template as<T>();
    for (long r = 0; r < rows; ++r) c_[idx(r)] = reset_dh + share_.sorted(r) * stride_;
    kernels_.product.product(p);
    b.reset_dh = reset_dh + share_.first * stride_;
    if (d_.h_dropout.count > 0) {
      scale_rows(p, 2);
      b.h_scale = p.scale;
    }
    k.gru_before_backward_gates(b);
    return true;
  }

  // Gradients of the initial states. Rows without any step hand the gradient of their final state
  // through.
  void finish() {
    if (w_.out.dh0 == nullptr) return;
    const bool dealt = plan_.masked() || plan_.count(0) == 0;
    const long first = dealt ? seat_.row_group : share_.first;
    const long end = dealt ? plan_.batch() : share_.first + share_.rows;
    const long stride = dealt ? seat_.schedule.row_groups : 1;
    for (long row = first; row < end; row += stride) {
      const bool ran = plan_.length(row) > 0;
      copy_out(w_.out.dh0, ran ? w_.dh.template as<T>() : nullptr, w_.in.dh, row);
      if (spec_.has_c()) {
        copy_out(w_.out.dc0, ran ? w_.dc.template as<T>() : nullptr, w_.in.dc, row);
      }
    }
  }
  void copy_out(T* to, const T* panel, const T* through, long row) const {
    const long caller = plan_.caller_row(row);
    T* out = to + caller * spec_.units;
    if (panel != nullptr) {
      std::copy_n(panel + row * stride_, spec_.units, out);
    } else if (through != nullptr) {
      std::copy_n(through + caller * spec_.units, spec_.units, out);
    } else {
      std::fill_n(out, spec_.units, T(0));
    }
  }

  Sweep<T>& w_;
  const Direction<T>& d_;
  const SequencePlan& plan_;
  const Seat& seat_;
  CancelToken& cancel_;
  const CellSpec& spec_;
  RowShare share_;
  const KernelTable<T>& kernels_;
  Range panels_{}, units_{};
  long poll_every_ = 1;
  long stride_;
  WindowFill<T> fill_;
  long gathered_from_ = 0;   // step
  std::vector<long> shown_;  // of each row, the outputs up to this one wait to be gathered
  std::vector<const T*> a_, dy_, ahead_dy_, scale_;
  std::vector<T*> c_;
  Buffer scratch16_;  // products of bfloat16
};

}  // namespace

template <class T>
void recurrent_backward(const std::vector<Direction<T>>& directions, std::vector<Saved<T>>& saved,
                        const std::vector<BackwardInput<T>>& inputs,
                        const std::vector<BackwardOutput<T>>& outputs, CancelToken& cancel) {
  std::vector<ScheduleQuery> queries;
  std::deque<Sweep<T>> sweeps;
  for (std::size_t i = 0; i < directions.size(); ++i) {
    queries.push_back(schedule_query(directions[i]));
    directions[i].weights->backward();  // packed before the region: its threads only read
    sweeps.emplace_back(directions[i], saved[i], inputs[i], outputs[i]);
  }
  const int want = team_for(queries.front(), static_cast<int>(directions.size()));
  Seating seating(std::move(queries), cancel);
  const int threads = run_team(want, [&](Member member) {
    seating.each(member, [&](int direction, const Seat& seat) {
      leave_together(cancel, [&] {
        BackwardWalk<T>(sweeps[static_cast<std::size_t>(direction)], seat, cancel).run();
      });
    });
  });
  if (directions.size() == 2 && outputs[0].dx != nullptr && !cancel.requested()) {
    const SequencePlan& plan = *directions[0].plan;
    const long values = plan.batch() * plan.steps() * directions[0].spec().input_dim;
    run_team(want, [&](Member member) {
      const Range r = share(values, member.index, member.size);
      for (long i = r.begin; i < r.end; ++i) outputs[0].dx[i] += outputs[1].dx[i];
    });
  }
  last_run() = {"recurrent_backward", isa_of(directions.front()), threads, seating.widest().name()};
}

template void recurrent_backward<float>(const std::vector<Direction<float>>&,
                                        std::vector<Saved<float>>&,
                                        const std::vector<BackwardInput<float>>&,
                                        const std::vector<BackwardOutput<float>>&, CancelToken&);
template void recurrent_backward<double>(const std::vector<Direction<double>>&,
                                         std::vector<Saved<double>>&,
                                         const std::vector<BackwardInput<double>>&,
                                         const std::vector<BackwardOutput<double>>&, CancelToken&);

}  // namespace tidegate
