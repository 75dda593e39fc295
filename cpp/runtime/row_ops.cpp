#include "runtime/row_ops.h"

#include <algorithm>

#include "kernels/nn_table.h"
#include "kernels/table.h"
#include "nn/moments.h"

namespace tidegate {
namespace {

// Of functions that need what they were given beside what a kernel made of it.
constexpr long kChunk = 64;

// y = combine(x, function(x)), where y may be x.
template <class Combine>
void through_kernel(const InferenceKernels& kernels, int kind, const float* x, float* y, long n,
                    Combine combine) {
  float made[kChunk];
  for (long i = 0; i < n; i += kChunk) {
    const long count = std::min(kChunk, n - i);
    kernels.activation(kind, x + i, made, count);
    for (long j = 0; j < count; ++j) y[i + j] = combine(x[i + j], made[j]);
  }
}

void activate_row(const InferenceKernels& kernels, ActivationKind activation, float alpha,
                  const float* x, float* y, long n) {
  switch (activation) {
    case ActivationKind::softmax:
      return kernels.softmax(x, y, 1, n);
    case ActivationKind::leaky_relu:
      for (long i = 0; i < n; ++i) y[i] = x[i] > 0 ? x[i] : alpha * x[i];
      return;
    case ActivationKind::elu:
      return through_kernel(kernels, kActivationExp, x, y, n, [alpha](float given, float e) {
        return given > 0 ? given : alpha * (e - 1);
      });
    case ActivationKind::silu:
      return through_kernel(kernels, static_cast<int>(Activation::sigmoid), x, y, n,
                            [](float given, float s) { return given * s; });
    default:
      return kernels.activation(static_cast<int>(activation), x, y, n);
  }
}

void scale_rows(const StepOp& op, const float* const* in, long rows) {
  for (long r = 0; r < rows; ++r) {
    for (long i = 0; i < op.width; ++i) op.out[r][i] = in[r][i] * op.factor[i];
  }
  add_rows(op.offset, op.out, rows, op.width);
}

// In the order of ops/normalization.py, so that the bits are those of the layer.
void normalize_rows(const StepOp& op, const float* const* in, long rows) {
  for (long r = 0; r < rows; ++r) {
    const nn::Moments<float> found = nn::moments(in[r], op.width, op.epsilon);
    float* y = op.out[r];
    for (long i = 0; i < op.width; ++i) y[i] = (in[r][i] - found.mean) * found.inverse;
    if (op.factor == nullptr) continue;
    for (long i = 0; i < op.width; ++i) y[i] *= op.factor[i];
  }
  add_rows(op.offset, op.out, rows, op.width);
}

}  // namespace

void activate_rows(const InferenceKernels& kernels, ActivationKind activation, float alpha,
                   const float* const* in, float* const* out, long rows, long width) {
  if (activation == ActivationKind::linear && in == out) return;
  for (long r = 0; r < rows; ++r) activate_row(kernels, activation, alpha, in[r], out[r], width);
}

void add_rows(const float* offset, float* const* to, long rows, long width) {
  if (offset == nullptr) return;
  for (long r = 0; r < rows; ++r) {
    for (long i = 0; i < width; ++i) to[r][i] += offset[i];
  }
}

void compute_rows(const SessionPlan& plan, StepOp& op, long rows, int parity) {
  const float* const* in = op.in[parity];
  switch (op.kind) {
    case OpKind::dense:
      return compute_dense(plan, op, in, rows);
    case OpKind::activation:
      return activate_rows(*plan.kernels, op.activation, op.alpha, in, op.out, rows, op.width);
    case OpKind::scale:
      return scale_rows(op, in, rows);
    case OpKind::layer_normalization:
      return normalize_rows(op, in, rows);
    case OpKind::input:
      for (long r = 0; r < rows; ++r) std::copy_n(in[r], op.width, op.out[r]);
      return;
    default:
      return merge_rows(op, rows, parity);
  }
}

}  // namespace tidegate
