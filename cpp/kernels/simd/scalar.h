// One lane: the definition of what every other target must compute, bit for bit.
// The words are the ones of simd/README.md. Where the compiler may not use FMA instructions,
// std::fma is exact all the same.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace tidegate::TIDEGATE_TARGET {
namespace {

template <class T>
struct Vec {
  using Scalar = T;
  static constexpr int kLanes = 1;
  T v;

  static Vec load(const T* p) { return {*p}; }
  static Vec load(const T* p, long n) { return {n > 0 ? *p : T(0)}; }
  static Vec zero() { return {T(0)}; }
  void store(T* p) const { *p = v; }
  void store(T* p, long n) const {
    if (n > 0) *p = v;
  }
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

// Adding and taking away 1.5 * 2^23 (2^52) rounds to the nearest integer in the default rounding
// mode.
inline Vec<float> tg_round(Vec<float> a) {
  const float magic = 12582912.0f;
  return {(a.v + magic) - magic};
}
inline Vec<double> tg_round(Vec<double> a) {
  const double magic = 6755399441055744.0;
  return {(a.v + magic) - magic};
}
// Converting NaN to an integer is undefined in C++; any value will do, the caller multiplies it by
// NaN.
inline Vec<float> tg_exp2i(Vec<float> k) {
  const std::int32_t n = k.v == k.v ? static_cast<std::int32_t>(k.v) : 0;
  const std::uint32_t bits = static_cast<std::uint32_t>(n + 127) << 23;
  Vec<float> r;
  std::memcpy(&r.v, &bits, sizeof bits);
  return r;
}
inline Vec<double> tg_exp2i(Vec<double> k) {
  const std::int64_t n = k.v == k.v ? static_cast<std::int64_t>(k.v) : 0;
  const std::uint64_t bits = static_cast<std::uint64_t>(n + 1023) << 52;
  Vec<double> r;
  std::memcpy(&r.v, &bits, sizeof bits);
  return r;
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
