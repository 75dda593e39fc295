// As the equations are written: each gate of each unit is a sum over the inputs and one over the
// states, down a column of the weights, and the C library's exp and tanh.

#include <cmath>

#include "lstm.h"

namespace {

float sigmoid(float v) { return 1.0F / (1.0F + std::exp(-v)); }

class Naive : public Version {
 public:
  explicit Naive(const Layer& layer) : layer_(layer) {}

  void run(float* y) override {
    for (long row = 0; row < kBatch; ++row) {
      Values h(kUnits), c(kUnits), gates(kColumns);
      for (long step = 0; step < kSteps; ++step) {
        const float* x = &layer_.x[static_cast<std::size_t>((row * kSteps + step) * kInputs)];
        for (long n = 0; n < kColumns; ++n) gates[at(n)] = gate(x, h, n);
        for (long u = 0; u < kUnits; ++u) {
          const float in = sigmoid(gates[at(u)]);
          const float forget = sigmoid(gates[at(u + kUnits)]);
          const float candidate = std::tanh(gates[at(u + 2 * kUnits)]);
          const float out = sigmoid(gates[at(u + 3 * kUnits)]);
          c[at(u)] = forget * c[at(u)] + in * candidate;
          h[at(u)] = out * std::tanh(c[at(u)]);
          y[(row * kSteps + step) * kUnits + u] = h[at(u)];
        }
      }
    }
  }

 private:
  static std::size_t at(long i) { return static_cast<std::size_t>(i); }

  float gate(const float* x, const Values& h, long n) const {
    float sum = layer_.bias[at(n)];
    for (long k = 0; k < kInputs; ++k) sum += x[k] * layer_.kernel[at(k * kColumns + n)];
    for (long k = 0; k < kUnits; ++k) sum += h[at(k)] * layer_.recurrent[at(k * kColumns + n)];
    return sum;
  }

  const Layer& layer_;
};

}  // namespace

Version* naive(const Layer& layer) { return new Naive(layer); }
