// AVX2 with FMA: 8 floats or 4 doubles, 16 registers. Words: simd/README.md.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "core/bfloat16.h"
#include "core/float16.h"

namespace tidegate::TIDEGATE_TARGET {
namespace {

template <class T>
struct Vec;

inline __m256i first_lanes8(long n) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n > 8 ? 8 : n)), lane);
}
inline __m256i first_lanes4(long n) {
  const __m256i lane = _mm256_setr_epi64x(0, 1, 2, 3);
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), lane);
}

template <>
struct Vec<float> {
  using Scalar = float;
  static constexpr int kLanes = 8;
  static constexpr int kTileRows = 3;
  __m256 v;

  static Vec load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static Vec load(const float* p, long n) { return {_mm256_maskload_ps(p, first_lanes8(n))}; }
  static Vec zero() { return {_mm256_setzero_ps()}; }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  void store(float* p, long n) const { _mm256_maskstore_ps(p, first_lanes8(n), v); }

  struct Pair {
    __m256i v;
  };
  static Pair load_pair(const bfloat16* p) {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
  }
};

template <>
struct Vec<double> {
  using Scalar = double;
  static constexpr int kLanes = 4;
  static constexpr int kTileRows = 3;
  __m256d v;

  static Vec load(const double* p) { return {_mm256_loadu_pd(p)}; }
  static Vec load(const double* p, long n) { return {_mm256_maskload_pd(p, first_lanes4(n))}; }
  static Vec zero() { return {_mm256_setzero_pd()}; }
  void store(double* p) const { _mm256_storeu_pd(p, v); }
  void store(double* p, long n) const { _mm256_maskstore_pd(p, first_lanes4(n), v); }
};

using Vf = Vec<float>;
using Vd = Vec<double>;

template <class V>
inline V tg_set(double s);
template <>
inline Vf tg_set<Vf>(double s) {
  return {_mm256_set1_ps(static_cast<float>(s))};
}
template <>
inline Vd tg_set<Vd>(double s) {
  return {_mm256_set1_pd(s)};
}
inline Vf tg_broadcast(const float* p) { return {_mm256_broadcast_ss(p)}; }
inline Vd tg_broadcast(const double* p) { return {_mm256_broadcast_sd(p)}; }

// Loads are not what limits this target.
inline void tg_hold(Vf) {}
inline void tg_hold(Vd) {}
inline void tg_hold(Vf::Pair) {}
inline Vf tg_even(Vf::Pair p) { return {_mm256_castsi256_ps(_mm256_slli_epi32(p.v, 16))}; }
inline Vf tg_odd(Vf::Pair p) {
  const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xFFFF0000U));
  return {_mm256_castsi256_ps(_mm256_and_si256(p.v, upper))};
}
inline Vf tg_widen(const bfloat16* p) {
  const __m128i half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16))};
}
inline Vf tg_widen(const float16* p) {
  return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
}

// The bits of each value rounded to bfloat16, in the upper half of its lane; NaN stays NaN.
inline __m256i tg_rounded_bits(Vf a) {
  const __m256i bits = _mm256_castps_si256(a.v);
  const __m256i tie = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i up = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7FFF)), tie);
  const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x00400000));
  const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(a.v, a.v, _CMP_UNORD_Q));
  return _mm256_blendv_epi8(up, quiet, nan);
}
inline Vf::Pair tg_pair(Vf even, Vf odd) {
  const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xFFFF0000U));
  return {_mm256_or_si256(_mm256_srli_epi32(tg_rounded_bits(even), 16),
                          _mm256_and_si256(tg_rounded_bits(odd), upper))};
}
inline void tg_store_pair(bfloat16* p, Vf::Pair pair) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), pair.v);
}
inline void tg_narrow(bfloat16* p, Vf a) {
  const __m256i bits = _mm256_srli_epi32(tg_rounded_bits(a), 16);
  const __m128i low = _mm256_castsi256_si128(bits);
  const __m128i high = _mm256_extracti128_si256(bits, 1);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm_packus_epi32(low, high));
}

