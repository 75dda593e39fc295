// NEON of AArch64: 4 floats or 2 doubles, 32 registers. Words: simd/README.md.
#pragma once

#include <arm_neon.h>

#include <cstdint>

#include "core/bfloat16.h"
#include "core/float16.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Pairs of bfloat16 are read as words of little-endian order; big-endian builds use scalar."
#endif

namespace tidegate::TIDEGATE_TARGET {
namespace {

template <class T>
struct Vec;

template <>
struct Vec<float> {
  using Scalar = float;
  static constexpr int kLanes = 4;
  static constexpr int kTileRows = 5;
  float32x4_t v;

  static Vec load(const float* p) { return {vld1q_f32(p)}; }
  static Vec load(const float* p, long n) {
    if (n >= 4) return load(p);
    float32x4_t v = vdupq_n_f32(0);
    if (n > 0) v = vld1q_lane_f32(p, v, 0);
    if (n > 1) v = vld1q_lane_f32(p + 1, v, 1);
    if (n > 2) v = vld1q_lane_f32(p + 2, v, 2);
    return {v};
  }
  static Vec zero() { return {vdupq_n_f32(0)}; }
  void store(float* p) const { vst1q_f32(p, v); }
  void store(float* p, long n) const {
    if (n >= 4) return store(p);
    if (n > 0) vst1q_lane_f32(p, v, 0);
    if (n > 1) vst1q_lane_f32(p + 1, v, 1);
    if (n > 2) vst1q_lane_f32(p + 2, v, 2);
  }

  struct Pair {
    uint32x4_t v;
  };
  static Pair load_pair(const bfloat16* p) {
    return {vreinterpretq_u32_u16(vld1q_u16(reinterpret_cast<const std::uint16_t*>(p)))};
  }
};

template <>
struct Vec<double> {
  using Scalar = double;
  static constexpr int kLanes = 2;
  static constexpr int kTileRows = 5;
  float64x2_t v;

  static Vec load(const double* p) { return {vld1q_f64(p)}; }
  static Vec load(const double* p, long n) {
    if (n >= 2) return load(p);
    const float64x2_t zeros = vdupq_n_f64(0);
    return {n > 0 ? vld1q_lane_f64(p, zeros, 0) : zeros};
  }
  static Vec zero() { return {vdupq_n_f64(0)}; }
  void store(double* p) const { vst1q_f64(p, v); }
  void store(double* p, long n) const {
    if (n >= 2) return store(p);
    if (n > 0) vst1q_lane_f64(p, v, 0);
  }
};

using Vf = Vec<float>;
using Vd = Vec<double>;

template <class V>
inline V tg_set(double s);
template <>
inline Vf tg_set<Vf>(double s) {
  return {vdupq_n_f32(static_cast<float>(s))};
}
template <>
inline Vd tg_set<Vd>(double s) {
  return {vdupq_n_f64(s)};
}
inline Vf tg_broadcast(const float* p) { return {vld1q_dup_f32(p)}; }
inline Vd tg_broadcast(const double* p) { return {vld1q_dup_f64(p)}; }

// Nothing is multiplied straight from memory here, so what is loaded is held.
inline void tg_hold(Vf) {}
inline void tg_hold(Vd) {}
inline void tg_hold(Vf::Pair) {}

inline Vf tg_even(Vf::Pair p) { return {vreinterpretq_f32_u32(vshlq_n_u32(p.v, 16))}; }
inline Vf tg_odd(Vf::Pair p) {
  return {vreinterpretq_f32_u32(vandq_u32(p.v, vdupq_n_u32(0xFFFF0000U)))};
}
inline Vf tg_widen(const bfloat16* p) {
  const uint16x4_t half = vld1_u16(reinterpret_cast<const std::uint16_t*>(p));
  return {vreinterpretq_f32_u32(vshll_n_u16(half, 16))};
}
inline Vf tg_widen(const float16* p) {
  const uint16x4_t half = vld1_u16(reinterpret_cast<const std::uint16_t*>(p));
  return {vcvt_f32_f16(vreinterpret_f16_u16(half))};
}

// The bits of each value rounded to bfloat16, in the upper half of its lane; NaN stays NaN.
inline uint32x4_t tg_rounded_bits(Vf a) {
  const uint32x4_t bits = vreinterpretq_u32_f32(a.v);
  const uint32x4_t tie = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
  const uint32x4_t up = vaddq_u32(vaddq_u32(bits, vdupq_n_u32(0x7FFF)), tie);
  const uint32x4_t quiet = vorrq_u32(bits, vdupq_n_u32(0x00400000));
  return vbslq_u32(vceqq_f32(a.v, a.v), up, quiet);
}
inline Vf::Pair tg_pair(Vf even, Vf odd) {
  return {vsriq_n_u32(tg_rounded_bits(odd), tg_rounded_bits(even), 16)};
}
inline void tg_store_pair(bfloat16* p, Vf::Pair pair) {
  vst1q_u16(reinterpret_cast<std::uint16_t*>(p), vreinterpretq_u16_u32(pair.v));
}
inline void tg_narrow(bfloat16* p, Vf a) {
  vst1_u16(reinterpret_cast<std::uint16_t*>(p), vshrn_n_u32(tg_rounded_bits(a), 16));
}

inline Vf tg_add(Vf a, Vf b) { return {vaddq_f32(a.v, b.v)}; }
inline Vd tg_add(Vd a, Vd b) { return {vaddq_f64(a.v, b.v)}; }
inline Vf tg_sub(Vf a, Vf b) { return {vsubq_f32(a.v, b.v)}; }
inline Vd tg_sub(Vd a, Vd b) { return {vsubq_f64(a.v, b.v)}; }
inline Vf tg_mul(Vf a, Vf b) { return {vmulq_f32(a.v, b.v)}; }
inline Vd tg_mul(Vd a, Vd b) { return {vmulq_f64(a.v, b.v)}; }
inline Vf tg_div(Vf a, Vf b) { return {vdivq_f32(a.v, b.v)}; }
inline Vd tg_div(Vd a, Vd b) { return {vdivq_f64(a.v, b.v)}; }
inline Vf tg_sqrt(Vf a) { return {vsqrtq_f32(a.v)}; }
inline Vd tg_sqrt(Vd a) { return {vsqrtq_f64(a.v)}; }
inline Vf tg_fma(Vf a, Vf b, Vf c) { return {vfmaq_f32(c.v, a.v, b.v)}; }
inline Vd tg_fma(Vd a, Vd b, Vd c) { return {vfmaq_f64(c.v, a.v, b.v)}; }
inline Vf tg_fnma(Vf a, Vf b, Vf c) { return {vfmsq_f32(c.v, a.v, b.v)}; }
inline Vd tg_fnma(Vd a, Vd b, Vd c) { return {vfmsq_f64(c.v, a.v, b.v)}; }

// A comparison's result: all bits set in the lanes where it holds.
inline uint32x4_t tg_less(Vf a, Vf b) { return vcltq_f32(a.v, b.v); }
inline uint64x2_t tg_less(Vd a, Vd b) { return vcltq_f64(a.v, b.v); }
inline Vf tg_select(uint32x4_t m, Vf a, Vf b) { return {vbslq_f32(m, a.v, b.v)}; }
inline Vd tg_select(uint64x2_t m, Vd a, Vd b) { return {vbslq_f64(m, a.v, b.v)}; }
// FMIN and FMAX would give NaN if either is one, and order -0 before +0.
inline Vf tg_min(Vf a, Vf b) { return tg_select(tg_less(a, b), a, b); }
inline Vd tg_min(Vd a, Vd b) { return tg_select(tg_less(a, b), a, b); }
inline Vf tg_max(Vf a, Vf b) { return tg_select(tg_less(b, a), a, b); }
inline Vd tg_max(Vd a, Vd b) { return tg_select(tg_less(b, a), a, b); }
inline Vf tg_neg(Vf a) { return {vnegq_f32(a.v)}; }
inline Vd tg_neg(Vd a) { return {vnegq_f64(a.v)}; }
inline Vf tg_abs(Vf a) { return {vabsq_f32(a.v)}; }
inline Vd tg_abs(Vd a) { return {vabsq_f64(a.v)}; }
inline Vf tg_copysign(Vf m, Vf s) { return {vbslq_f32(vdupq_n_u32(1U << 31), s.v, m.v)}; }
inline Vd tg_copysign(Vd m, Vd s) {
  return {vbslq_f64(vdupq_n_u64(std::uint64_t{1} << 63), s.v, m.v)};
}
inline Vf tg_keep(Vf a, long n) {
  const float32x4_t lane = {0, 1, 2, 3};
  return tg_select(vcltq_f32(lane, vdupq_n_f32(static_cast<float>(n))), a, Vf::zero());
}
inline Vd tg_keep(Vd a, long n) {
  const float64x2_t lane = {0, 1};
  return tg_select(vcltq_f64(lane, vdupq_n_f64(static_cast<double>(n))), a, Vd::zero());
}
inline Vf tg_exp2_rounded(Vf s) {
  return {vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(s.v), 23))};
}
inline Vd tg_exp2_rounded(Vd s) {
  return {vreinterpretq_f64_u64(vshlq_n_u64(vreinterpretq_u64_f64(s.v), 52))};
}

