/* What cells.h and tg_dense multiply, for weights of 8 bits: rows become whole numbers with one
 * scale, their products are added up exactly, and one fused multiply-add takes the sum to what was
 * there before. The arithmetic is that of python/tidegate/reference/quantized.py. */
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

/* x [n] as the matrix wants it, in room [at .. at + n). A value that is not finite makes all
 * products NaN; a range below 2^-100 counts as zeros. */
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
  row.whole = room + at;
  row.scale = tg_div(most, TG_SET(127.0));
  if (bad != TG_SET(0.0)) {
    factor = TG_SET(0.0);
    row.scale = tg_of_bits(0x7fc00000u);
  } else if (most < 7.888609052210118e-31f) {
    factor = row.scale = TG_SET(0.0);
  }
  for (k = 0; k < n; ++k) {
    const TG_V near = m.fixed ? tg_max(TG_SET(-1.0), tg_min(TG_SET(1.0), x[k])) : x[k];
    room[at + k] = tg_to_byte(tg_fma(near, factor, TG_WHOLE_F));
  }
  return row;
}

/* z + sum * (scale of the row * scale of the column). */
TG_FN TG_V tg_add_sum(TG_V z, int32_t sum, TG_V row_scale, float column_scale) {
  return tg_fma((TG_V)sum, tg_mul(row_scale, column_scale), z);
}

TG_FN TG_V tg_multiply1(TG_V z, tg_row a, long n, const int8_t* w, float scale) {
  int32_t sum = 0;
  long k;
  for (k = 0; k < n; ++k) sum += a.whole[k] * w[k];
  return tg_add_sum(z, sum, a.scale, scale);
}

TG_FN void tg_multiply2(TG_V* z, tg_row a, long n, tg_matrix m, long unit) {
  const int8_t* w = m.whole + unit * n * 2;
  int32_t sums[2] = {0, 0};
  long k;
  for (k = 0; k < n; ++k, w += 2) {
    sums[0] += a.whole[k] * w[0];
    sums[1] += a.whole[k] * w[1];
  }
  for (k = 0; k < 2; ++k) z[k] = tg_add_sum(z[k], sums[k], a.scale, m.scale[unit * 2 + k]);
}

TG_FN void tg_multiply3(TG_V* z, tg_row a, long n, tg_matrix m, long unit) {
  const int8_t* w = m.whole + unit * n * 3;
  int32_t sums[3] = {0, 0, 0};
  long k;
  for (k = 0; k < n; ++k, w += 3) {
    sums[0] += a.whole[k] * w[0];
    sums[1] += a.whole[k] * w[1];
    sums[2] += a.whole[k] * w[2];
  }
  for (k = 0; k < 3; ++k) z[k] = tg_add_sum(z[k], sums[k], a.scale, m.scale[unit * 3 + k]);
}

TG_FN void tg_multiply4(TG_V* z, tg_row a, long n, tg_matrix m, long unit) {
  const int8_t* w = m.whole + unit * n * 4;
  int32_t sums[4] = {0, 0, 0, 0};
  long k;
  for (k = 0; k < n; ++k, w += 4) {
    sums[0] += a.whole[k] * w[0];
    sums[1] += a.whole[k] * w[1];
    sums[2] += a.whole[k] * w[2];
    sums[3] += a.whole[k] * w[3];
  }
  for (k = 0; k < 4; ++k) z[k] = tg_add_sum(z[k], sums[k], a.scale, m.scale[unit * 4 + k]);
}

/* Panels of 4 columns [rows][4], then column after column, as tg_product. */
TG_FN void tg_multiply(TG_V* z, long columns, tg_row a, long rows, tg_matrix m) {
  long panel, j;
  for (panel = 0; panel < columns / 4; ++panel) tg_multiply4(z + panel * 4, a, rows, m, panel);
  for (j = panel * 4; j < columns; ++j) {
    z[j] = tg_multiply1(z[j], a, rows, m.whole + j * rows, m.scale[j]);
  }
}

/* y = a row of a table. */
TG_FN void tg_embedding(long n, const int8_t* whole, float scale, TG_V* y) {
  long j;
  for (j = 0; j < n; ++j) y[j] = tg_mul((TG_V)whole[j], scale);
}
