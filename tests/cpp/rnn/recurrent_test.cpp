#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/last_run.h"
#include "core/team.h"
#include "rnn/backward.h"
#include "rnn/forward.h"

using namespace tidegate;

namespace {

std::size_t at(long i) { return static_cast<std::size_t>(i); }

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
};

// Every result of a forward and a backward pass, in one vector.
template <class T>
class Run {
 public:
  explicit Run(const Case& c) : c_(c), random_(7) {
    make_mask();
    make_weights();
    make_directions();
    forward();
    backward();
  }
  const std::vector<T>& results() const { return results_; }
  std::size_t saved_bytes() const { return saved_bytes_; }

 private:
  std::vector<T> normal(long n) {
    std::normal_distribution<double> d;
    std::vector<T> v(at(n));
    for (T& x : v) x = static_cast<T>(0.5 * d(random_));
    return v;
  }
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
      const auto w = normal(c_.inputs * columns), u = normal(c_.units * columns),
                 b = normal(spec.bias_rows() * columns);
      weights_.emplace_back(spec, w.data(), u.data(), b.data());
    }
  }
  void make_directions() {
    const long width = c_.units * c_.directions;
    x_ = normal(c_.batch * c_.steps * c_.inputs);
    const CellSpec& spec = weights_.front().spec();
    const long masks = c_.dropout == Dropout::none       ? 0
                       : c_.dropout == Dropout::one_mask ? 1
                                                         : spec.gates();
    x_masks_ = normal(masks * c_.batch * c_.inputs);
    h_masks_ = normal(masks * c_.batch * c_.units);
    h0_ = normal(c_.batch * c_.units);
    c0_ = normal(c_.batch * c_.units);
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
      CHECK(saved.bytes() == Saved<T>::bytes(weights_.front().spec(), plans_.front(), mode));
      CHECK(saved.scratch().bytes() == saved.scratch_bytes());
    }
  }
  void backward() {
    const CellSpec& spec = weights_.front().spec();
    const long states = c_.batch * c_.units;
    const long columns = spec.gates() * c_.units;
    const auto dy = normal(states * c_.directions * (c_.sequences ? c_.steps : 1));
    const auto dh = normal(states), dc = normal(states);
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
  std::mt19937 random_;
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

template <class T>
std::vector<T> results_with(const Case& c, int threads, const char* split) {
  set_thread_limit(threads);
  if (split != nullptr) setenv("TIDEGATE_SPLIT", split, 1);
  const Run<T> run(c);
  unsetenv("TIDEGATE_SPLIT");
  set_thread_limit(0);
  return run.results();
}

template <class T>
void same_bits_for_every_schedule(const Case& c) {
  const auto one = results_with<T>(c, 1, nullptr);
  for (const auto& [threads, name] : {std::pair{2, "batch"}, {3, "units"}, {8, "2d"}}) {
    const char* split = name;  // clang 14 captures no structured binding
    const auto many = results_with<T>(c, threads, split);
    REQUIRE(one.size() == many.size());
    CHECK_MESSAGE(std::memcmp(one.data(), many.data(), one.size() * sizeof(T)) == 0, "cell ",
                  static_cast<int>(c.cell), " mask ", c.mask, " split ", split, " H ", c.units);
  }
}

constexpr Cell kCells[] = {Cell::lstm, Cell::gru, Cell::gru_before, Cell::simple_rnn};

}  // namespace

TEST_CASE("results are the same bits for every number of threads and every schedule") {
  for (const Cell cell : kCells) {
    for (const int mask : {0, 1, 2, 3}) {
      for (const Dropout dropout : {Dropout::none, Dropout::one_mask, Dropout::per_gate}) {
        const int directions = mask % 2 + 1;
        same_bits_for_every_schedule<float>(
            {cell, 5, 6, 5, 37, directions, mask, dropout, mask != 2});
        same_bits_for_every_schedule<double>(
            {cell, 3, 4, 3, 19, directions, mask, dropout, mask == 2});
      }
    }
  }
}

TEST_CASE("sizes around the vector width and single rows, steps, inputs and units") {
  for (const Cell cell : kCells) {
    for (const long units : {1L, 7L, 16L, 17L, 64L, 65L}) {
      same_bits_for_every_schedule<float>({cell, 1, 3, 1, units, 1, 0, Dropout::none, true});
      same_bits_for_every_schedule<float>({cell, 7, 1, 9, units, 2, 0, Dropout::none, false});
    }
  }
}

TEST_CASE("more rows than one chunk of the weight gradients") {
  same_bits_for_every_schedule<float>({Cell::lstm, 9, 61, 4, 8, 1, 1, Dropout::none, true});
}

