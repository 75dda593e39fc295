// Row operands of the step kernels: what dropout leaves of them, and where products of bfloat16 put
// theirs. One mask on x alone is applied to the row; anything else gives each gate its operand.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "core/checked.h"
#include "kernels/pairs.h"
#include "rnn/direction.h"
#include "rnn/rows.h"

namespace tidegate {

template <class T>
class RowOperands {
 public:
  // For calls of at most `rows` rows, with state panels of that stride.
  RowOperands(const Direction<T>& d, long rows, long state_stride)
      : d_(d), rows_(std::max(rows, 1L)), stride_(state_stride) {
    if (d.weights->pairs()) {
      const long gates = gate_operands() ? d.spec().gates() : 1;
      scratch16_ = pool_take(checked_mul(
          idx(pair_scratch(rows_, d.spec().input_dim, d.spec().units, gates)), sizeof(bfloat16)));
    }
    if (d.x_dropout.count == 0 && d.h_dropout.count == 0) return;
    const auto n = idx(rows_ * d.spec().gates());
    x_gate_.resize(n);
    h_gate_.resize(n);
    h_scale_.resize(idx(rows_));
    masked_x_ = pool_take(n * idx(d.spec().input_dim) * sizeof(T));
    masked_h_ = pool_take(n * idx(stride_) * sizeof(T));
  }
  // The weights of a step, of its first phase for the reset-before GRU.
  void set_weights(RecurrentStepArgs<T>& a) const {
    const PackedWeights<T>& w = *d_.weights;
    a.kernel = w.kernel();
    a.recurrent_kernel = w.recurrent_kernel();
    a.kernel16 = w.kernel16();
    a.recurrent_kernel16 = w.recurrent_kernel16();
    a.bias = w.bias();
    a.scratch16 = scratch16_.template as<bfloat16>();
  }

  bool drop() const { return !x_gate_.empty(); }
  // x[r] becomes, or a.x_gate and a.h_gate hold, what dropout leaves of row r; caller(r) is its row
  // in the caller's batch.
  template <class Caller>
  void apply(RecurrentStepArgs<T>& a, std::vector<const T*>& x, Caller&& caller) {
    const CellSpec& spec = d_.spec();
    const long rows = a.rows;
    if (spec.cell == Cell::simple_rnn || !gate_operands()) {
      for (long r = 0; r < rows && masked_x(); ++r) x[idx(r)] = drop_x(x[idx(r)], 0, caller(r), r);
      if (d_.h_dropout.count == 0) return;
      for (long r = 0; r < rows; ++r) drop_h(a, 0, caller(r), r, 0);
      a.h_prev = masked_h_.template as<T>();
      a.h_prev_stride = stride_;
      return;
    }
    constexpr std::array<long, 4> kInOrder{0, 1, 2, 3};
    constexpr std::array<long, 4> kGruInput{2, 0, 1, 0};
    const auto& input = spec.cell == Cell::gru ? kGruInput : kInOrder;
    const long gates = spec.gates();
    const long fed = spec.cell == Cell::gru_before ? 2 : gates;
    for (long g = 0; g < gates; ++g) {
      const long source = input[idx(g)];
      for (long r = 0; r < rows; ++r) {
        const T* from = x[idx(r)];
        x_gate_[idx(g * rows + r)] =
            masked_x() ? drop_x(from, source, caller(r), g * rows_ + r) : from;
        if (g < fed) h_gate_[idx(g * rows + r)] = drop_h(a, g, caller(r), r, g);
      }
    }
    a.x_gate = x_gate_.data();
    a.h_gate = h_gate_.data();
    if (spec.cell != Cell::gru_before || d_.h_dropout.count == 0) return;
    for (long r = 0; r < rows; ++r) {
      h_scale_[idx(r)] = d_.h_dropout.row(2, d_.plan->batch(), caller(r), spec.units);
    }
    a.h_scale = h_scale_.data();
  }

  // From the arguments of the first phase of the reset-before GRU to those of the second.
  void to_candidate(RecurrentStepArgs<T>& a, std::vector<const T*>& x, Range one_gate) const {
    a.kernel = d_.weights->candidate_kernel();
    a.recurrent_kernel = d_.weights->candidate_recurrent_kernel();
    a.kernel16 = d_.weights->candidate_kernel16();
    a.recurrent_kernel16 = d_.weights->candidate_recurrent_kernel16();
    a.bias = d_.weights->candidate_bias();
    a.panel_begin = one_gate.begin;
    a.panel_end = one_gate.end;
    if (a.x_gate == nullptr) return;
    for (long r = 0; r < a.rows; ++r) x[idx(r)] = x_gate_[idx(2 * a.rows + r)];
    a.x_gate = a.h_gate = nullptr;
  }

 private:
  static std::size_t idx(long i) { return static_cast<std::size_t>(i); }
  bool gate_operands() const { return d_.h_dropout.count > 0 || d_.x_dropout.count > 1; }
  bool masked_x() const { return d_.x_dropout.count > 0; }

  const T* drop_x(const T* x, long gate, long caller, long slot) {
    const long width = d_.spec().input_dim;
    T* to = masked_x_.template as<T>() + slot * width;
    masked_row(to, x, d_.x_dropout.row(gate, d_.plan->batch(), caller, width), width);
    return to;
  }
  const T* drop_h(const RecurrentStepArgs<T>& a, long gate, long caller, long r, long slot) {
    const T* h = a.h_prev + r * a.h_prev_stride;
    if (d_.h_dropout.count == 0) return h;
    const long width = d_.spec().units;
    T* to = masked_h_.template as<T>() + (slot * rows_ + r) * stride_;
    masked_row(to, h, d_.h_dropout.row(gate, d_.plan->batch(), caller, width), width);
    return to;
  }

  const Direction<T>& d_;
  long rows_, stride_;
  Buffer masked_x_, masked_h_, scratch16_;
  std::vector<const T*> x_gate_, h_gate_, h_scale_;
};

}  // namespace tidegate
