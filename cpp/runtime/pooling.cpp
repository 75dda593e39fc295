#include "runtime/pooling.h"

#include <limits>

namespace tidegate {
namespace {

// The number of steps lies in two floats, so that a stream may be longer than the 2^24 steps that
// one counts: count[0] * 2^24 + count[1].
constexpr float kCarry = 16777216.0F;

float next_count(float* count) {
  count[1] += 1;
  if (count[1] == kCarry) {
    count[0] += 1;
    count[1] = 0;
  }
  return count[0] * kCarry + count[1];
}

void average_row(float* total, const float* x, float* y, long n) {
  const float count = next_count(total + n);
  for (long i = 0; i < n; ++i) {
    total[i] += x[i];
    y[i] = total[i] / count;
  }
}

// A NaN stays one, as in NumPy.
void largest_row(float* largest, const float* x, float* y, long n) {
  for (long i = 0; i < n; ++i) {
    if (x[i] > largest[i] || x[i] != x[i]) largest[i] = x[i];
    y[i] = largest[i];
  }
}

}  // namespace

float running_start(OpKind kind) {
  return kind == OpKind::global_average_pooling ? -0.0F : -std::numeric_limits<float>::infinity();
}

void pool_step(const StepOp& op, const float* const* in, long rows) {
  const long width = running_width(op.kind, op.width);
  for (long r = 0; r < rows; ++r) {
    float* running = op.running + r * width;
    if (op.kind == OpKind::global_average_pooling) {
      average_row(running, in[r], op.out[r], op.width);
    } else {
      largest_row(running, in[r], op.out[r], op.width);
    }
  }
}

}  // namespace tidegate
