// States and gates of one window of steps for the pass back: pointed at where they were kept,
// widened, or computed again.
#pragma once

#include <memory>

#include "rnn/forward_walk.h"
#include "rnn/saved.h"
#include "rnn/seats.h"

namespace tidegate {

// One thread's part. Computing again runs the kernels of the pass forward over the same operands,
// so it gives the same bits.
template <class T>
class WindowFill {
 public:
  // `scratch` is shared by the threads of the direction: saved.scratch().
  WindowFill(const Direction<T>& d, const Saved<T>& saved, const Kept<T>& scratch, const Seat& seat,
             CancelToken& cancel);

  // No thread of the direction reads the window before any more. False if cancelled; after true
  // this thread may read its rows and units, and everything once all threads have met.
  bool fill(std::size_t window);
  const Panels<T>& panels() const { return panels_; }

 private:
  bool from_border(std::size_t window);
  bool widen(Range steps);
  bool gates_again(Range steps);
  long run_length(long step, long row, long most);
  void gates_of_run(long step, long row, long rows);

  const Direction<T>& d_;
  const Saved<T>& saved_;
  const Seat& seat_;
  CancelToken& cancel_;
  const CellSpec& spec_;
  Panels<T> panels_;
  std::unique_ptr<ForwardWalk<T>> walk_;  // checkpoint

  // recompute: operands of one run of rows, and where its states go (they are there already)
  Buffer states_;
  std::vector<const T*> x_;
  std::vector<long> caller_;
  std::unique_ptr<RowOperands<T>> operands_;
};

extern template class WindowFill<float>;
extern template class WindowFill<double>;

}  // namespace tidegate
