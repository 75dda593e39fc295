// One step of one layer at batch 1, input as wide as the layer, from C++: the time of
// Session::step. Prints one JSON object per cell, kind of weights and number of units.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tidegate/session.h"

namespace {

using namespace tidegate;
using Values = std::vector<float>;

constexpr int kRounds = 41;
constexpr double kRound = 2e6;  // ns

struct CellKind {
  const char* name;
  OpKind kind;
  long gates;
};
constexpr CellKind kCells[] = {
    {"lstm", OpKind::lstm, 4}, {"gru", OpKind::gru, 3}, {"simple_rnn", OpKind::simple_rnn, 1}};

struct Weights {
  const char* name;
  WeightKind kind;
};
constexpr Weights kWeights[] = {{"float32", WeightKind::float32},
                                {"bfloat16", WeightKind::bfloat16}};

// Between -scale and scale; the same with every compiler.
Values values(long n, float scale) {
  static std::uint32_t state = 1;
  Values v(static_cast<std::size_t>(n));
  for (float& value : v) {
    state = state * 1664525U + 1013904223U;
    value = scale * (static_cast<float>(state >> 8) / 8388608.0F - 1.0F);
  }
  return v;
}

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
  const long columns = cell.gates * units;
  const float scale = 1.0F / static_cast<float>(units);
  const Values kernel = values(units * columns, scale), recurrent = values(units * columns, scale);
  const Values bias = values(2 * columns, 0.1F), x = values(units, 1.0F);
  OpSpec ops[2];
  ops[0].kind = OpKind::input;
  ops[0].outputs = units;
  ops[1].kind = cell.kind;
  ops[1].inputs = ops[1].outputs = units;
  ops[1].activation = ActivationKind::tanh;
  ops[1].kernel = kernel.data();
  ops[1].recurrent_kernel = recurrent.data();
  ops[1].bias = bias.data();
  GraphSpec spec;
  spec.ops = ops;
  spec.count = 2;
  spec.weights = weights.kind;
  std::string error;
  const auto graph = Graph::make(spec, &error);
  if (graph == nullptr) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return false;
  }
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
  for (const CellKind& cell : kCells) {
    for (const Weights& weights : kWeights) {
      for (int i = 1; i < count; ++i) {
        if (!measure(cell, weights, std::atol(units[i]))) return 1;
      }
    }
  }
  return 0;
}
