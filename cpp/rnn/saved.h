// What one direction keeps between the passes, in one of four ways.
#pragma once

#include <optional>
#include <vector>

#include "rnn/direction.h"
#include "rnn/kept.h"
#include "rnn/schedule.h"

namespace tidegate {

// Saved for backpropagation through time: states and gates of every step; the same, rounded to
// bfloat16; the states alone, gates are computed again; states at the borders of windows of about
// sqrt(T) steps, everything within is computed again (Chen et al., "Training deep nets with
// sublinear memory cost", 2016). All but bfloat16 give the same bits.
enum class Remat { full, bfloat16, recompute, checkpoint };

template <class T>
class Saved {
 public:
  // No mode: nothing outlives the pass forward.
  Saved(const CellSpec& spec, const SequencePlan& plan, std::optional<Remat> mode);

  bool training() const { return mode_.has_value(); }
  Remat mode() const { return *mode_; }
  // The steps that the pass back treats at a time, ascending: all of them where all is kept.
  const std::vector<Range>& windows() const { return windows_; }
  // Where the pass forward writes: bfloat16 shows one window at a time.
  const Panels<T>& panels() const { return kept_.panels(); }
  // After the pass forward: gives back what only that needed.
  void settle();
  // Keeps less from now on: full to recompute or checkpoint, recompute to checkpoint.
  void shrink(Remat mode);

  std::size_t bytes() const;
  // Memory of the pass back for one window.
  std::size_t scratch_bytes() const { return scratch_bytes(spec_, *plan_, *mode_); }
  Kept<T> scratch() const;

  static std::size_t bytes(const CellSpec& spec, const SequencePlan& plan, Remat mode);
  static std::size_t scratch_bytes(const CellSpec& spec, const SequencePlan& plan, Remat mode);

  // checkpoint: the state of a sorted row before a window.
  void keep_border(std::size_t window, long row, const T* h, const T* c);
  void load_border(std::size_t window, long row, T* h, T* c) const;

  // bfloat16: the state of a sorted row before the first step, and what a step leaves behind.
  void round_start(long row, const T* h, const T* c);
  void round_step(const Panels<T>& from, long step, long row);
  // The same way back; the state before a window goes where the panels begin.
  void widen_before(const Panels<T>& to, long step, long row) const;
  void widen_step(const Panels<T>& to, long step, long row) const;

 private:
  void take_borders();
  void take_rounded();
  long rounded_before(long step) const;

  CellSpec spec_;
  const SequencePlan* plan_;
  std::optional<Remat> mode_;
  std::vector<Range> windows_;
  Kept<T> kept_;
  std::vector<long> border_rows_;  // of each window, its first row in the borders
  Buffer border_h_, border_c_;
  Buffer h16_, c16_, gates16_, reset_h16_;  // laid out as panels of every step
};

extern template class Saved<float>;
extern template class Saved<double>;

}  // namespace tidegate
