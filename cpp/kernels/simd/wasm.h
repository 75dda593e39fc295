// WebAssembly's SIMD: 4 floats or 2 doubles. Words: simd/README.md.
//
// The one target that breaks a rule of theirs: there is no fused multiply-add, and one put together
// exactly would take some thirty instructions. tg_fma and tg_fnma round twice here, so results
// are not the bits of the other targets: each product is rounded once more.
#pragma once

#include <wasm_simd128.h>

#include <cstdint>

#include "core/bfloat16.h"
#include "core/float16.h"

namespace tidegate::TIDEGATE_TARGET {
namespace {

template <class T>
struct Vec;

template <>
struct Vec<float> {
  using Scalar = float;
  static constexpr int kLanes = 4;
  static constexpr int kTileRows = 3;  // what most machines have below: 16 registers
  v128_t v;

  static Vec load(const float* p) { return {wasm_v128_load(p)}; }
  static Vec load(const float* p, long n) {
    if (n >= 4) return load(p);
    v128_t v = wasm_f32x4_const_splat(0);
    if (n > 0) v = wasm_v128_load32_lane(p, v, 0);
    if (n > 1) v = wasm_v128_load32_lane(p + 1, v, 1);
    if (n > 2) v = wasm_v128_load32_lane(p + 2, v, 2);
    return {v};
  }
  static Vec zero() { return {wasm_f32x4_const_splat(0)}; }
  void store(float* p) const { wasm_v128_store(p, v); }
  void store(float* p, long n) const {
    if (n >= 4) return store(p);
    if (n > 0) wasm_v128_store32_lane(p, v, 0);
    if (n > 1) wasm_v128_store32_lane(p + 1, v, 1);
    if (n > 2) wasm_v128_store32_lane(p + 2, v, 2);
  }

  struct Pair {
    v128_t v;
  };
  static Pair load_pair(const bfloat16* p) { return {wasm_v128_load(p)}; }
};

template <>
struct Vec<double> {
  using Scalar = double;
  static constexpr int kLanes = 2;
  static constexpr int kTileRows = 3;
  v128_t v;

