// Runs every version, compares its results with the first one's, then times them in turns; prints
// one JSON object per version.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>

#include "lstm.h"

namespace {

constexpr int kRounds = 15;
constexpr double kSlow = 50.0;  // ms: such a version is timed in three rounds only
constexpr double kTolerance = 1e-5;

struct Entry {
  const char* name;
  Version* (*make)(const Layer&);
  std::unique_ptr<Version> version;
  double error = 0;
  std::vector<double> ms;
};

double timed(Version& version, Values& y) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  version.run(y.data());
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double largest_error(const Values& y, const Values& right) {
  double worst = 0, largest = 0;
  for (std::size_t k = 0; k < y.size(); ++k) {
    const double difference = std::abs(static_cast<double>(y[k]) - right[k]);
    worst = std::isnan(difference) ? HUGE_VAL : std::max(worst, difference);
    largest = std::max(largest, std::abs(static_cast<double>(right[k])));
  }
  return worst / largest;
}

}  // namespace

int main() {
  const float scale = 1.0F / std::sqrt(static_cast<float>(kUnits));
  Layer layer;
  layer.x = values(kBatch * kSteps * kInputs, 1.0F);
  layer.kernel = values(kInputs * kColumns, scale);
  layer.recurrent = values(kUnits * kColumns, 2 * scale);
  layer.bias = values(kColumns, 0.1F);

  Entry entries[] = {{"naive", naive, nullptr, 0, {}},
                     {"ordered", ordered, nullptr, 0, {}},
                     {"tiled", tiled, nullptr, 0, {}},
                     {"fused", fused, nullptr, 0, {}},
                     {"shipped", shipped, nullptr, 0, {}}};
  Values right;
  for (Entry& entry : entries) {
    entry.version.reset(entry.make(layer));
    Values y(static_cast<std::size_t>(kBatch * kSteps * kUnits));
    timed(*entry.version, y);
    if (right.empty()) right = y;
    entry.error = largest_error(y, right);
    if (!(entry.error <= kTolerance)) {
      std::fprintf(stderr, "%s computes something else: error %.1e\n", entry.name, entry.error);
      return 1;
    }
  }
  Values y(right.size());
  for (int round = 0; round < kRounds; ++round)
    for (Entry& entry : entries)
      if (round < 3 || entry.ms[0] < kSlow) entry.ms.push_back(timed(*entry.version, y));
  const double gflop = 2.0 * kBatch * kSteps * kColumns * (kInputs + kUnits) / 1e9;
  for (Entry& entry : entries) {
    std::sort(entry.ms.begin(), entry.ms.end());
    const double ms = entry.ms[entry.ms.size() / 2];
    std::printf("{\"version\": \"%s\", \"ms\": %.3f, \"gflops\": %.2f, \"error\": %.1e}\n",
                entry.name, ms, gflop / ms * 1e3, entry.error);
  }
  return 0;
}
