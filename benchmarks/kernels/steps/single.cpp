// A million steps of an LSTM, each timed by itself: what a step takes as a rule, once in a thousand
// times, and at worst. Prints one JSON object.

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "layer.h"
#include "tidegate/session.h"

namespace {

using namespace steps;
using Clock = std::chrono::steady_clock;

constexpr long kSteps = 1000000;
constexpr int kWarmUp = 10000;

// How often the system has taken the processor away.
long interruptions() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

// Counts of times by nanosecond. A list of a million of them would show itself: each new page of it
// costs one step of a thousand some hundred nanoseconds.
class Times {
 public:
  void add(long ns) {
    ++counts_[static_cast<std::size_t>(std::min(ns, kMost))];
    worst_ = std::max(worst_, ns);
  }
  // What `share` of them took at most; at most kMost.
  long quantile(double share) const {
    long left = std::lround(share * kSteps);
    std::size_t ns = 0;
    while (left > counts_[ns]) left -= counts_[ns++];
    return static_cast<long>(ns);
  }
  long worst() const { return worst_; }

 private:
  static constexpr long kMost = 9999;

  std::vector<long> counts_ = std::vector<long>(kMost + 1);
  long worst_ = 0;
};

// What `step` takes, the clock included.
template <class Step>
Times times_of(Step&& step) {
  Times times;
  for (int i = 0; i < kWarmUp; ++i) step();
  Clock::time_point before = Clock::now();
  for (long i = 0; i < kSteps; ++i) {
    step();
    const Clock::time_point after = Clock::now();
    times.add(std::chrono::duration_cast<std::chrono::nanoseconds>(after - before).count());
    before = after;
  }
  return times;
}

}  // namespace

int main(int count, char** arguments) {
  const long units = count == 2 ? std::atol(arguments[1]) : 0;
  std::string error = "single UNITS";
  const auto graph =
      units > 0 ? layer(kLstm, tidegate::WeightKind::float32, units, &error) : nullptr;
  if (graph == nullptr) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return 1;
  }
  tidegate::Session session(graph);
  const Values x = values(units, 1.0F);
  Values y(x.size());
  const long before = interruptions();
  const Times times = times_of([&] { session.step(x.data(), y.data()); });
  const long interrupted = interruptions() - before;
  const Times clock = times_of([] {});
  std::printf(
      "{\"units\": %ld, \"steps\": %ld, \"median\": %ld, \"p999\": %ld, \"worst\": %ld, "
      "\"clock\": %ld, \"interrupted\": %ld}\n",
      units, kSteps, times.quantile(0.5), times.quantile(0.999), times.worst(), clock.quantile(0.5),
      interrupted);
  return 0;
}