// Whole numbers of 8 bits, see simd/README.md.
struct Sums {
  int32x4_t v;
  static Sums zero() { return {vdupq_n_s32(0)}; }
};
struct Fours {
  int8x16_t v;
  static Fours load(const std::int8_t* p) { return {vld1q_s8(p)}; }
};
using FourOfRow = Fours;
inline FourOfRow tg_four(const std::int8_t* p) {
  std::int32_t bits;
  __builtin_memcpy(&bits, p, sizeof bits);
  return {vreinterpretq_s8_s32(vdupq_n_s32(bits))};
}
#if defined(__ARM_FEATURE_DOTPROD)
inline Sums tg_dot(Sums acc, FourOfRow x, Fours w) { return {vdotq_s32(acc.v, w.v, x.v)}; }
#else
// Two products fill 16 bits, 2 * 127 * 127, so each half is widened as it is added up in pairs.
inline Sums tg_dot(Sums acc, FourOfRow x, Fours w) {
  const int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(x.v), vget_low_s8(w.v)));
  const int32x4_t high = vpaddlq_s16(vmull_high_s8(x.v, w.v));
  return {vaddq_s32(acc.v, vpaddq_s32(low, high))};
}
#endif
inline Sums tg_all(std::int32_t s) { return {vdupq_n_s32(s)}; }
inline Sums tg_add(Sums a, Sums b) { return {vaddq_s32(a.v, b.v)}; }
inline Vf tg_to_float(Sums a) { return {vcvtq_f32_s32(a.v)}; }
inline void tg_store_bytes(std::int8_t* p, Vf a) {
  const uint16x4_t words = vmovn_u32(vreinterpretq_u32_f32(a.v));
  const uint8x8_t bytes = vmovn_u16(vcombine_u16(words, words));
  const std::uint32_t four = vget_lane_u32(vreinterpret_u32_u8(bytes), 0);
  __builtin_memcpy(p, &four, sizeof four);
}
inline std::int32_t tg_start(const std::int8_t*, long) { return 0; }
constexpr int kByteOffset = 0;
constexpr int kByteRows = 2;
constexpr int kByteChains = 2;

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
