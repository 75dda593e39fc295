// The gate equations of kernels/gates.h on one float, for the device and for the host's tests.
// `exact` takes exp, tanh and sigmoid from kernels/activations_f32.h, the CPU's own arithmetic.
// `fast` takes them from the special function unit through exp, for operands that are rounded to
// TF32 or float16 anyway: absolute error below 1e-6. `rough` takes its tanh, relative error 2^-11,
// which bfloat16 with its 2^-9 does not show.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#define TG_FN __host__ __device__ __forceinline__ static
#else
#define TG_FN inline
#endif
#define TG_V float
#define TG_SET(s) static_cast<float>(s)

namespace tidegate::cuda {

TG_FN float tg_add(float a, float b) { return a + b; }
TG_FN float tg_sub(float a, float b) { return a - b; }
TG_FN float tg_mul(float a, float b) { return a * b; }
TG_FN float tg_fma(float a, float b, float c) { return fmaf(a, b, c); }
TG_FN float tg_fnma(float a, float b, float c) { return fmaf(-a, b, c); }
TG_FN float tg_neg(float a) { return -a; }
TG_FN float tg_abs(float a) { return fabsf(a); }
TG_FN float tg_copysign(float a, float b) { return copysignf(a, b); }
// NaN is the second operand wherever it may come, and goes through.
TG_FN float tg_min(float a, float b) { return a < b ? a : b; }
TG_FN float tg_max(float a, float b) { return a > b ? a : b; }
TG_FN bool tg_less(float a, float b) { return a < b; }
TG_FN float tg_select(bool m, float a, float b) { return m ? a : b; }
TG_FN float tg_div(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fdiv_rn(a, b);
#else
  return a / b;
#endif
}
TG_FN float tg_exp2_rounded(float s) {
#ifdef __CUDA_ARCH__
  return __uint_as_float(__float_as_uint(s) << 23);
#else
  uint32_t bits;
  std::memcpy(&bits, &s, sizeof bits);
  bits <<= 23;
  std::memcpy(&s, &bits, sizeof bits);
  return s;
#endif
}

#define TIDEGATE_ACTIVATION_KINDS
enum TgActivation { TG_TANH = 0, TG_SIGMOID = 1, TG_RELU = 2, TG_LINEAR = 3, TG_HARD_SIGMOID = 4 };

namespace exact {
#include "kernels/activations_f32.h"
#include "kernels/gates.h"
}  // namespace exact

namespace fast {
// 1 / (1 + 2^(-x log2 e)); infinities saturate, NaN goes through.
TG_FN float tg_sigmoid(float x) {
#ifdef __CUDA_ARCH__
  float e, r;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(e) : "f"(x * -1.44269504f));
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(1.0f + e));
  return r;
#else
  return 1.0f / (1.0f + exp2f(x * -1.44269504f));
#endif
}
TG_FN float tg_tanh(float x) { return fmaf(2.0f, tg_sigmoid(x + x), -1.0f); }
#include "kernels/gates.h"
}  // namespace fast

namespace rough {
TG_FN float tg_tanh(float x) {
#ifdef __CUDA_ARCH__
  float r;
  asm("tanh.approx.f32 %0, %1;" : "=f"(r) : "f"(x));
  return r;
#else
  return tanhf(x);
#endif
}
TG_FN float tg_sigmoid(float x) { return fmaf(0.5f, tg_tanh(0.5f * x), 0.5f); }
#include "kernels/gates.h"
}  // namespace rough

}  // namespace tidegate::cuda

#undef TG_FN
#undef TG_V
#undef TG_SET
