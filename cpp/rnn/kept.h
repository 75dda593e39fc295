// States and gates of many steps: where the drivers find them, and who owns them.
#pragma once

#include "core/pool.h"
#include "rnn/cell.h"
#include "rnn/plan.h"

namespace tidegate {

// States and gates of the steps of a plan. Sorted rows; h and c start with the state before step
// `first`. With `every_state` all steps follow, else there are two panels of h and one of c in
// turn; with `every_gate` the gates of all steps from `first_gates` on, else those of one step (the
// reset-before GRU needs them in passing). Points into memory of somebody else.
template <class T>
struct Panels {
  bool every_state = false, every_gate = false;
  long rows = 0;  // of the state before `first`
  long first = 0, first_gates = 0;
  long stride = 0;
  long gates_row_stride = 0, gates_block_stride = 0;
  T *h = nullptr, *c = nullptr, *gates = nullptr;
  T* reset_h = nullptr;  // reset-before GRU: r * h

  // Row of the panel that holds the state before `step` (for sorted row 0).
  long before(const SequencePlan& plan, long step) const {
    if (!every_state) return (step & 1) * rows;
    return step == first ? 0 : rows + plan.offset(step - 1) - plan.offset(first);
  }
  long after(const SequencePlan& plan, long step) const { return before(plan, step + 1); }
  T* h_row(long row) const { return h + row * stride; }
  // One panel of c is updated in place. Whoever has a row knows that there are some.
  T* c_row(long row) const {
    return c + (every_state ? row : row % rows) * stride;  // NOLINT(clang-analyzer-core.DivideZero)
  }
  // Flat row of the gates of `step`.
  long gates_at(const SequencePlan& plan, long step) const {
    return every_gate ? plan.offset(step) - plan.offset(first_gates) : 0;
  }
  T* gates_row(const SequencePlan& plan, long step) const {
    return gates + gates_at(plan, step) * gates_row_stride;
  }
  T* reset_h_row(const SequencePlan& plan, long step) const {
    return reset_h + gates_at(plan, step) * stride;
  }
};

// Panels with their memory.
template <class T>
class Kept {
 public:
  Kept() = default;

  // What a pass forward needs that leaves nothing behind.
  static Kept passing(const CellSpec& spec, const SequencePlan& plan);
  // The states of every step.
  static Kept states(const CellSpec& spec, const SequencePlan& plan);
  // States and gates of every step of any window with at most `rows` rows, and the state before.
  static Kept everything(const CellSpec& spec, const SequencePlan& plan, long rows);
  // The gates alone.
  static Kept gates(const CellSpec& spec, long rows);

  const Panels<T>& panels() const { return panels_; }
  std::size_t bytes() const { return h_.bytes() + c_.bytes() + gates_.bytes() + reset_h_.bytes(); }
  void drop_gates();

 private:
  void take_states(const CellSpec& spec, long h_rows, long c_rows);
  void take_gates(const CellSpec& spec, long rows);

  Panels<T> panels_;
  Buffer h_, c_, gates_, reset_h_;
};

extern template class Kept<float>;
extern template class Kept<double>;

}  // namespace tidegate
