// Two stacked LSTM layers on two threads: as the library runs them (layer after layer, both threads
// in each), and as a wavefront (a thread for each layer, the second one chunk of steps behind).
// The wavefront is the library's own driver called chunk by chunk, so it pays for a call per chunk;
// one inside the driver would pay a little less. Same bits are demanded before anything is timed.
//
// Usage: wavefront steps (units rows chunk...)+ separated by commas; one JSON object per triple.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../values.h"
#include "core/relax.h"
#include "core/team.h"
#include "rnn/forward.h"

namespace {

using namespace tidegate;
using Clock = std::chrono::steady_clock;

constexpr double kSampleMs = 4.0;

std::size_t at(long i) { return static_cast<std::size_t>(i); }

// Sequences cut into chunks: [chunk][B, chunk steps, H], so that each is an array of its own.
using Chunks = std::vector<Values>;

class Layer {
 public:
  Layer(long rows, long units)
      : rows_(rows),
        units_(units),
        kernel_(values(4 * units * units, 1.0F / std::sqrt(static_cast<float>(units)))),
        recurrent_(values(4 * units * units, 1.0F / std::sqrt(static_cast<float>(units)))),
        bias_(values(4 * units, 0.1F)),
        weights_(CellSpec{Cell::lstm, units, units}, kernel_.data(), recurrent_.data(),
                 bias_.data()) {}

  // One call; the state goes on from the chunk before unless `first`.
  void run(const SequencePlan& plan, const Values& x, Values& y, bool first) {
    Direction<float> d{};
    d.weights = &weights_;
    d.plan = &plan;
    d.activation = Activation::tanh;
    d.recurrent_activation = Activation::sigmoid;
    d.x = x.data();
    d.h0 = first ? nullptr : h_[turn_].data();
    d.c0 = first ? nullptr : c_[turn_].data();
    d.sequences = true;
    d.y_row_stride = plan.steps() * units_;
    d.y_step_stride = units_;
    turn_ = 1 - turn_;
    CancelToken cancel;
    saved_.clear();
    recurrent_forward<float>({d}, std::nullopt, {{y.data(), h_[turn_].data(), c_[turn_].data()}},
                             saved_, cancel);
  }

 private:
  long rows_, units_;
  Values kernel_, recurrent_, bias_;
  PackedWeights<float> weights_;
  Values h_[2] = {Values(at(rows_ * units_)), Values(at(rows_* units_))};
  Values c_[2] = {Values(at(rows_ * units_)), Values(at(rows_* units_))};
  int turn_ = 0;
  std::vector<Saved<float>> saved_;
};

// A second thread. Awake it spins for work, as a worker of the team does between regions; asleep it
// leaves its CPU to the team.
class Helper {
 public:
  Helper() : thread_([this] { serve(); }) {}
  ~Helper() {
    set(kEnd);
    thread_.join();
  }
  void wake() { set(kIdle); }
  void sleep() { set(kAsleep); }
  void start(const std::function<void()>& work) {
    work_ = &work;
    set(kWork);
  }
  void wait() const {
    while (state_.load(std::memory_order_acquire) == kWork) relax();
  }

 private:
  static constexpr int kAsleep = 0, kIdle = 1, kWork = 2, kEnd = 3;

  void set(int state) {
    const bool asleep = state_.exchange(state, std::memory_order_release) == kAsleep;
    if (asleep) state_.notify_one();
  }

  void serve() {
    for (int state; (state = state_.load(std::memory_order_acquire)) != kEnd;) {
      if (state == kAsleep) state_.wait(kAsleep);
      if (state == kWork) {
        (*work_)();
        state_.store(kIdle, std::memory_order_release);
      }
      relax();
    }
  }

  const std::function<void()>* work_ = nullptr;
  std::atomic<int> state_{kAsleep};
  std::thread thread_;
};

class Stack {
 public:
  Stack(long rows, long steps, long units, long chunk)
      : rows_(rows),
        steps_(steps),
        units_(units),
        chunk_(chunk),
        whole_(rows, steps, false, nullptr),
        part_(rows, chunk, false, nullptr),
        first_(rows, units),
        second_(rows, units),
        x_(values(rows * steps * units, 1.0F)),
        between_(x_.size()),
        y_(x_.size()) {
    for (long c = 0; c < chunks(); ++c) {
      x_parts_.push_back(cut(x_, c));
      between_parts_.emplace_back(at(rows * chunk * units));
      y_parts_.emplace_back(at(rows * chunk * units));
    }
  }

