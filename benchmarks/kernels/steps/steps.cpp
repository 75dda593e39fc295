// One step of one layer at batch 1, input as wide as the layer, from C++: the time of
// Session::step. Prints one JSON object per cell, kind of weights and number of units.

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
using tidegate::Session;
using tidegate::WeightKind;

constexpr int kRounds = 41;
constexpr double kRound = 2e6;  // ns

struct Weights {
  const char* name;
  WeightKind kind;
};
constexpr Weights kWeights[] = {{"float32", WeightKind::float32},
                                {"bfloat16", WeightKind::bfloat16},
                                {"float16", WeightKind::float16},
                                {"int8", WeightKind::int8}};

double nanoseconds() {
  return std::chrono::duration<double, std::nano>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// The median over rounds of many steps each.
double step_time(Session& session, const Values& x, Values& y) {
  long steps = 64;
  std::vector<double> rounds;
  while (rounds.size() < kRounds) {
    const double start = nanoseconds();
    for (long i = 0; i < steps; ++i) session.step(x.data(), y.data());
    const double taken = nanoseconds() - start;
    if (taken < kRound / 2) {
      steps *= 2;
    } else {
      rounds.push_back(taken / static_cast<double>(steps));
    }
  }
  std::sort(rounds.begin(), rounds.end());
  return rounds[kRounds / 2];
}

bool measure(const CellKind& cell, const Weights& weights, long units) {
  std::string error;
  const auto graph = layer(cell, weights.kind, units, &error);
  if (graph == nullptr) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return false;
  }
  const Values x = values(units, 1.0F);
  Session session(graph);
  Values y(static_cast<std::size_t>(units));
  std::printf(
      "{\"cell\": \"%s\", \"weights\": \"%s\", \"units\": %ld, \"us\": %.4f, "
      "\"bytes\": %zu}\n",
      cell.name, weights.name, units, step_time(session, x, y) / 1e3, graph->weight_bytes());
  return true;
}

}  // namespace

int main(int count, char** units) {
  for (const CellKind& cell : {kLstm, kGru, kSimpleRnn}) {
    for (const Weights& weights : kWeights) {
      for (int i = 1; i < count; ++i) {
        if (!measure(cell, weights, std::atol(units[i]))) return 1;
      }
    }
  }
  return 0;
}
