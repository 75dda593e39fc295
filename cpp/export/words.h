/* The words of kernels/simd/README.md on one float, in C99 and without a library. Each is correctly
 * rounded, so the results are those of every instruction set of the runtime. Sums and products are
 * functions of their own: a compiler that fuses them must be told not to (-ffp-contract=off, or
 * -std=c99 with gcc). */
#define TG_V float
#define TG_SET(s) ((float)(s))
#define TG_FN static inline

typedef union {
  float value;
  uint32_t bits;
} tg_bits;

TG_FN TG_V tg_add(TG_V a, TG_V b) { return a + b; }

TG_FN TG_V tg_sub(TG_V a, TG_V b) { return a - b; }

TG_FN TG_V tg_mul(TG_V a, TG_V b) { return a * b; }

TG_FN TG_V tg_div(TG_V a, TG_V b) { return a / b; }

TG_FN TG_V tg_sqrt(TG_V a) { return TG_SQRT(a); }

TG_FN TG_V tg_min(TG_V a, TG_V b) { return a < b ? a : b; }

TG_FN TG_V tg_max(TG_V a, TG_V b) { return a > b ? a : b; }

TG_FN TG_V tg_neg(TG_V a) { return -a; }

TG_FN TG_V tg_abs(TG_V a) {
  tg_bits word;
  word.value = a;
  word.bits &= 0x7fffffffu;
  return word.value;
}

TG_FN TG_V tg_copysign(TG_V magnitude, TG_V sign) {
  tg_bits word, other;
  word.value = magnitude;
  other.value = sign;
  word.bits = (word.bits & 0x7fffffffu) | (other.bits & 0x80000000u);
  return word.value;
}

/* 2^n for s = TG_ROUND_F + n. */
TG_FN TG_V tg_exp2_rounded(TG_V s) {
  tg_bits word;
  word.value = s;
  word.bits <<= 23;
  return word.value;
}

TG_FN TG_V tg_fma(TG_V a, TG_V b, TG_V c) { return TG_FMA(a, b, c); }

TG_FN TG_V tg_fnma(TG_V a, TG_V b, TG_V c) { return TG_FMA(-a, b, c); }

TG_FN TG_V tg_of_bits(uint32_t bits) {
  tg_bits word;
  word.bits = bits;
  return word.value;
}