  static Vec load(const double* p) { return {wasm_v128_load(p)}; }
  static Vec load(const double* p, long n) {
    if (n >= 2) return load(p);
    return {n > 0 ? wasm_v128_load64_zero(p) : wasm_f64x2_const_splat(0)};
  }
  static Vec zero() { return {wasm_f64x2_const_splat(0)}; }
  void store(double* p) const { wasm_v128_store(p, v); }
  void store(double* p, long n) const {
    if (n >= 2) return store(p);
    if (n > 0) wasm_v128_store64_lane(p, v, 0);
  }
};

using Vf = Vec<float>;
using Vd = Vec<double>;

template <class V>
inline V tg_set(double s);
template <>
inline Vf tg_set<Vf>(double s) {
  return {wasm_f32x4_splat(static_cast<float>(s))};
}
template <>
inline Vd tg_set<Vd>(double s) {
  return {wasm_f64x2_splat(s)};
}
inline Vf tg_broadcast(const float* p) { return {wasm_v128_load32_splat(p)}; }
inline Vd tg_broadcast(const double* p) { return {wasm_v128_load64_splat(p)}; }

// There are no multiply-adds from memory, so what is loaded is held.
inline void tg_hold(Vf) {}
inline void tg_hold(Vd) {}
inline void tg_hold(Vf::Pair) {}

inline Vf tg_even(Vf::Pair p) { return {wasm_i32x4_shl(p.v, 16)}; }
inline Vf tg_odd(Vf::Pair p) { return {wasm_v128_and(p.v, wasm_u32x4_splat(0xFFFF0000U))}; }
inline Vf tg_widen(const bfloat16* p) { return {wasm_i32x4_shl(wasm_u32x4_load16x4(p), 16)}; }
// The exponent is moved by a product, which a subnormal float16 needs; infinity and NaN get theirs.
inline Vf tg_widen(const float16* p) {
  const v128_t half = wasm_u32x4_load16x4(p);
  const v128_t magnitude = wasm_v128_and(half, wasm_u32x4_splat(0x7FFF));
  const v128_t moved = wasm_f32x4_mul(wasm_i32x4_shl(magnitude, 13), wasm_f32x4_splat(0x1p112F));
  const v128_t special = wasm_i32x4_gt(magnitude, wasm_i32x4_splat(0x7BFF));
  const v128_t sign = wasm_i32x4_shl(wasm_v128_xor(half, magnitude), 16);
  const v128_t infinite = wasm_v128_and(special, wasm_u32x4_splat(0x7F800000U));
  return {wasm_v128_or(wasm_v128_or(moved, infinite), sign)};
}

// The bits of each value rounded to bfloat16, in the upper half of its lane; NaN stays NaN.
inline v128_t tg_rounded_bits(Vf a) {
  const v128_t tie = wasm_v128_and(wasm_u32x4_shr(a.v, 16), wasm_u32x4_splat(1));
  const v128_t up = wasm_i32x4_add(wasm_i32x4_add(a.v, wasm_u32x4_splat(0x7FFF)), tie);
  const v128_t quiet = wasm_v128_or(a.v, wasm_u32x4_splat(0x00400000));
  return wasm_v128_bitselect(up, quiet, wasm_f32x4_eq(a.v, a.v));
}
inline Vf::Pair tg_pair(Vf even, Vf odd) {
  return {wasm_v128_or(wasm_u32x4_shr(tg_rounded_bits(even), 16),
                       wasm_v128_and(tg_rounded_bits(odd), wasm_u32x4_splat(0xFFFF0000U)))};
}
inline void tg_store_pair(bfloat16* p, Vf::Pair pair) { wasm_v128_store(p, pair.v); }
inline void tg_narrow(bfloat16* p, Vf a) {
  const v128_t half = wasm_u32x4_shr(tg_rounded_bits(a), 16);
  wasm_v128_store64_lane(p, wasm_u16x8_narrow_i32x4(half, half), 0);
}

inline Vf tg_add(Vf a, Vf b) { return {wasm_f32x4_add(a.v, b.v)}; }
inline Vd tg_add(Vd a, Vd b) { return {wasm_f64x2_add(a.v, b.v)}; }
inline Vf tg_sub(Vf a, Vf b) { return {wasm_f32x4_sub(a.v, b.v)}; }
inline Vd tg_sub(Vd a, Vd b) { return {wasm_f64x2_sub(a.v, b.v)}; }
inline Vf tg_mul(Vf a, Vf b) { return {wasm_f32x4_mul(a.v, b.v)}; }
inline Vd tg_mul(Vd a, Vd b) { return {wasm_f64x2_mul(a.v, b.v)}; }
inline Vf tg_div(Vf a, Vf b) { return {wasm_f32x4_div(a.v, b.v)}; }
inline Vd tg_div(Vd a, Vd b) { return {wasm_f64x2_div(a.v, b.v)}; }
inline Vf tg_sqrt(Vf a) { return {wasm_f32x4_sqrt(a.v)}; }
inline Vd tg_sqrt(Vd a) { return {wasm_f64x2_sqrt(a.v)}; }
inline Vf tg_fma(Vf a, Vf b, Vf c) { return tg_add(tg_mul(a, b), c); }
inline Vd tg_fma(Vd a, Vd b, Vd c) { return tg_add(tg_mul(a, b), c); }
inline Vf tg_fnma(Vf a, Vf b, Vf c) { return tg_sub(c, tg_mul(a, b)); }
inline Vd tg_fnma(Vd a, Vd b, Vd c) { return tg_sub(c, tg_mul(a, b)); }
// The "pseudo" ones: the second operand of x86, their first, if either is NaN.
inline Vf tg_min(Vf a, Vf b) { return {wasm_f32x4_pmin(b.v, a.v)}; }
inline Vd tg_min(Vd a, Vd b) { return {wasm_f64x2_pmin(b.v, a.v)}; }
inline Vf tg_max(Vf a, Vf b) { return {wasm_f32x4_pmax(b.v, a.v)}; }
inline Vd tg_max(Vd a, Vd b) { return {wasm_f64x2_pmax(b.v, a.v)}; }
inline Vf tg_neg(Vf a) { return {wasm_f32x4_neg(a.v)}; }
inline Vd tg_neg(Vd a) { return {wasm_f64x2_neg(a.v)}; }
inline Vf tg_abs(Vf a) { return {wasm_f32x4_abs(a.v)}; }
inline Vd tg_abs(Vd a) { return {wasm_f64x2_abs(a.v)}; }
inline Vf tg_copysign(Vf m, Vf s) {
  return {wasm_v128_bitselect(s.v, m.v, wasm_u32x4_splat(1U << 31))};
}
inline Vd tg_copysign(Vd m, Vd s) {
  return {wasm_v128_bitselect(s.v, m.v, wasm_i64x2_splat(INT64_MIN))};
}
// A comparison's result: all bits set in the lanes where it holds.
inline v128_t tg_less(Vf a, Vf b) { return wasm_f32x4_lt(a.v, b.v); }
inline v128_t tg_less(Vd a, Vd b) { return wasm_f64x2_lt(a.v, b.v); }
inline Vf tg_select(v128_t m, Vf a, Vf b) { return {wasm_v128_bitselect(a.v, b.v, m)}; }
inline Vd tg_select(v128_t m, Vd a, Vd b) { return {wasm_v128_bitselect(a.v, b.v, m)}; }
inline Vf tg_keep(Vf a, long n) {
  const v128_t lane = wasm_f32x4_const(0, 1, 2, 3);
  return tg_select(wasm_f32x4_lt(lane, wasm_f32x4_splat(static_cast<float>(n))), a, Vf::zero());
}
inline Vd tg_keep(Vd a, long n) {
  const v128_t lane = wasm_f64x2_const(0, 1);
  return tg_select(wasm_f64x2_lt(lane, wasm_f64x2_splat(static_cast<double>(n))), a, Vd::zero());
}
inline Vf tg_exp2_rounded(Vf s) { return {wasm_i32x4_shl(s.v, 23)}; }
inline Vd tg_exp2_rounded(Vd s) { return {wasm_i64x2_shl(s.v, 52)}; }

// Whole numbers of 8 bits, see simd/README.md.
struct Sums {
  v128_t v;
  static Sums zero() { return {wasm_i32x4_const_splat(0)}; }
};
struct Fours {
  v128_t v;
  static Fours load(const std::int8_t* p) { return {wasm_v128_load(p)}; }
};
using FourOfRow = Fours;
inline FourOfRow tg_four(const std::int8_t* p) { return {wasm_v128_load32_splat(p)}; }
inline Sums tg_dot(Sums acc, FourOfRow x, Fours w) {
  const v128_t low = wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_extmul_low_i8x16(x.v, w.v));
  const v128_t high = wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_extmul_high_i8x16(x.v, w.v));
  const v128_t even = wasm_i32x4_shuffle(low, high, 0, 2, 4, 6);
  const v128_t odd = wasm_i32x4_shuffle(low, high, 1, 3, 5, 7);
  return {wasm_i32x4_add(acc.v, wasm_i32x4_add(even, odd))};
}
inline Sums tg_all(std::int32_t s) { return {wasm_i32x4_splat(s)}; }
inline Sums tg_add(Sums a, Sums b) { return {wasm_i32x4_add(a.v, b.v)}; }
inline Vf tg_to_float(Sums a) { return {wasm_f32x4_convert_i32x4(a.v)}; }
inline void tg_store_bytes(std::int8_t* p, Vf a) {
  const v128_t low = wasm_v128_and(a.v, wasm_u32x4_splat(0xFF));
  const v128_t words = wasm_u16x8_narrow_i32x4(low, low);
  wasm_v128_store32_lane(p, wasm_u8x16_narrow_i16x8(words, words), 0);
}
inline std::int32_t tg_start(const std::int8_t*, long) { return 0; }
constexpr int kByteOffset = 0;
constexpr int kByteRows = 2;
constexpr int kByteChains = 1;

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
