#include "rnn/forward.h"

#include <algorithm>

#include "core/last_run.h"
#include "kernels/dispatch.h"
#include "rnn/forward_walk.h"
#include "rnn/seats.h"

namespace tidegate {
namespace {

// One thread's part of the pass forward of one direction.
template <class T>
class ForwardPart {
 public:
  ForwardPart(const Direction<T>& d, const ForwardOutput<T>& out, Saved<T>& saved, const Seat& seat,
              CancelToken& cancel)
      : d_(d),
        out_(out),
        saved_(saved),
        kept_(saved.panels()),
        seat_(seat),
        spec_(d.spec()),
        share_(*d.plan, seat.schedule, seat.row_group),
        walk_(d, out.y, seat, cancel) {
    walk_.use(kept_);
  }

  void run() {
    if (share_.rows > 0 || windowed()) {
      start();
      if (!seat_.wait_units() || !all_steps()) return;
    }
    if (!leads()) return;
    each_row([&](long row) {
      if (!windowed() || d_.plan->length(row) == 0) finish(row);
      if (d_.sequences && d_.plan->masked()) show_masked(row);
    });
  }

 private:
  // One thread of each row group does what is not shared by units.
  bool leads() const { return seat_.unit_group == 0; }
  bool has_mode(Remat mode) const { return saved_.training() && saved_.mode() == mode; }
  bool windowed() const { return has_mode(Remat::bfloat16); }

  // Initial states of this group's rows, in sorted order.
  void start() {
    if (!leads()) return;
    for (long r = 0; r < share_.rows; ++r) {
      const long row = share_.sorted(r);
      const long caller = d_.plan->caller_row(row);
      copy_state(kept_.h_row(row), d_.h0, caller);
      if (spec_.has_c()) copy_state(kept_.c_row(row), d_.c0, caller);
      if (windowed()) saved_.round_start(row, kept_.h_row(row), c_at(row));
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
  T* c_at(long row) const { return spec_.has_c() ? kept_.c_row(row) : nullptr; }

  bool all_steps() {
    if (windowed()) return window_by_window();
    if (has_mode(Remat::checkpoint)) return between_borders();
    return walk_.steps({0, d_.plan->active_steps()});
  }

  // The states at the borders stay; those within pass.
  bool between_borders() {
    const std::vector<Range>& windows = saved_.windows();
    for (std::size_t w = 0; w < windows.size(); ++w) {
      if (leads()) {
        const long before = kept_.before(*d_.plan, windows[w].begin);
        const long rows = share_.running(*d_.plan, windows[w].begin);
        for (long r = 0; r < rows; ++r) {
          const long row = share_.sorted(r);
          saved_.keep_border(w, row, kept_.h_row(before + row), c_at(before + row));
        }
      }
      // c is updated in place: nobody may begin before it has been read.
      if (!seat_.wait_units() || !walk_.steps(windows[w])) return false;
    }
    return true;
  }

  // Every window is rounded once it is full; the next one begins with its last states, unrounded.
  bool window_by_window() {
    const SequencePlan& plan = *d_.plan;
    for (const Range& window : saved_.windows()) {
      if (!walk_.steps(window)) return false;
      const Range mine =
          share(window.end - window.begin, seat_.unit_group, seat_.schedule.unit_groups);
      for (long step = window.begin + mine.begin; step < window.begin + mine.end; ++step) {
        const long rows = share_.running(plan, step);
        for (long r = 0; r < rows; ++r) saved_.round_step(kept_, step, share_.sorted(r));
      }
      if (leads()) {
        each_row([&](long row) {
          const long n = plan.length(row);
          if (n > window.begin && n <= window.end) finish(row);
        });
      }
      // Where a row lies changes with the window: the groups may not overtake each other.
      if (!seat_.wait_all()) return false;
      begin_window(window.end);
      if (!seat_.wait_all()) return false;
    }
    return true;
  }
  void begin_window(long step) {
    const long last = kept_.before(*d_.plan, step);
    kept_.first = kept_.first_gates = step;
    kept_.rows = d_.plan->count(step);
    walk_.use(kept_);
    const long rows = leads() ? share_.running(*d_.plan, step) : 0;
    for (long r = 0; r < rows; ++r) {
      const long row = share_.sorted(r);
      std::copy_n(kept_.h_row(last + row), kept_.stride, kept_.h_row(row));
      if (spec_.has_c()) std::copy_n(kept_.c_row(last + row), kept_.stride, kept_.c_row(row));
    }
  }

  // This group's rows; those without any step belong to no share and are dealt out like sorted
  // ones.
  template <class Body>
  void each_row(Body&& body) const {
    const SequencePlan& plan = *d_.plan;
    const bool dealt = plan.masked() || plan.count(0) == 0;
    const long first = dealt ? seat_.row_group : share_.first;
    const long end = dealt ? plan.batch() : share_.first + share_.rows;
    const long stride = dealt ? seat_.schedule.row_groups : 1;
    for (long row = first; row < end; row += stride) body(row);
  }

  // Final states and the single output of a row.
  void finish(long row) const {
    const SequencePlan& plan = *d_.plan;
    const long caller = plan.caller_row(row);
    const long n = plan.length(row);
    const long at = n > 0 ? kept_.after(plan, n - 1) + row : row;
    copy_out(out_.h, n > 0 ? kept_.h_row(at) : nullptr, d_.h0, caller);
    if (spec_.has_c()) copy_out(out_.c, n > 0 ? kept_.c_row(at) : nullptr, d_.c0, caller);
    if (d_.sequences) return;
    if (d_.has_last_output(row)) {
      std::copy_n(kept_.h_row(at), spec_.units, out_.y + d_.y_offset(row, 0));
    } else {
      std::fill_n(out_.y + d_.y_offset(row, 0), spec_.units, T(0));
    }
  }
  void copy_out(T* to, const T* state, const T* initial, long caller) const {
    if (to == nullptr) return;
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
  Saved<T>& saved_;
  Panels<T> kept_;
  const Seat& seat_;
  const CellSpec& spec_;
  RowShare share_;
  ForwardWalk<T> walk_;
};

}  // namespace

template <class T>
void recurrent_forward(const std::vector<Direction<T>>& directions, std::optional<Remat> mode,
                       const std::vector<ForwardOutput<T>>& outputs, std::vector<Saved<T>>& saved,
                       CancelToken& cancel) {
  std::vector<ScheduleQuery> queries;
  for (const Direction<T>& d : directions) {
    queries.push_back(schedule_query(d));
    saved.emplace_back(d.spec(), *d.plan, mode);
  }
  const int want = team_for(queries.front(), static_cast<int>(directions.size()));
  Seating seating(std::move(queries), cancel);
  const int threads = run_team(want, [&](Member member) {
    seating.each(member, [&](int direction, const Seat& seat) {
      const auto i = static_cast<std::size_t>(direction);
      leave_together(
          cancel, [&] { ForwardPart<T>(directions[i], outputs[i], saved[i], seat, cancel).run(); });
    });
  });
  for (Saved<T>& s : saved) s.settle();
  last_run() = {"recurrent_forward", isa_of(directions.front()), threads, seating.widest().name()};
}

template void recurrent_forward<float>(const std::vector<Direction<float>>&, std::optional<Remat>,
                                       const std::vector<ForwardOutput<float>>&,
                                       std::vector<Saved<float>>&, CancelToken&);
template void recurrent_forward<double>(const std::vector<Direction<double>>&, std::optional<Remat>,
                                        const std::vector<ForwardOutput<double>>&,
                                        std::vector<Saved<double>>&, CancelToken&);

}  // namespace tidegate
