// A million steps of an LSTM, each timed by itself: what a step takes as a rule, once in a thousand
// times, and at worst. Prints one JSON object.

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "layer.h"
#include "tidegate/session.h"

namespace {

using namespace steps;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kSteps = 1000000;
constexpr int kWarmUp = 10000;

// How often the system has taken the processor away.
long interruptions() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

// Sorted nanoseconds of what `step` does, the clock included.
template <class Step>
std::vector<float> sorted_times(Step&& step) {
  std::vector<float> times(kSteps);  // written here once, so that its pages are there
  for (int i = 0; i < kWarmUp; ++i) step();
  Clock::time_point before = Clock::now();
  for (float& time : times) {
    step();
    const Clock::time_point after = Clock::now();
    time = std::chrono::duration<float, std::nano>(after - before).count();
    before = after;
  }
  std::sort(times.begin(), times.end());
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
  const std::vector<float> times = sorted_times([&] { session.step(x.data(), y.data()); });
  const long interrupted = interruptions() - before;
  const std::vector<float> clock = sorted_times([] {});
  std::printf(
      "{\"units\": %ld, \"steps\": %zu, \"median\": %.0f, \"p999\": %.0f, \"worst\": %.0f, "
      "\"clock\": %.0f, \"interrupted\": %ld}\n",
      units, kSteps, times[kSteps / 2], times[kSteps / 1000 * 999], times.back(), clock[kSteps / 2],
      interrupted);
  return 0;
}
