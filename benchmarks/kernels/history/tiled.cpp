// Two matrix products: first all steps' inputs, then the states of one step at a time. Weights lie
// in panels, and a tile of rows times columns stays in registers for a whole sum. The gates are
// written to memory, and a second pass activates them, with vectors too.

#include <algorithm>

#include "lstm.h"
#include "vector.h"

namespace {

constexpr long kTileRows = kRegisters == 32 ? 8 : 4;
constexpr long kPanel = 2 * kLanes;  // columns

// Columns n .. n + kPanel of [K, 4H] lie behind each other.
Values panels(const Values& weights, long depth) {
  Values packed;
  packed.reserve(weights.size());
  for (long n = 0; n < kColumns; n += kPanel)
    for (long k = 0; k < depth; ++k)
      for (long j = 0; j < kPanel; ++j)
        packed.push_back(weights[static_cast<std::size_t>(k * kColumns + n + j)]);
  return packed;
}

// out [rows, 4H] += in [rows, depth] * panel, one panel of columns.
void tile(const float* in, long in_stride, long depth, const float* panel, float* out) {
  Vec sums[kTileRows][2];
  for (long r = 0; r < kTileRows; ++r) {
    sums[r][0] = load(out + r * kColumns);
    sums[r][1] = load(out + r * kColumns + kLanes);
  }
  for (long k = 0; k < depth; ++k) {
    const Vec left = load(panel + k * kPanel), right = load(panel + k * kPanel + kLanes);
#pragma GCC unroll 8
    for (long r = 0; r < kTileRows; ++r) {
      const Vec value = Vec{} + in[r * in_stride + k];
      sums[r][0] += value * left;
      sums[r][1] += value * right;
    }
  }
  for (long r = 0; r < kTileRows; ++r) {
    store(out + r * kColumns, sums[r][0]);
    store(out + r * kColumns + kLanes, sums[r][1]);
  }
}

class Tiled : public Version {
 public:
  explicit Tiled(const Layer& layer)
      : layer_(layer),
        kernel_(panels(layer.kernel, kInputs)),
        recurrent_(panels(layer.recurrent, kUnits)),
        gates_(kBatch * kSteps * kColumns) {}

  void run(float* y) override {
    for (long i = 0; i < kSteps * kBatch; ++i)
      std::copy(layer_.bias.begin(), layer_.bias.end(), gates_.begin() + i * kColumns);
    for (long n = 0; n < kColumns; n += kPanel)
      for (long step = 0; step < kSteps; ++step)
        panel(layer_.x.data() + step * kInputs, kSteps * kInputs, kInputs, kernel_, step, n);
    Values h(kBatch * kUnits), c(kBatch * kUnits);
    for (long step = 0; step < kSteps; ++step) {
      for (long n = 0; n < kColumns; n += kPanel)
        panel(h.data(), kUnits, kUnits, recurrent_, step, n);
      for (long row = 0; row < kBatch; ++row) {
        float* state = h.data() + row * kUnits;
        activate(gates(step, row), state, c.data() + row * kUnits);
        std::copy_n(state, kUnits, y + (row * kSteps + step) * kUnits);
      }
    }
  }

 private:
  // gates [T, B, 4H]
  float* gates(long step, long row) { return gates_.data() + (step * kBatch + row) * kColumns; }

  // All rows of a step, kPanel columns.
  void panel(const float* in, long stride, long depth, const Values& packed, long step, long n) {
    for (long row = 0; row < kBatch; row += kTileRows)
      tile(in + row * stride, stride, depth, packed.data() + n * depth, gates(step, row) + n);
  }

  static void activate(const float* g, float* h, float* c) {
    for (long u = 0; u < kUnits; u += kLanes) {
      const Vec state = sigmoid(load(g + kUnits + u)) * load(c + u) +
                        sigmoid(load(g + u)) * hyperbolic_tangent(load(g + 2 * kUnits + u));
      store(c + u, state);
      store(h + u, sigmoid(load(g + 3 * kUnits + u)) * hyperbolic_tangent(state));
    }
  }

  const Layer& layer_;
  Values kernel_, recurrent_, gates_;
};

}  // namespace

Version* tiled(const Layer& layer) { return new Tiled(layer); }
