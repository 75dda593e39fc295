// Vectors of GCC and Clang, and sigmoid and tanh on them; -DVECTOR_BYTES says how wide.
#pragma once

#include <cstdint>
#include <cstring>

typedef float Vec __attribute__((vector_size(VECTOR_BYTES)));
typedef std::int32_t Int __attribute__((vector_size(VECTOR_BYTES)));
typedef float Loose __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));

constexpr long kLanes = VECTOR_BYTES / 4;
constexpr long kRegisters = VECTOR_BYTES == 64 ? 32 : 16;

inline Vec load(const float* p) { return *reinterpret_cast<const Loose*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<Loose*>(p) = v; }

// 2^n p(r) with x = n ln 2 + r; relative error about 2e-7, x between -87 and 87.
inline Vec exponential(Vec x) {
  x = x < -87.0F ? Vec{} - 87.0F : x;
  x = x > 87.0F ? Vec{} + 87.0F : x;
  const Vec shift = Vec{} + 12582912.0F;  // 1.5 * 2^23: adding it rounds to a whole number
  const Vec shifted = x * 1.44269504F + shift;
  const Vec n = shifted - shift;
  const Vec r = x - n * 0.693145752F - n * 1.42860677e-6F;
  Vec p = Vec{} + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  Int power, bits;
  std::memcpy(&power, &shifted, sizeof power);
  std::memcpy(&bits, &p, sizeof bits);
  bits += power << 23;
  std::memcpy(&p, &bits, sizeof p);
  return p;
}

inline Vec sigmoid(Vec v) { return 1.0F / (1.0F + exponential(-v)); }
inline Vec hyperbolic_tangent(Vec v) { return 2.0F * sigmoid(2.0F * v) - 1.0F; }