inline Vf tg_add(Vf a, Vf b) { return {_mm256_add_ps(a.v, b.v)}; }
inline Vd tg_add(Vd a, Vd b) { return {_mm256_add_pd(a.v, b.v)}; }
inline Vf tg_sub(Vf a, Vf b) { return {_mm256_sub_ps(a.v, b.v)}; }
inline Vd tg_sub(Vd a, Vd b) { return {_mm256_sub_pd(a.v, b.v)}; }
inline Vf tg_mul(Vf a, Vf b) { return {_mm256_mul_ps(a.v, b.v)}; }
inline Vd tg_mul(Vd a, Vd b) { return {_mm256_mul_pd(a.v, b.v)}; }
inline Vf tg_div(Vf a, Vf b) { return {_mm256_div_ps(a.v, b.v)}; }
inline Vd tg_div(Vd a, Vd b) { return {_mm256_div_pd(a.v, b.v)}; }
inline Vf tg_sqrt(Vf a) { return {_mm256_sqrt_ps(a.v)}; }
inline Vd tg_sqrt(Vd a) { return {_mm256_sqrt_pd(a.v)}; }
inline Vf tg_fma(Vf a, Vf b, Vf c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
inline Vd tg_fma(Vd a, Vd b, Vd c) { return {_mm256_fmadd_pd(a.v, b.v, c.v)}; }
inline Vf tg_fnma(Vf a, Vf b, Vf c) { return {_mm256_fnmadd_ps(a.v, b.v, c.v)}; }
inline Vd tg_fnma(Vd a, Vd b, Vd c) { return {_mm256_fnmadd_pd(a.v, b.v, c.v)}; }
inline Vf tg_min(Vf a, Vf b) { return {_mm256_min_ps(a.v, b.v)}; }
inline Vd tg_min(Vd a, Vd b) { return {_mm256_min_pd(a.v, b.v)}; }
inline Vf tg_max(Vf a, Vf b) { return {_mm256_max_ps(a.v, b.v)}; }
inline Vd tg_max(Vd a, Vd b) { return {_mm256_max_pd(a.v, b.v)}; }
inline Vf tg_neg(Vf a) { return {_mm256_xor_ps(a.v, _mm256_set1_ps(-0.0f))}; }
inline Vd tg_neg(Vd a) { return {_mm256_xor_pd(a.v, _mm256_set1_pd(-0.0))}; }
inline Vf tg_abs(Vf a) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v)}; }
inline Vd tg_abs(Vd a) { return {_mm256_andnot_pd(_mm256_set1_pd(-0.0), a.v)}; }
inline Vf tg_copysign(Vf m, Vf s) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  return {_mm256_or_ps(_mm256_andnot_ps(sign, m.v), _mm256_and_ps(sign, s.v))};
}
inline Vd tg_copysign(Vd m, Vd s) {
  const __m256d sign = _mm256_set1_pd(-0.0);
  return {_mm256_or_pd(_mm256_andnot_pd(sign, m.v), _mm256_and_pd(sign, s.v))};
}
// A comparison's result is a vector of its own type: all bits set in the lanes where it holds.
inline Vf tg_less(Vf a, Vf b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
inline Vd tg_less(Vd a, Vd b) { return {_mm256_cmp_pd(a.v, b.v, _CMP_LT_OQ)}; }
inline Vf tg_select(Vf m, Vf a, Vf b) { return {_mm256_blendv_ps(b.v, a.v, m.v)}; }
inline Vd tg_select(Vd m, Vd a, Vd b) { return {_mm256_blendv_pd(b.v, a.v, m.v)}; }
inline Vf tg_keep(Vf a, long n) {
  return {_mm256_and_ps(a.v, _mm256_castsi256_ps(first_lanes8(n)))};
}
inline Vd tg_keep(Vd a, long n) {
  return {_mm256_and_pd(a.v, _mm256_castsi256_pd(first_lanes4(n)))};
}
inline Vf tg_exp2_rounded(Vf s) {
  return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(s.v), 23))};
}
inline Vd tg_exp2_rounded(Vd s) {
  return {_mm256_castsi256_pd(_mm256_slli_epi64(_mm256_castpd_si256(s.v), 52))};
}

// Whole numbers of 8 bits, see simd/README.md.
struct Sums {
  __m256i v;
  static Sums zero() { return {_mm256_setzero_si256()}; }
};
struct FourOfRow {
  __m256i v, magnitude;
};
struct Fours {
  __m256i v;
  static Fours load(const std::int8_t* p) {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
  }
};
inline FourOfRow tg_four(const std::int8_t* p) {
  int bits;
  __builtin_memcpy(&bits, p, sizeof bits);
  const __m256i v = _mm256_set1_epi32(bits);
  return {v, _mm256_abs_epi8(v)};
}
// |x| * (w with the sign of x) in pairs: at most 2 * 127 * 127, which 16 bits hold.
inline Sums tg_dot(Sums acc, FourOfRow x, Fours w) {
  const __m256i pairs = _mm256_maddubs_epi16(x.magnitude, _mm256_sign_epi8(w.v, x.v));
  return {_mm256_add_epi32(acc.v, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))};
}
inline Sums tg_all(std::int32_t s) { return {_mm256_set1_epi32(s)}; }
inline Sums tg_add(Sums a, Sums b) { return {_mm256_add_epi32(a.v, b.v)}; }
inline Vf tg_to_float(Sums a) { return {_mm256_cvtepi32_ps(a.v)}; }
inline void tg_store_bytes(std::int8_t* p, Vf a) {
  const __m256i low = _mm256_and_si256(_mm256_castps_si256(a.v), _mm256_set1_epi32(0xFF));
  const __m128i words =
      _mm_packus_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packus_epi16(words, words));
}
inline std::int32_t tg_start(const std::int8_t*, long) { return 0; }
constexpr int kByteOffset = 0;
constexpr int kByteRows = 2;
constexpr int kByteChains = 1;

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