  void layer_after_layer(int threads) {
    set_thread_limit(threads);
    first_.run(whole_, x_, between_, true);
    second_.run(whole_, between_, y_, true);
  }

  void wavefront() {
    set_thread_limit(1);
    ready_.store(0);
    const std::function<void()> behind = [this] {
      for (long c = 0; c < chunks(); ++c) {
        while (ready_.load(std::memory_order_acquire) <= c) relax();
        second_.run(part_, between_parts_[at(c)], y_parts_[at(c)], c == 0);
      }
    };
    helper_.start(behind);
    for (long c = 0; c < chunks(); ++c) {
      first_.run(part_, x_parts_[at(c)], between_parts_[at(c)], c == 0);
      ready_.store(c + 1, std::memory_order_release);
    }
    helper_.wait();
  }

  // The second thread is there between these two.
  void begin_wavefronts() { helper_.wake(); }
  void end_wavefronts() { helper_.sleep(); }

  // Whether the last runs of both gave the same bits.
  bool equal() const {
    for (long c = 0; c < chunks(); ++c)
      if (cut(y_, c) != y_parts_[at(c)]) return false;
    return true;
  }

 private:
  long chunks() const { return steps_ / chunk_; }

  Values cut(const Values& whole, long c) const {
    Values part;
    for (long row = 0; row < rows_; ++row) {
      const auto begin = whole.begin() + (row * steps_ + c * chunk_) * units_;
      part.insert(part.end(), begin, begin + chunk_ * units_);
    }
    return part;
  }

  long rows_, steps_, units_, chunk_;
  SequencePlan whole_, part_;
  Layer first_, second_;
  Values x_, between_, y_;
  Chunks x_parts_, between_parts_, y_parts_;
  std::atomic<long> ready_{0};
  Helper helper_;
};

template <class Work>
double milliseconds(Work&& work) {
  const auto start = Clock::now();
  long calls = 0;
  double spent = 0;
  do {
    work();
    ++calls;
    spent = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  } while (spent < kSampleMs);
  return spent / static_cast<double>(calls);
}

void time(long steps, long units, long rows, long chunk, int rounds) {
  Stack stack(rows, steps, units, chunk);
  stack.layer_after_layer(2);
  stack.begin_wavefronts();
  stack.wavefront();
  stack.end_wavefronts();
  if (!stack.equal()) {
    std::fputs("the wavefront has other bits\n", stderr);
    std::exit(1);
  }
  std::printf("{\"units\": %ld, \"rows\": %ld, \"chunk\": %ld, \"rounds\": [", units, rows, chunk);
  for (int r = 0; r < rounds; ++r) {
    const double one = milliseconds([&] { stack.layer_after_layer(1); });
    const double two = milliseconds([&] { stack.layer_after_layer(2); });
    stack.begin_wavefronts();
    const double wave = milliseconds([&] { stack.wavefront(); });
    stack.end_wavefronts();
    std::printf("%s[%.5f, %.5f, %.5f]", r > 0 ? ", " : "", one, two, wave);
  }
  std::puts("]}");
}

// Nanoseconds of a barrier of two threads.
double barrier_ns() {
  constexpr long kWaits = 100'000;
  set_thread_limit(2);
  Barrier barrier(2);
  double best = HUGE_VAL;
  for (int r = 0; r < 5; ++r) {
    const auto start = Clock::now();
    const int size = run_team(2, [&](Member member) {
      for (long k = 0; k < kWaits; ++k) barrier.wait(member.index, nullptr);
    });
    const double ns = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
    if (size == 2) best = std::min(best, ns / static_cast<double>(kWaits));
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const long steps = std::atol(argv[1]);
  const int rounds = std::atoi(argv[2]);
  std::printf("{\"barrier_ns\": %.1f}\n", barrier_ns());
  for (int a = 3; a < argc; ++a) {
    long units = 0, rows = 0, chunk = 0;
    if (std::sscanf(argv[a], "%ld,%ld,%ld", &units, &rows, &chunk) != 3 || steps % chunk != 0)
      return 2;
    time(steps, units, rows, chunk, rounds);
    std::fflush(stdout);
  }
  return 0;
}
