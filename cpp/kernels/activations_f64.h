/* exp, tanh and sigmoid of float64: the scheme of activations_f32.h with a longer polynomial.
 *
 * float64 exists for gradient checks and oracles, so this is written for accuracy (a few 1e-16) and
 * not for the last cycle. The polynomial is the Taylor series of (expm1(r) - r) / r^2 up to r^11:
 * the first term left out is below 2e-18.
 */
#define TG_LOG2E_D 1.44269504088896338700
/* 1.5 * 2^52 + 1023, as TG_ROUND_F. */
#define TG_ROUND_D 6755399441056767.0
#define TG_LN2_HI_D 0.693147180369123816490
#define TG_LN2_LO_D 1.90821492927058770002e-10

TG_FN TG_V tg_expm1_reduced(TG_V r) {
  TG_V q = TG_SET(1.0 / 6227020800.0);
  q = tg_fma(q, r, TG_SET(1.0 / 479001600.0));
  q = tg_fma(q, r, TG_SET(1.0 / 39916800.0));
  q = tg_fma(q, r, TG_SET(1.0 / 3628800.0));
  q = tg_fma(q, r, TG_SET(1.0 / 362880.0));
  q = tg_fma(q, r, TG_SET(1.0 / 40320.0));
  q = tg_fma(q, r, TG_SET(1.0 / 5040.0));
  q = tg_fma(q, r, TG_SET(1.0 / 720.0));
  q = tg_fma(q, r, TG_SET(1.0 / 120.0));
  q = tg_fma(q, r, TG_SET(1.0 / 24.0));
  q = tg_fma(q, r, TG_SET(1.0 / 6.0));
  q = tg_fma(q, r, TG_SET(0.5));
  return tg_fma(tg_mul(q, r), r, r);
}

TG_FN TG_V tg_reduce_ln2(TG_V x, TG_V k) {
  TG_V r = tg_fnma(k, TG_SET(TG_LN2_HI_D), x);
  return tg_fnma(k, TG_SET(TG_LN2_LO_D), r);
}

TG_FN TG_V tg_exp(TG_V x) {
  TG_V clamped = tg_min(TG_SET(710.0), tg_max(TG_SET(-746.0), x));
  TG_V k = tg_sub(tg_fma(clamped, TG_SET(TG_LOG2E_D), TG_SET(TG_ROUND_D)), TG_SET(TG_ROUND_D));
  TG_V p = tg_expm1_reduced(tg_reduce_ln2(clamped, k));
  TG_V half = tg_fma(k, TG_SET(0.5), TG_SET(TG_ROUND_D));
  TG_V rest = tg_sub(k, tg_sub(half, TG_SET(TG_ROUND_D)));
  TG_V y = tg_mul(tg_add(TG_SET(1.0), p), tg_exp2_rounded(half));
  return tg_mul(y, tg_exp2_rounded(tg_add(rest, TG_SET(TG_ROUND_D))));
}

TG_FN TG_V tg_sigmoid(TG_V x) {
  TG_V y = tg_min(TG_SET(710.0), tg_max(TG_SET(-708.0), tg_neg(x)));
  TG_V rounded = tg_fma(y, TG_SET(TG_LOG2E_D), TG_SET(TG_ROUND_D));
  TG_V p = tg_expm1_reduced(tg_reduce_ln2(y, tg_sub(rounded, TG_SET(TG_ROUND_D))));
  TG_V e = tg_mul(tg_add(TG_SET(1.0), p), tg_exp2_rounded(rounded));
  return tg_div(TG_SET(1.0), tg_add(TG_SET(1.0), e));
}

TG_FN TG_V tg_tanh(TG_V x) {
  TG_V y = tg_min(TG_SET(20.0), tg_abs(x));
  TG_V two = tg_add(y, y);
  TG_V rounded = tg_fma(two, TG_SET(TG_LOG2E_D), TG_SET(TG_ROUND_D));
  TG_V p = tg_expm1_reduced(tg_reduce_ln2(two, tg_sub(rounded, TG_SET(TG_ROUND_D))));
  TG_V scale = tg_exp2_rounded(rounded);
  TG_V m = tg_fma(scale, p, tg_sub(scale, TG_SET(1.0)));
  return tg_copysign(tg_div(m, tg_add(m, TG_SET(2.0))), x);
}
