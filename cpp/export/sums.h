/* Products of a row with weights. Every sum is one chain of fused multiply-adds over k ascending,
 * as in kernels/tile.inl.h; chains beside each other only hide each other's latency. Weights lie as
 * they are read: chains2, 3 and 4 take [k][2], [k][3] and [k][4]. */

/* Returns z + sum of a[k] * w[k]. */
TG_FN TG_V tg_chain(TG_V z, const TG_V* a, long n, const float* w) {
  long k;
  for (k = 0; k < n; ++k) z = tg_fma(a[k], w[k], z);
  return z;
}

TG_FN void tg_chains2(TG_V z[2], const TG_V* a, long n, const float* w) {
  TG_V z0 = z[0], z1 = z[1];
  long k;
  for (k = 0; k < n; ++k, w += 2) {
    z0 = tg_fma(a[k], w[0], z0);
    z1 = tg_fma(a[k], w[1], z1);
  }
  z[0] = z0;
  z[1] = z1;
}

TG_FN void tg_chains3(TG_V z[3], const TG_V* a, long n, const float* w) {
  TG_V z0 = z[0], z1 = z[1], z2 = z[2];
  long k;
  for (k = 0; k < n; ++k, w += 3) {
    z0 = tg_fma(a[k], w[0], z0);
    z1 = tg_fma(a[k], w[1], z1);
    z2 = tg_fma(a[k], w[2], z2);
  }
  z[0] = z0;
  z[1] = z1;
  z[2] = z2;
}

TG_FN void tg_chains4(TG_V z[4], const TG_V* a, long n, const float* w) {
  TG_V z0 = z[0], z1 = z[1], z2 = z[2], z3 = z[3];
  long k;
  for (k = 0; k < n; ++k, w += 4) {
    z0 = tg_fma(a[k], w[0], z0);
    z1 = tg_fma(a[k], w[1], z1);
    z2 = tg_fma(a[k], w[2], z2);
    z3 = tg_fma(a[k], w[3], z3);
  }
  z[0] = z0;
  z[1] = z1;
  z[2] = z2;
  z[3] = z3;
}

/* z[columns] = bias, or 0 if there is none. */
TG_FN void tg_start(TG_V* z, const float* bias, long columns) {
  long j;
  for (j = 0; j < columns; ++j) z[j] = bias ? bias[j] : 0.0f;
}

/* z[columns] += a[rows] W. W lies in panels of 4 columns [rows][4], then column after column. */
TG_FN void tg_product(TG_V* z, long columns, const TG_V* a, long rows, const float* w) {
  for (; columns >= 4; columns -= 4, z += 4, w += 4 * rows) tg_chains4(z, a, rows, w);
  for (; columns > 0; --columns, ++z, w += rows) *z = tg_chain(*z, a, rows, w);
}

TG_FN void tg_copy(TG_V* to, const TG_V* from, long n) {
  long j;
  for (j = 0; j < n; ++j) to[j] = from[j];
}