TEST_CASE("no time and no rows give states through and zero gradients") {
  for (const Cell cell : kCells) {
    same_bits_for_every_schedule<float>({cell, 3, 0, 2, 5, 1, 0, Dropout::none, true});
    same_bits_for_every_schedule<float>({cell, 0, 3, 2, 5, 1, 0, Dropout::none, true});
  }
}

namespace {

// 40 rows and 23 steps, six of them in a chunk: four windows, chunks of masked rows of all sizes.
Case many_windows(Cell cell, int mask, Dropout dropout) {
  return {cell, 40, 23, 3, 19, mask % 2 + 1, mask, dropout, mask != 2};
}

template <class T>
void same_bits_in_exact_modes(Case c) {
  const auto full = results_with<T>(c, 1, nullptr);
  const auto check = [&](const char* what, int threads, const char* split) {
    const auto found = results_with<T>(c, threads, split);
    REQUIRE(found.size() == full.size());
    const bool same = std::memcmp(full.data(), found.data(), full.size() * sizeof(T)) == 0;
    CHECK_MESSAGE(same, what, " cell ", static_cast<int>(c.cell), " mask ", c.mask, " split ",
                  std::string(split), " dropout ", static_cast<int>(c.dropout));
  };
  const auto check_all = [&](const char* what) {
    check(what, 1, "batch");
    check(what, 3, "units");
    check(what, 4, "2d");
  };
  c.mode = Remat::recompute;
  check_all("recompute");
  c.shrunk = Remat::checkpoint;
  check("recompute, then checkpoint", 2, "batch");
  c.mode = Remat::full;
  check("full, then checkpoint", 1, "batch");
  c.shrunk = Remat::recompute;
  check("full, then recompute", 2, "units");
  c.shrunk = std::nullopt;
  c.mode = Remat::checkpoint;
  check_all("checkpoint");
}

}  // namespace

TEST_CASE("exact memory modes give the same bits") {
  for (const Cell cell : kCells) {
    for (const int mask : {0, 1, 2, 3}) {
      const Dropout dropout = mask % 2 == 0 ? Dropout::per_gate : Dropout::one_mask;
      same_bits_in_exact_modes<float>(many_windows(cell, mask, dropout));
    }
    same_bits_in_exact_modes<float>(many_windows(cell, 0, Dropout::none));
    same_bits_in_exact_modes<double>(many_windows(cell, 3, Dropout::none));
    same_bits_in_exact_modes<float>({cell, 3, 0, 2, 5, 1, 0, Dropout::none, true});
    same_bits_in_exact_modes<float>({cell, 3, 100, 2, 17, 1, 0, Dropout::none, true});
    same_bits_in_exact_modes<float>({cell, 400, 3, 2, 7, 1, 1, Dropout::none, true});
  }
}

TEST_CASE("all kept, in windows where it leaves the last cache: the same bits") {
  Case c{Cell::gru, 400, 210, 2, 16, 1, 0, Dropout::none, true};
  const Run<float> run(c);
  REQUIRE(run.saved_bytes() > static_cast<std::size_t>(kLastCache));
  CHECK(results_with<float>(c, 3, nullptr) == run.results());
  c.mode = Remat::checkpoint;
  CHECK(results_with<float>(c, 1, nullptr) == run.results());
}

TEST_CASE("bfloat16 rounds what is saved and nothing else") {
  for (const Cell cell : kCells) {
    for (const int mask : {0, 1, 2, 3}) {
      Case c = many_windows(cell, mask, Dropout::none);
      const Run<float> full(c);
      c.mode = Remat::bfloat16;
      same_bits_for_every_schedule<float>(c);
      const Run<float> rounded(c);
      const auto& a = full.results();
      const auto& b = rounded.results();
      const long outputs = c.batch * c.units * c.directions * (c.sequences ? c.steps : 1);
      CHECK(std::memcmp(a.data(), b.data(), at(outputs) * sizeof(float)) == 0);
      double difference = 0, norm = 0;
      for (std::size_t i = at(outputs); i < a.size(); ++i) {
        difference += (a[i] - b[i]) * (a[i] - b[i]);
        norm += a[i] * a[i];
      }
      CHECK(difference > 0);
      CHECK(difference < 1e-3 * norm);  // 3 %; a value is off by up to 0.4 %
      CHECK(rounded.saved_bytes() <= full.saved_bytes() / 2);
    }
  }
}

TEST_CASE("truncated: modes and schedules agree, a border past the end changes nothing") {
  for (const Cell cell : kCells) {
    for (const int mask : {0, 3}) {
      Case c = many_windows(cell, mask, Dropout::one_mask);
      const auto whole = results_with<float>(c, 1, nullptr);
      c.truncate = 23;
      CHECK(results_with<float>(c, 1, nullptr) == whole);
      c.truncate = 5;
      CHECK(results_with<float>(c, 1, nullptr) != whole);
      same_bits_in_exact_modes<float>(c);
    }
  }
}
