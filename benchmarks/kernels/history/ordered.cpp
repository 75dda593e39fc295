// The two inner loops exchanged: along a row of the weights, which the compiler turns into vector
// instructions. Every multiply-add still loads and stores its sum.

#include <algorithm>
#include <cmath>

#include "lstm.h"

namespace {

float sigmoid(float v) { return 1.0F / (1.0F + std::exp(-v)); }

// sums[n] += value * weights[n]
void add(float* sums, float value, const float* weights) {
  for (long n = 0; n < kColumns; ++n) sums[n] += value * weights[n];
}

class Ordered : public Version {
 public:
  explicit Ordered(const Layer& layer) : layer_(layer) {}

  void run(float* y) override {
    Values h(kUnits), c(kUnits), gates(kColumns);
    for (long row = 0; row < kBatch; ++row) {
      std::fill(h.begin(), h.end(), 0.0F);
      std::fill(c.begin(), c.end(), 0.0F);
      for (long step = 0; step < kSteps; ++step) {
        const float* x = layer_.x.data() + (row * kSteps + step) * kInputs;
        std::copy(layer_.bias.begin(), layer_.bias.end(), gates.begin());
        for (long k = 0; k < kInputs; ++k)
          add(gates.data(), x[k], layer_.kernel.data() + k * kColumns);
        for (long k = 0; k < kUnits; ++k)
          add(gates.data(), h.data()[k], layer_.recurrent.data() + k * kColumns);
        activate(gates.data(), h.data(), c.data());
        std::copy(h.begin(), h.end(), y + (row * kSteps + step) * kUnits);
      }
    }
  }

 private:
  static void activate(const float* gates, float* h, float* c) {
    for (long u = 0; u < kUnits; ++u) {
      c[u] =
          sigmoid(gates[u + kUnits]) * c[u] + sigmoid(gates[u]) * std::tanh(gates[u + 2 * kUnits]);
      h[u] = sigmoid(gates[u + 3 * kUnits]) * std::tanh(c[u]);
    }
  }

  const Layer& layer_;
};

}  // namespace

Version* ordered(const Layer& layer) { return new Ordered(layer); }
