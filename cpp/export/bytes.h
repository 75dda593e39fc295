/* What cells.h and tg_dense multiply, for weights of 8 bits: rows become whole numbers with one
 * scale, their products are added up exactly, and one fused multiply-add takes the sum to what was
 * there before. The arithmetic is that of python/tidegate/reference/quantized.py. Rows and weights
 * lie in runs of four along k, zeros behind the last: weights [k / 4][columns][4]. */
typedef struct {
  const int8_t* whole;
  TG_V scale;
} tg_row;

/* A scale per column; `fixed` if the rows that it multiplies lie in [-1, 1]: they are rounded in
 * that range, others in the range that each of them has. */
typedef struct {
  const int8_t* whole;
  const float* scale;
  int fixed;
} tg_matrix;

/* 1.5 * 2^23: adding it leaves the nearest integer, ties to even, in the lowest bits. */
#define TG_WHOLE_F 12582912.0f
#define TG_WHOLE_BITS 0x4b400000u

TG_FN int8_t tg_to_byte(TG_V whole) {
  tg_bits word;
  word.value = whole;
  return (int8_t)((int32_t)(word.bits & 0x7fffffu) - 0x400000);
}

/* x [n] as the matrix wants it, in room from `at` on, both rounded up to whole runs. A value that
 * is not finite makes all products NaN; a range below 2^-100 counts as zeros. */
TG_FN tg_row tg_row_for(tg_matrix m, const TG_V* x, long n, int8_t* room, long at) {
  TG_V bad = TG_SET(0.0), most = TG_SET(0.0), factor;
  tg_row row;
  long k;
  for (k = 0; k < n; ++k) {
    bad = tg_fma(x[k], TG_SET(0.0), bad);
    most = tg_max(most, tg_abs(x[k]));
  }
  if (m.fixed) most = TG_SET(1.0);
  factor = tg_div(TG_SET(127.0), most);
  room += (at + 3) / 4 * 4;
  row.whole = room;
  row.scale = tg_div(most, TG_SET(127.0));
  if (bad != TG_SET(0.0)) {
    factor = TG_SET(0.0);
    row.scale = tg_of_bits(0x7fc00000u);
  } else if (most < 7.888609052210118e-31f) {
    factor = row.scale = TG_SET(0.0);
  }
  for (k = 0; k < n; ++k) {
    const TG_V near = m.fixed ? tg_max(TG_SET(-1.0), tg_min(TG_SET(1.0), x[k])) : x[k];
    room[k] = tg_to_byte(tg_fma(near, factor, TG_WHOLE_F));
  }
  for (; k % 4 != 0; ++k) room[k] = 0;
  return row;
}

/* A run of four, and sum + its products with another. */
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__)
typedef struct {
  uint32_t even, odd; /* two halves of 16 bits each */
} tg_four;
TG_FN tg_four tg_four_at(const int8_t* p) {
  tg_four four;
  uint32_t bytes;
  __builtin_memcpy(&bytes, p, sizeof bytes);
  __asm__("sxtb16 %0, %1" : "=r"(four.even) : "r"(bytes));
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(four.odd) : "r"(bytes));
  return four;
}
TG_FN int32_t tg_dot(int32_t sum, tg_four a, tg_four b) {
  __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a.even), "r"(b.even));
  __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a.odd), "r"(b.odd));
  return sum;
}
#else
typedef const int8_t* tg_four;
TG_FN tg_four tg_four_at(const int8_t* p) { return p; }
TG_FN int32_t tg_dot(int32_t sum, tg_four a, tg_four b) {
  return sum + a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
}
#endif

/* z + sum * (scale of the row * scale of the column). */
TG_FN TG_V tg_add_sum(TG_V z, int32_t sum, TG_V row_scale, float column_scale) {
  return tg_fma((TG_V)sum, tg_mul(row_scale, column_scale), z);
}

