// AVX-512 (F, BW, DQ, VL): 16 floats or 8 doubles, 32 registers, masked tails. Words:
// simd/README.md.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "core/bfloat16.h"
#include "core/float16.h"

namespace tidegate::TIDEGATE_TARGET {
namespace {

template <class T>
struct Vec;

inline __mmask16 first_lanes16(long n) {
  return static_cast<__mmask16>(n >= 16 ? 0xFFFFU : (1U << static_cast<unsigned>(n)) - 1U);
}
inline __mmask8 first_lanes8(long n) {
  return static_cast<__mmask8>(n >= 8 ? 0xFFU : (1U << static_cast<unsigned>(n)) - 1U);
}

template <>
struct Vec<float> {
  using Scalar = float;
  static constexpr int kLanes = 16;
  static constexpr int kTileRows = 6;
  __m512 v;

  static Vec load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static Vec load(const float* p, long n) { return {_mm512_maskz_loadu_ps(first_lanes16(n), p)}; }
  static Vec zero() { return {_mm512_setzero_ps()}; }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  void store(float* p, long n) const { _mm512_mask_storeu_ps(p, first_lanes16(n), v); }

  struct Pair {
    __m512i v;
  };
  static Pair load_pair(const bfloat16* p) { return {_mm512_loadu_si512(p)}; }
};

template <>
struct Vec<double> {
  using Scalar = double;
  static constexpr int kLanes = 8;
  static constexpr int kTileRows = 6;
  __m512d v;

  static Vec load(const double* p) { return {_mm512_loadu_pd(p)}; }
  static Vec load(const double* p, long n) { return {_mm512_maskz_loadu_pd(first_lanes8(n), p)}; }
  static Vec zero() { return {_mm512_setzero_pd()}; }
  void store(double* p) const { _mm512_storeu_pd(p, v); }
  void store(double* p, long n) const { _mm512_mask_storeu_pd(p, first_lanes8(n), v); }
};

using Vf = Vec<float>;
using Vd = Vec<double>;

template <class V>
inline V tg_set(double s);
template <>
inline Vf tg_set<Vf>(double s) {
  return {_mm512_set1_ps(static_cast<float>(s))};
}
template <>
inline Vd tg_set<Vd>(double s) {
  return {_mm512_set1_pd(s)};
}
inline Vf tg_broadcast(const float* p) { return {_mm512_set1_ps(*p)}; }
inline Vd tg_broadcast(const double* p) { return {_mm512_set1_pd(*p)}; }

// In a register from here on: gcc would read it once per use, as an operand of each.
inline void tg_hold(Vf& a) { asm("" : "+v"(a.v)); }
inline void tg_hold(Vd& a) { asm("" : "+v"(a.v)); }
inline void tg_hold(Vf::Pair& pair) { asm("" : "+v"(pair.v)); }
inline Vf tg_even(Vf::Pair p) { return {_mm512_castsi512_ps(_mm512_slli_epi32(p.v, 16))}; }
inline Vf tg_odd(Vf::Pair p) {
  const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xFFFF0000U));
  return {_mm512_castsi512_ps(_mm512_and_si512(p.v, upper))};
}
inline Vf tg_widen(const bfloat16* p) {
  const __m256i half = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16))};
}
inline Vf tg_widen(const float16* p) {
  return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}

// The bits of each value rounded to bfloat16, in the upper half of its lane; NaN stays NaN.
inline __m512i tg_rounded_bits(Vf a) {
  const __m512i bits = _mm512_castps_si512(a.v);
  const __m512i tie = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i up = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7FFF)), tie);
  const __mmask16 nan = _mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q);
  return _mm512_mask_or_epi32(up, nan, bits, _mm512_set1_epi32(0x00400000));
}
inline Vf::Pair tg_pair(Vf even, Vf odd) {
  const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xFFFF0000U));
  return {_mm512_or_si512(_mm512_srli_epi32(tg_rounded_bits(even), 16),
                          _mm512_and_si512(tg_rounded_bits(odd), upper))};
}
inline void tg_store_pair(bfloat16* p, Vf::Pair pair) { _mm512_storeu_si512(p, pair.v); }
inline void tg_narrow(bfloat16* p, Vf a) {
  const __m512i bits = _mm512_srli_epi32(tg_rounded_bits(a), 16);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(bits));
}

