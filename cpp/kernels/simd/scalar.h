// One lane: the definition of what every other target must compute, bit for bit.
// The words are the ones of simd/README.md. Where the compiler may not use FMA instructions,
// std::fma is exact all the same.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/bfloat16.h"
#include "core/float16.h"

namespace tidegate::TIDEGATE_TARGET {
namespace {

template <class T>
struct Vec {
  using Scalar = T;
  static constexpr int kLanes = 1;
  static constexpr int kTileRows = 2;
  T v;

  static Vec load(const T* p) { return {*p}; }
  static Vec load(const T* p, long n) { return {n > 0 ? *p : T(0)}; }
  static Vec zero() { return {T(0)}; }
  void store(T* p) const { *p = v; }
  void store(T* p, long n) const {
    if (n > 0) *p = v;
  }

  struct Pair {
    bfloat16 even, odd;
  };
  static Pair load_pair(const bfloat16* p) { return {p[0], p[1]}; }
};

template <class V>
inline V tg_set(double s) {
  return {static_cast<typename V::Scalar>(s)};
}
template <class T>
inline Vec<T> tg_broadcast(const T* p) {
  return {*p};
}
template <class T>
inline void tg_hold(Vec<T>) {}
inline void tg_hold(Vec<float>::Pair) {}
inline Vec<float> tg_even(Vec<float>::Pair p) { return {to_float(p.even)}; }
inline Vec<float> tg_odd(Vec<float>::Pair p) { return {to_float(p.odd)}; }
inline Vec<float> tg_widen(const bfloat16* p) { return {to_float(*p)}; }
inline Vec<float> tg_widen(const float16* p) { return {to_float(*p)}; }

inline Vec<float>::Pair tg_pair(Vec<float> even, Vec<float> odd) {
  return {to_bfloat16(even.v), to_bfloat16(odd.v)};
}
inline void tg_store_pair(bfloat16* p, Vec<float>::Pair pair) {
  p[0] = pair.even;
  p[1] = pair.odd;
}
inline void tg_narrow(bfloat16* p, Vec<float> a) { *p = to_bfloat16(a.v); }

template <class T>
inline Vec<T> tg_add(Vec<T> a, Vec<T> b) {
  return {a.v + b.v};
}
template <class T>
inline Vec<T> tg_sub(Vec<T> a, Vec<T> b) {
  return {a.v - b.v};
}
template <class T>
inline Vec<T> tg_mul(Vec<T> a, Vec<T> b) {
  return {a.v * b.v};
}
template <class T>
inline Vec<T> tg_div(Vec<T> a, Vec<T> b) {
  return {a.v / b.v};
}
template <class T>
inline Vec<T> tg_sqrt(Vec<T> a) {
  return {std::sqrt(a.v)};
}
template <class T>
inline Vec<T> tg_fma(Vec<T> a, Vec<T> b, Vec<T> c) {
  return {std::fma(a.v, b.v, c.v)};
}
template <class T>
inline Vec<T> tg_fnma(Vec<T> a, Vec<T> b, Vec<T> c) {
  return {std::fma(-a.v, b.v, c.v)};
}
template <class T>
inline Vec<T> tg_min(Vec<T> a, Vec<T> b) {
  return {a.v < b.v ? a.v : b.v};
}
template <class T>
inline Vec<T> tg_max(Vec<T> a, Vec<T> b) {
  return {a.v > b.v ? a.v : b.v};
}
template <class T>
inline Vec<T> tg_neg(Vec<T> a) {
  return {-a.v};
}
template <class T>
inline Vec<T> tg_abs(Vec<T> a) {
  return {std::fabs(a.v)};
}
template <class T>
inline Vec<T> tg_copysign(Vec<T> magnitude, Vec<T> sign) {
  return {std::copysign(magnitude.v, sign.v)};
}
template <class T>
inline bool tg_less(Vec<T> a, Vec<T> b) {
  return a.v < b.v;
}
template <class T>
inline Vec<T> tg_select(bool m, Vec<T> a, Vec<T> b) {
  return m ? a : b;
}
template <class T>
inline Vec<T> tg_keep(Vec<T> a, long n) {
  return n > 0 ? a : Vec<T>{T(0)};
}

inline Vec<float> tg_exp2_rounded(Vec<float> s) {
  std::uint32_t bits;
  std::memcpy(&bits, &s.v, sizeof bits);
  bits <<= 23;
  std::memcpy(&s.v, &bits, sizeof bits);
  return s;
}
inline Vec<double> tg_exp2_rounded(Vec<double> s) {
  std::uint64_t bits;
  std::memcpy(&bits, &s.v, sizeof bits);
  bits <<= 52;
  std::memcpy(&s.v, &bits, sizeof bits);
  return s;
}

// Whole numbers of 8 bits, see simd/README.md.
struct Sums {
  std::int32_t v;
  static Sums zero() { return {0}; }
};
struct Fours {
  std::int8_t v[4];
  static Fours load(const std::int8_t* p) { return {{p[0], p[1], p[2], p[3]}}; }
};
using FourOfRow = Fours;
inline FourOfRow tg_four(const std::int8_t* p) { return Fours::load(p); }
inline Sums tg_dot(Sums acc, FourOfRow x, Fours w) {
  return {acc.v + x.v[0] * w.v[0] + x.v[1] * w.v[1] + x.v[2] * w.v[2] + x.v[3] * w.v[3]};
}
inline Sums tg_all(std::int32_t s) { return {s}; }
inline Sums tg_add(Sums a, Sums b) { return {a.v + b.v}; }
inline Vec<float> tg_to_float(Sums a) { return {static_cast<float>(a.v)}; }
inline void tg_store_bytes(std::int8_t* p, Vec<float> a) {
  std::uint32_t bits;
  std::memcpy(&bits, &a.v, sizeof bits);
  *p = static_cast<std::int8_t>(bits & 0xFFU);
}
inline std::int32_t tg_start(const std::int8_t*, long) { return 0; }
constexpr int kByteOffset = 0;
constexpr int kByteRows = 1;
constexpr int kByteChains = 1;

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
