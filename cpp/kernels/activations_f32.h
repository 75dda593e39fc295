/* exp, tanh and sigmoid of float32, written once.
 *
 * Plain C99 on the words of simd/README.md. The including file defines
 *   TG_V        the value: Vec<float> in the kernels, float in exported C source
 *   TG_SET(s)   all lanes equal to s
 *   TG_FN       how functions are declared (static inline)
 * and the words tg_fma, tg_exp2_rounded, ... for TG_V.
 *
 * All three share one reduction: x = k ln 2 + r, |r| <= ln 2 / 2, and one polynomial for expm1(r),
 * so nothing cancels near 0. ln 2 is cut in two parts (Cody and Waite 1980) such that k * TG_LN2_HI
 * is exact. Measured over every float32, all ISAs alike: see
 * tests/python/ops/test_activation_accuracy.py. NaN goes through because it is always the second
 * operand of min and max.
 */
#define TG_LOG2E_F 1.44269504088896341
/* 1.5 * 2^23 + 127: a value to which it was added is rounded to the nearest integer n, and the low
 * bits of the sum are n + 127, the exponent field of 2^n. */
#define TG_ROUND_F 12583039.0
#define TG_LN2_HI_F 0.693145751953125
#define TG_LN2_LO_F 1.42860682030941723e-6

/* expm1(r) for |r| <= 0.3474, relative error 0.23 * 2^-24 (weighted minimax fit of (expm1(r) - r) /
 * r^2). */
TG_FN TG_V tg_expm1_reduced(TG_V r) {
  TG_V q = TG_SET(1.388249657e-03);
  q = tg_fma(q, r, TG_SET(8.366651976e-03));
  q = tg_fma(q, r, TG_SET(4.166720409e-02));
  q = tg_fma(q, r, TG_SET(1.666654265e-01));
  q = tg_fma(q, r, TG_SET(4.999999813e-01));
  return tg_fma(tg_mul(q, r), r, r);
}

TG_FN TG_V tg_reduce_ln2(TG_V x, TG_V k) {
  TG_V r = tg_fnma(k, TG_SET(TG_LN2_HI_F), x);
  return tg_fnma(k, TG_SET(TG_LN2_LO_F), r);
}

/* exp(x): at most 1 ULP where the result is normal; +inf above 88.7229, 0 below -104. 2^k is
 * multiplied in two halves so that results near both ends of the range need no special case. */
TG_FN TG_V tg_exp(TG_V x) {
  TG_V clamped = tg_min(TG_SET(89.0), tg_max(TG_SET(-104.0), x));
  TG_V k = tg_sub(tg_fma(clamped, TG_SET(TG_LOG2E_F), TG_SET(TG_ROUND_F)), TG_SET(TG_ROUND_F));
  TG_V p = tg_expm1_reduced(tg_reduce_ln2(clamped, k));
  TG_V half = tg_fma(k, TG_SET(0.5), TG_SET(TG_ROUND_F));
  TG_V rest = tg_sub(k, tg_sub(half, TG_SET(TG_ROUND_F)));
  TG_V y = tg_mul(tg_add(TG_SET(1.0), p), tg_exp2_rounded(half));
  return tg_mul(y, tg_exp2_rounded(tg_add(rest, TG_SET(TG_ROUND_F))));
}

/* sigmoid(x) = 1 / (1 + exp(-x)): at most 2.5 ULP where the result is normal, 0 below -88.4, 1
 * above 17.4. The clamp at -87 (where 1 + exp is 1) keeps 2^k normal; 2^128 is infinity, whose
 * reciprocal is the 0 wanted. */
TG_FN TG_V tg_sigmoid(TG_V x) {
  TG_V y = tg_min(TG_SET(89.0), tg_max(TG_SET(-87.0), tg_neg(x)));
  TG_V rounded = tg_fma(y, TG_SET(TG_LOG2E_F), TG_SET(TG_ROUND_F));
  TG_V p = tg_expm1_reduced(tg_reduce_ln2(y, tg_sub(rounded, TG_SET(TG_ROUND_F))));
  TG_V e = tg_mul(tg_add(TG_SET(1.0), p), tg_exp2_rounded(rounded));
  return tg_div(TG_SET(1.0), tg_add(TG_SET(1.0), e));
}

/* tanh(x) = m / (m + 2), m = expm1(2 |x|) = 2^k expm1(r) + (2^k - 1): at most 3 ULP, odd, exact in
 * the limits. From 9.02 on the result rounds to 1. */
TG_FN TG_V tg_tanh(TG_V x) {
  TG_V y = tg_min(TG_SET(9.5), tg_abs(x));
  TG_V two = tg_add(y, y);
  TG_V rounded = tg_fma(two, TG_SET(TG_LOG2E_F), TG_SET(TG_ROUND_F));
  TG_V p = tg_expm1_reduced(tg_reduce_ln2(two, tg_sub(rounded, TG_SET(TG_ROUND_F))));
  TG_V scale = tg_exp2_rounded(rounded);
  TG_V m = tg_fma(scale, p, tg_sub(scale, TG_SET(1.0)));
  return tg_copysign(tg_div(m, tg_add(m, TG_SET(2.0))), x);
}