inline Vf tg_add(Vf a, Vf b) { return {_mm512_add_ps(a.v, b.v)}; }
inline Vd tg_add(Vd a, Vd b) { return {_mm512_add_pd(a.v, b.v)}; }
inline Vf tg_sub(Vf a, Vf b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline Vd tg_sub(Vd a, Vd b) { return {_mm512_sub_pd(a.v, b.v)}; }
inline Vf tg_mul(Vf a, Vf b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline Vd tg_mul(Vd a, Vd b) { return {_mm512_mul_pd(a.v, b.v)}; }
inline Vf tg_div(Vf a, Vf b) { return {_mm512_div_ps(a.v, b.v)}; }
inline Vd tg_div(Vd a, Vd b) { return {_mm512_div_pd(a.v, b.v)}; }
inline Vf tg_sqrt(Vf a) { return {_mm512_sqrt_ps(a.v)}; }
inline Vd tg_sqrt(Vd a) { return {_mm512_sqrt_pd(a.v)}; }
inline Vf tg_fma(Vf a, Vf b, Vf c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
inline Vd tg_fma(Vd a, Vd b, Vd c) { return {_mm512_fmadd_pd(a.v, b.v, c.v)}; }
inline Vf tg_fnma(Vf a, Vf b, Vf c) { return {_mm512_fnmadd_ps(a.v, b.v, c.v)}; }
inline Vd tg_fnma(Vd a, Vd b, Vd c) { return {_mm512_fnmadd_pd(a.v, b.v, c.v)}; }
inline Vf tg_min(Vf a, Vf b) { return {_mm512_min_ps(a.v, b.v)}; }
inline Vd tg_min(Vd a, Vd b) { return {_mm512_min_pd(a.v, b.v)}; }
inline Vf tg_max(Vf a, Vf b) { return {_mm512_max_ps(a.v, b.v)}; }
inline Vd tg_max(Vd a, Vd b) { return {_mm512_max_pd(a.v, b.v)}; }
inline Vf tg_neg(Vf a) { return {_mm512_xor_ps(a.v, _mm512_set1_ps(-0.0f))}; }
inline Vd tg_neg(Vd a) { return {_mm512_xor_pd(a.v, _mm512_set1_pd(-0.0))}; }
inline Vf tg_abs(Vf a) { return {_mm512_andnot_ps(_mm512_set1_ps(-0.0f), a.v)}; }
inline Vd tg_abs(Vd a) { return {_mm512_andnot_pd(_mm512_set1_pd(-0.0), a.v)}; }
inline Vf tg_copysign(Vf m, Vf s) {
  const __m512 sign = _mm512_set1_ps(-0.0f);
  return {_mm512_or_ps(_mm512_andnot_ps(sign, m.v), _mm512_and_ps(sign, s.v))};
}
inline Vd tg_copysign(Vd m, Vd s) {
  const __m512d sign = _mm512_set1_pd(-0.0);
  return {_mm512_or_pd(_mm512_andnot_pd(sign, m.v), _mm512_and_pd(sign, s.v))};
}
inline __mmask16 tg_less(Vf a, Vf b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ); }
inline __mmask8 tg_less(Vd a, Vd b) { return _mm512_cmp_pd_mask(a.v, b.v, _CMP_LT_OQ); }
inline Vf tg_select(__mmask16 m, Vf a, Vf b) { return {_mm512_mask_blend_ps(m, b.v, a.v)}; }
inline Vd tg_select(__mmask8 m, Vd a, Vd b) { return {_mm512_mask_blend_pd(m, b.v, a.v)}; }
inline Vf tg_keep(Vf a, long n) { return {_mm512_maskz_mov_ps(first_lanes16(n), a.v)}; }
inline Vd tg_keep(Vd a, long n) { return {_mm512_maskz_mov_pd(first_lanes8(n), a.v)}; }
inline Vf tg_exp2_rounded(Vf s) {
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(s.v), 23))};
}
inline Vd tg_exp2_rounded(Vd s) {
  return {_mm512_castsi512_pd(_mm512_slli_epi64(_mm512_castpd_si512(s.v), 52))};
}

// Whole numbers of 8 bits, see simd/README.md.
struct Sums {
  __m512i v;
  static Sums zero() { return {_mm512_setzero_si512()}; }
};
inline __m512i tg_four_bytes(const std::int8_t* p) {
  int bits;
  __builtin_memcpy(&bits, p, sizeof bits);
  return _mm512_set1_epi32(bits);
}
#if defined(__AVX512VNNI__)

struct FourOfRow {
  __m512i v;
};
struct Fours {
  __m512i v;
  static Fours load(const std::int8_t* p) { return {_mm512_loadu_si512(p)}; }
};
inline FourOfRow tg_four(const std::int8_t* p) { return {tg_four_bytes(p)}; }
inline Sums tg_dot(Sums acc, FourOfRow x, Fours w) {
  return {_mm512_dpbusd_epi32(acc.v, w.v, x.v)};
}
constexpr int kByteOffset = 128;
inline std::int32_t tg_start(const std::int8_t* x, long n) {
  __m512i sum = _mm512_setzero_si512();
  for (long i = 0; i < n; i += 64) {
    sum = _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(1), _mm512_loadu_si512(x + i));
  }
  return -kByteOffset * _mm512_reduce_add_epi32(sum);
}
constexpr int kByteRows = 4;
constexpr int kByteChains = 2;

#else

// As 16 bits: those at even places and those at odd ones.
struct Halves {
  __m512i even, odd;
};
inline Halves tg_halves(__m512i v) {
  return {_mm512_srai_epi16(_mm512_slli_epi16(v, 8), 8), _mm512_srai_epi16(v, 8)};
}
struct FourOfRow : Halves {};
struct Fours : Halves {
  static Fours load(const std::int8_t* p) { return {tg_halves(_mm512_loadu_si512(p))}; }
};
inline FourOfRow tg_four(const std::int8_t* p) { return {tg_halves(tg_four_bytes(p))}; }
inline Sums tg_dot(Sums acc, FourOfRow x, Fours w) {
  const __m512i even = _mm512_madd_epi16(x.even, w.even);
  const __m512i odd = _mm512_madd_epi16(x.odd, w.odd);
  return {_mm512_add_epi32(acc.v, _mm512_add_epi32(even, odd))};
}
inline std::int32_t tg_start(const std::int8_t*, long) { return 0; }
constexpr int kByteOffset = 0;
constexpr int kByteRows = 2;
constexpr int kByteChains = 1;

#endif
inline Sums tg_all(std::int32_t s) { return {_mm512_set1_epi32(s)}; }
inline Sums tg_add(Sums a, Sums b) { return {_mm512_add_epi32(a.v, b.v)}; }
inline Vf tg_to_float(Sums a) { return {_mm512_cvtepi32_ps(a.v)}; }
inline void tg_store_bytes(std::int8_t* p, Vf a) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(_mm512_castps_si512(a.v)));
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
