/* What cells.h and tg_dense multiply, for weights of float32: rows as they are. */
typedef const TG_V* tg_row;
typedef const float* tg_matrix;

TG_FN tg_row tg_row_for(tg_matrix m, const TG_V* x, long n, int8_t* room, long at) {
  (void)m, (void)n, (void)room, (void)at;
  return x;
}

/* z += a times the columns of one unit. */
TG_FN void tg_multiply2(TG_V* z, tg_row a, long n, tg_matrix m, long unit) {
  tg_chains2(z, a, n, m + unit * n * 2);
}

TG_FN void tg_multiply3(TG_V* z, tg_row a, long n, tg_matrix m, long unit) {
  tg_chains3(z, a, n, m + unit * n * 3);
}

TG_FN void tg_multiply4(TG_V* z, tg_row a, long n, tg_matrix m, long unit) {
  tg_chains4(z, a, n, m + unit * n * 4);
}

/* z [columns] += a [rows] times all columns. */
TG_FN void tg_multiply(TG_V* z, long columns, tg_row a, long rows, tg_matrix m) {
  tg_product(z, columns, a, rows, m);
}
