#include "rnn/kept.h"

#include "core/checked.h"

namespace tidegate {
namespace {

template <class T>
Buffer take(long a, long b) {
  return pool_take(
      checked_mul(static_cast<std::size_t>(a), static_cast<std::size_t>(b), sizeof(T)));
}

}  // namespace

template <class T>
void Kept<T>::take_states(const CellSpec& spec, long h_rows, long c_rows) {
  panels_.stride = spec.state_stride();
  h_ = take<T>(h_rows, panels_.stride);
  if (spec.has_c()) c_ = take<T>(c_rows, panels_.stride);
  panels_.h = h_.template as<T>();
  panels_.c = c_.template as<T>();
}

template <class T>
void Kept<T>::take_gates(const CellSpec& spec, long rows) {
  panels_.stride = spec.state_stride();
  panels_.gates_row_stride = spec.kept() * kGroupLanes;
  // One more row per block, so that blocks do not share cache sets where rows * kept * 16 is a
  // power of two.
  panels_.gates_block_stride = rows * panels_.gates_row_stride + kGroupLanes;
  gates_ = take<T>(spec.blocks(), panels_.gates_block_stride);
  if (spec.cell == Cell::gru_before) reset_h_ = take<T>(rows, panels_.stride);
  panels_.gates = gates_.template as<T>();
  panels_.reset_h = reset_h_.template as<T>();
}

template <class T>
Kept<T> Kept<T>::passing(const CellSpec& spec, const SequencePlan& plan) {
  Kept kept;
  const long rows = kept.panels_.rows = plan.count(0);
  kept.take_states(spec, 2 * rows, rows);
  if (spec.cell == Cell::gru_before) kept.take_gates(spec, rows);
  return kept;
}

template <class T>
Kept<T> Kept<T>::states(const CellSpec& spec, const SequencePlan& plan) {
  Kept kept;
  const long rows = kept.panels_.rows = plan.count(0);
  kept.panels_.every_state = true;
  kept.take_states(spec, rows + plan.total(), rows + plan.total());
  if (spec.cell == Cell::gru_before) kept.take_gates(spec, rows);
  return kept;
}

template <class T>
Kept<T> Kept<T>::everything(const CellSpec& spec, const SequencePlan& plan, long rows) {
  Kept kept = gates(spec, rows);
  kept.panels_.rows = plan.count(0);
  kept.panels_.every_state = true;
  kept.take_states(spec, plan.count(0) + rows, plan.count(0) + rows);
  return kept;
}

template <class T>
Kept<T> Kept<T>::gates(const CellSpec& spec, long rows) {
  Kept kept;
  kept.panels_.every_gate = true;
  kept.take_gates(spec, rows);
  return kept;
}

template <class T>
void Kept<T>::drop_gates() {
  gates_.release();
  reset_h_.release();
  panels_.every_gate = false;
  panels_.gates = panels_.reset_h = nullptr;
}

template class Kept<float>;
template class Kept<double>;

}  // namespace tidegate
