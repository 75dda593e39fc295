// One pass over [x, h] with [W; U], gates interleaved: the four gates of the same units meet in
// registers, and the activations are the end of the product. No gate is written to memory.

#include <algorithm>

#include "lstm.h"
#include "vector.h"

namespace {

constexpr long kTileRows = kRegisters == 32 ? 4 : 2;
constexpr long kDepth = kInputs + kUnits;

class Fused : public Version {
 public:
  explicit Fused(const Layer& layer) : layer_(layer) {
    for (long u = 0; u < kUnits; u += kLanes) {
      append(layer.kernel, kInputs, u);
      append(layer.recurrent, kUnits, u);
    }
  }

  void run(float* y) override {
    Values h[2] = {Values(kBatch * kUnits), Values(kBatch * kUnits)}, c(kBatch * kUnits);
    for (long step = 0; step < kSteps; ++step) {
      const float* before = h[step % 2].data();
      float* after = h[1 - step % 2].data();
      for (long u = 0; u < kUnits; u += kLanes)
        for (long row = 0; row < kBatch; row += kTileRows)
          tile(layer_.x.data() + (row * kSteps + step) * kInputs, before + row * kUnits, u,
               c.data() + row * kUnits + u, after + row * kUnits + u);
      for (long row = 0; row < kBatch; ++row)
        std::copy_n(after + row * kUnits, kUnits, y + (row * kSteps + step) * kUnits);
    }
  }

 private:
  // The units u .. u + kLanes of the four gates, row by row of the weights.
  void append(const Values& weights, long depth, long u) {
    for (long k = 0; k < depth; ++k)
      for (long gate = 0; gate < 4; ++gate) {
        const float* first = weights.data() + k * kColumns + gate * kUnits + u;
        packed_.insert(packed_.end(), first, first + kLanes);
      }
  }

  // sums[r][gate] += in[r][0 .. depth] * weights [depth, 4, kLanes]
  static void add(Vec (&sums)[kTileRows][4], const float* in, long stride, long depth,
                  const float* weights) {
    for (long k = 0; k < depth; ++k) {
      const float* w = weights + k * 4 * kLanes;
      const Vec gate[4] = {load(w), load(w + kLanes), load(w + 2 * kLanes), load(w + 3 * kLanes)};
#pragma GCC unroll 4
      for (long r = 0; r < kTileRows; ++r) {
        const Vec value = Vec{} + in[r * stride + k];
#pragma GCC unroll 4
        for (long g = 0; g < 4; ++g) sums[r][g] += value * gate[g];
      }
    }
  }

  void tile(const float* x, const float* before, long u, float* c, float* after) const {
    Vec sums[kTileRows][4];
    for (long r = 0; r < kTileRows; ++r)
      for (long g = 0; g < 4; ++g) sums[r][g] = load(layer_.bias.data() + g * kUnits + u);
    const float* weights = packed_.data() + u * 4 * kDepth;
    add(sums, x, kSteps * kInputs, kInputs, weights);
    add(sums, before, kUnits, kUnits, weights + 4 * kLanes * kInputs);
    for (long r = 0; r < kTileRows; ++r) {
      const Vec state = sigmoid(sums[r][1]) * load(c + r * kUnits) +
                        sigmoid(sums[r][0]) * hyperbolic_tangent(sums[r][2]);
      store(c + r * kUnits, state);
      store(after + r * kUnits, sigmoid(sums[r][3]) * hyperbolic_tangent(state));
    }
  }

  const Layer& layer_;
  Values packed_;
};

}  // namespace

Version* fused(const Layer& layer) { return new Fused(layer); }
