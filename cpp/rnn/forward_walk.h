// One thread's walk forward through steps of one direction.
#pragma once

#include <vector>

#include "core/cancel.h"
#include "rnn/kept.h"
#include "rnn/operands.h"

namespace tidegate {

template <class T>
struct KernelTable;

template <class T>
class ForwardWalk {
 public:
  // Outputs are written to y [see ForwardOutput], to nowhere if it is null.
  ForwardWalk(const Direction<T>& d, T* y, const Seat& seat, CancelToken& cancel);

  // Where states and gates lie from now on. The state before the steps to come is there already.
  void use(const Panels<T>& panels) { kept_ = panels; }
  const RowShare& rows() const { return share_; }
  // Computes these steps; they wait for each other. False if cancelled.
  bool steps(Range steps);

 private:
  using Args = RecurrentStepArgs<T>;
  static std::size_t idx(long i) { return static_cast<std::size_t>(i); }

  Args step_args(long step, long rows);
  void project(long first, long end);
  bool one_step(long step);
  bool run_cell(Args& a, long step);

  const Direction<T>& d_;
  T* y_base_;
  Panels<T> kept_;
  const Seat& seat_;
  CancelToken& cancel_;
  const CellSpec& spec_;
  RowShare share_;
  const KernelTable<T>& kernels_;
  Range panels_{}, one_gate_{};
  long chunk_ = 0;  // steps whose input product is formed ahead, 0 for none
  long poll_every_ = 1;
  long last_step_ = 0;
  Buffer projected_;
  const T* next_projected_ = nullptr;
  std::vector<const T*> x_;
  std::vector<T*> y_;
  RowOperands<T> operands_;
};

extern template class ForwardWalk<float>;
extern template class ForwardWalk<double>;

}  // namespace tidegate