/* z += a times the columns of one unit. */
TG_FN void tg_multiply1(TG_V* z, tg_row a, long n, tg_matrix m, long unit) {
  const long groups = (n + 3) / 4;
  const int8_t* w = m.whole + unit * groups * 4;
  const float* scale = m.scale + unit * 1;
  int32_t s0 = 0;
  long k;
  for (k = 0; k < groups; ++k, w += 4) {
    const tg_four x = tg_four_at(a.whole + 4 * k);
    s0 = tg_dot(s0, x, tg_four_at(w));
  }
  z[0] = tg_add_sum(z[0], s0, a.scale, scale[0]);
}

TG_FN void tg_multiply2(TG_V* z, tg_row a, long n, tg_matrix m, long unit) {
  const long groups = (n + 3) / 4;
  const int8_t* w = m.whole + unit * groups * 8;
  const float* scale = m.scale + unit * 2;
  int32_t s0 = 0, s1 = 0;
  long k;
  for (k = 0; k < groups; ++k, w += 8) {
    const tg_four x = tg_four_at(a.whole + 4 * k);
    s0 = tg_dot(s0, x, tg_four_at(w));
    s1 = tg_dot(s1, x, tg_four_at(w + 4));
  }
  z[0] = tg_add_sum(z[0], s0, a.scale, scale[0]);
  z[1] = tg_add_sum(z[1], s1, a.scale, scale[1]);
}

TG_FN void tg_multiply3(TG_V* z, tg_row a, long n, tg_matrix m, long unit) {
  const long groups = (n + 3) / 4;
  const int8_t* w = m.whole + unit * groups * 12;
  const float* scale = m.scale + unit * 3;
  int32_t s0 = 0, s1 = 0, s2 = 0;
  long k;
  for (k = 0; k < groups; ++k, w += 12) {
    const tg_four x = tg_four_at(a.whole + 4 * k);
    s0 = tg_dot(s0, x, tg_four_at(w));
    s1 = tg_dot(s1, x, tg_four_at(w + 4));
    s2 = tg_dot(s2, x, tg_four_at(w + 8));
  }
  z[0] = tg_add_sum(z[0], s0, a.scale, scale[0]);
  z[1] = tg_add_sum(z[1], s1, a.scale, scale[1]);
  z[2] = tg_add_sum(z[2], s2, a.scale, scale[2]);
}

TG_FN void tg_multiply4(TG_V* z, tg_row a, long n, tg_matrix m, long unit) {
  const long groups = (n + 3) / 4;
  const int8_t* w = m.whole + unit * groups * 16;
  const float* scale = m.scale + unit * 4;
  int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  long k;
  for (k = 0; k < groups; ++k, w += 16) {
    const tg_four x = tg_four_at(a.whole + 4 * k);
    s0 = tg_dot(s0, x, tg_four_at(w));
    s1 = tg_dot(s1, x, tg_four_at(w + 4));
    s2 = tg_dot(s2, x, tg_four_at(w + 8));
    s3 = tg_dot(s3, x, tg_four_at(w + 12));
  }
  z[0] = tg_add_sum(z[0], s0, a.scale, scale[0]);
  z[1] = tg_add_sum(z[1], s1, a.scale, scale[1]);
  z[2] = tg_add_sum(z[2], s2, a.scale, scale[2]);
  z[3] = tg_add_sum(z[3], s3, a.scale, scale[3]);
}

/* Panels of 4 columns [rows][4], then column after column, as tg_product. */
TG_FN void tg_multiply(TG_V* z, long columns, tg_row a, long rows, tg_matrix m) {
  for (; columns >= 4; columns -= 4, z += 4, m.scale += 4, m.whole += (rows + 3) / 4 * 16) {
    tg_multiply4(z, a, rows, m, 0);
  }
  for (; columns > 0; --columns, ++z, ++m.scale, m.whole += (rows + 3) / 4 * 4) {
    tg_multiply1(z, a, rows, m, 0);
  }
}

/* y = a row of a table. */
TG_FN void tg_embedding(long n, const int8_t* whole, float scale, TG_V* y) {
  long j;
  for (j = 0; j < n; ++j) y[j] = tg_mul((TG_V)whole[j], scale);
}
