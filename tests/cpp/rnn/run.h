// A recurrent layer run forward and back, for tests of the drivers: the same numbers on every
// machine.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "../nn/values.h"
#include "rnn/backward.h"
#include "rnn/forward.h"

namespace tidegate::test {

inline std::size_t at(long i) { return static_cast<std::size_t>(i); }

enum class Dropout { none, one_mask, per_gate };

struct Case {
  Cell cell;
  long batch, steps, inputs, units;
  int directions;
  int mask;  // 0 none, 1 right, 2 left, 3 holes
  Dropout dropout;
  bool sequences;
  Remat mode = Remat::full;
  std::optional<Remat> shrunk = std::nullopt;  // after the pass forward
  long truncate = 0;
  Split split = Split::automatic;
};

// Every result of a forward and a backward pass, in one vector.
template <class T>
class Run {
 public:
  explicit Run(const Case& c, Storage storage = Storage::full)
      : c_(c), storage_(storage), random_(7) {
    make_mask();
    make_weights();
    make_directions();
    forward();
    backward();
  }
  const std::vector<T>& results() const { return results_; }
  std::size_t saved_bytes() const { return saved_bytes_; }
  bool sizes_as_foretold() const { return sizes_as_foretold_; }

 private:
  std::vector<T> drawn(long n) { return values<T>(n, ++seed_, 1.0); }
  void make_mask() {
    values_.assign(at(c_.batch * c_.steps), 1);
    std::uniform_int_distribution<long> any(0, c_.steps);
    for (long b = 0; b < c_.batch; ++b) {
      const long n = b == 0 ? 0 : any(random_);  // a row without any step as well
      for (long t = 0; t < c_.steps; ++t) {
        const bool on = c_.mask == 1 ? t < n : c_.mask == 2 ? t >= c_.steps - n : any(random_) > 1;
        values_[at(b * c_.steps + t)] = on ? 1 : 0;
      }
    }
    for (long b = 0; b < c_.batch; ++b) {
      const auto* row = values_.data() + b * c_.steps;
      lengths_.push_back(static_cast<std::int32_t>(std::count(row, row + c_.steps, 1)));
      order_.push_back(static_cast<std::int32_t>(b));
    }
    std::stable_sort(order_.begin(), order_.end(), [&](std::int32_t a, std::int32_t b) {
      return lengths_[at(a)] > lengths_[at(b)];
    });
    const auto kind = c_.mask == 1   ? MaskView::Kind::right
                      : c_.mask == 2 ? MaskView::Kind::left
                                     : MaskView::Kind::holes;
    view_ = {kind, values_.data(), lengths_.data(), order_.data()};
  }
  void make_weights() {
    const CellSpec spec{c_.cell, c_.inputs, c_.units};
    const long columns = spec.gates() * c_.units;
    for (int d = 0; d < c_.directions; ++d) {
      const auto w = drawn(c_.inputs * columns), u = drawn(c_.units * columns),
                 b = drawn(spec.bias_rows() * columns);
      weights_.emplace_back(spec, w.data(), u.data(), b.data(), storage_);
    }
  }
  void make_directions() {
    const long width = c_.units * c_.directions;
    x_ = drawn(c_.batch * c_.steps * c_.inputs);
    const CellSpec& spec = weights_.front().spec();
    const long masks = c_.dropout == Dropout::none       ? 0
                       : c_.dropout == Dropout::one_mask ? 1
                                                         : spec.gates();
    x_masks_ = drawn(masks * c_.batch * c_.inputs);
    h_masks_ = drawn(masks * c_.batch * c_.units);
    h0_ = drawn(c_.batch * c_.units);
    c0_ = drawn(c_.batch * c_.units);
    for (int d = 0; d < c_.directions; ++d) {
      plans_.emplace_back(c_.batch, c_.steps, d == 1, c_.mask == 0 ? nullptr : &view_);
      Direction<T> direction{};
      direction.weights = &weights_[at(d)];
      direction.plan = &plans_.back();
      direction.activation = Activation::tanh;
      direction.recurrent_activation = Activation::sigmoid;
      direction.x = x_.data();
      direction.h0 = h0_.data();
      direction.c0 = c0_.data();
      direction.x_dropout = {x_masks_.data(), masks};
      direction.h_dropout = {h_masks_.data(), masks};
      direction.sequences = c_.sequences;
      direction.time_order = true;
      direction.truncate = c_.truncate;
      direction.split = c_.split;
      direction.y_step_stride = width;
      direction.y_row_stride = c_.sequences ? width * c_.steps : width;
      directions_.push_back(direction);
    }
  }
  T* part(long n) {
    parts_.emplace_back(at(n));
    return parts_.back().data();
  }
  void forward() {
    const long states = c_.batch * c_.units;
    T* y = part(states * c_.directions * (c_.sequences ? c_.steps : 1));
    std::vector<ForwardOutput<T>> out;
    for (int d = 0; d < c_.directions; ++d)
      out.push_back({y + d * c_.units, part(states), part(states)});
    CancelToken cancel;
    recurrent_forward<T>(directions_, c_.mode, out, saved_, cancel);
    for (Saved<T>& saved : saved_) {
      if (c_.shrunk) saved.shrink(*c_.shrunk);
      saved_bytes_ += saved.bytes();
      const Remat mode = c_.shrunk.value_or(c_.mode);
      const std::size_t foretold = Saved<T>::bytes(weights_.front().spec(), plans_.front(), mode);
      sizes_as_foretold_ = sizes_as_foretold_ && saved.bytes() == foretold &&
                           saved.scratch().bytes() == saved.scratch_bytes();
    }
  }
  void backward() {
    const CellSpec& spec = weights_.front().spec();
    const long states = c_.batch * c_.units;
    const long columns = spec.gates() * c_.units;
    const auto dy = drawn(states * c_.directions * (c_.sequences ? c_.steps : 1));
    const auto dh = drawn(states), dc = drawn(states);
    std::vector<BackwardInput<T>> in;
    std::vector<BackwardOutput<T>> out;
    for (int d = 0; d < c_.directions; ++d) {
      in.push_back({dy.data() + d * c_.units, dh.data(), dc.data()});
      out.push_back({part(c_.batch * c_.steps * c_.inputs), part(c_.inputs * columns),
                     part(c_.units * columns), part(spec.bias_rows() * columns), part(states),
                     part(states)});
    }
    CancelToken cancel;
    recurrent_backward<T>(directions_, saved_, in, out, cancel);
    for (const auto& p : parts_) results_.insert(results_.end(), p.begin(), p.end());
  }

  Case c_;
  Storage storage_;
  std::mt19937 random_;
  std::uint32_t seed_ = 0;
  bool sizes_as_foretold_ = true;
  std::vector<std::uint8_t> values_;
  std::vector<std::int32_t> lengths_, order_;
  MaskView view_{};
  std::deque<PackedWeights<T>> weights_;
  std::deque<SequencePlan> plans_;
  std::vector<Direction<T>> directions_;
  std::vector<Saved<T>> saved_;
  std::size_t saved_bytes_ = 0;
  std::vector<T> x_, x_masks_, h_masks_, h0_, c0_;
  std::deque<std::vector<T>> parts_;
  std::vector<T> results_;
};

}  // namespace tidegate::test
