#include "rnn/direction.h"

#include "core/checked.h"

namespace tidegate {

template <class T>
Kept<T>::Kept(const CellSpec& spec, const SequencePlan& plan, bool keep_all)
    : training(keep_all), rows(plan.count(0)), stride(spec.state_stride()) {
  const auto bytes = [](long a, long b) {
    return checked_mul(static_cast<std::size_t>(a), static_cast<std::size_t>(b), sizeof(T));
  };
  const long states = training ? rows + plan.total() : 2 * rows;
  h = pool_take(bytes(states, stride));
  if (spec.has_c()) c = pool_take(bytes(training ? states : rows, stride));
  gates_row_stride = spec.kept() * kGroupLanes;
  // One more row per block, so that blocks do not share cache sets where total * kept * 16 is a
  // power of two.
  const long gate_rows = training ? plan.total() : rows;
  if (spec.cell == Cell::gru_before) reset_h = pool_take(bytes(gate_rows, stride));
  gates_block_stride = gate_rows * gates_row_stride + kGroupLanes;
  if (training || spec.cell == Cell::gru_before) {
    gates = pool_take(bytes(spec.blocks(), gates_block_stride));
  }
}

template struct Kept<float>;
template struct Kept<double>;

}  // namespace tidegate
