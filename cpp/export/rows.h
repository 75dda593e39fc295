/* Layers that look at one row alone. */

/* y = x W + b; room [inputs] is for a rounded row. */
TG_FN void tg_dense(long inputs, long outputs, tg_matrix kernel, const float* bias, const TG_V* x,
                    TG_V* y, int8_t* room) {
  tg_start(y, bias, outputs);
  tg_multiply(y, outputs, tg_row_for(kernel, x, inputs, room, 0), inputs, kernel);
}

/* A function of two numbers: y = f(a, b). One number stands for a whole row of n; y may be a where
 * that has n. */
TG_FN void tg_join(TG_V (*join)(TG_V, TG_V), long n, const TG_V* a, long a_size, const TG_V* b,
                   long b_size, TG_V* y) {
  long j;
  for (j = 0; j < n; ++j) y[j] = join(a[a_size == n ? j : 0], b[b_size == n ? j : 0]);
}

/* A NaN on either side stays one. */
TG_FN TG_V tg_larger(TG_V a, TG_V b) { return a > b || a != a ? a : b; }

TG_FN TG_V tg_smaller(TG_V a, TG_V b) { return a < b || a != a ? a : b; }

TG_FN void tg_divide(long n, TG_V divisor, TG_V* y) {
  long j;
  for (j = 0; j < n; ++j) y[j] = tg_div(y[j], divisor);
}

/* y += offset, if there is one. */
TG_FN void tg_offset(long n, const float* offset, TG_V* y) {
  long j;
  if (offset) {
    for (j = 0; j < n; ++j) y[j] = tg_add(y[j], offset[j]);
  }
}

/* y = x * factor + offset, rounded twice. */
TG_FN void tg_scale(long n, const float* factor, const float* offset, const TG_V* x, TG_V* y) {
  long j;
  for (j = 0; j < n; ++j) y[j] = tg_mul(x[j], factor[j]);
  tg_offset(n, offset, y);
}

/* Value j is added in chain j mod 16, chains are folded in halves: the order of
 * kernels/vectors.inl.h. */
TG_FN TG_V tg_fold(TG_V chains[16]) {
  long half, j;
  for (half = 8; half > 0; half /= 2) {
    for (j = 0; j < half; ++j) chains[j] = tg_add(chains[j], chains[j + half]);
  }
  return chains[0];
}

/* y = (x - mean) / sqrt(variance + epsilon) * factor + offset; y is not x. */
TG_FN void tg_layer_normalization(long n, TG_V epsilon, const float* factor, const float* offset,
                                  const TG_V* x, TG_V* y) {
  const TG_V count = (TG_V)n;
  TG_V chains[16], mean, inverse;
  long j;
  tg_start(chains, 0, 16);
  for (j = 0; j < n; ++j) chains[j % 16] = tg_add(chains[j % 16], x[j]);
  mean = tg_div(tg_fold(chains), count);
  tg_start(chains, 0, 16);
  for (j = 0; j < n; ++j) {
    y[j] = tg_sub(x[j], mean);
    chains[j % 16] = tg_add(chains[j % 16], tg_mul(y[j], y[j]));
  }
  inverse = tg_add(tg_div(tg_fold(chains), count), epsilon);
  inverse = tg_div(TG_SET(1.0), tg_sqrt(inverse));
  for (j = 0; j < n; ++j) y[j] = tg_mul(y[j], inverse);
  if (factor) {
    for (j = 0; j < n; ++j) y[j] = tg_mul(y[j], factor[j]);
  }
  tg_offset(n, offset, y);
}

/* y may be x, here and below. */
TG_FN void tg_activation(int kind, long n, const TG_V* x, TG_V* y) {
  long j;
  for (j = 0; j < n; ++j) y[j] = tg_activate(kind, x[j]);
}

TG_FN void tg_leaky_relu(TG_V alpha, long n, const TG_V* x, TG_V* y) {
  long j;
  for (j = 0; j < n; ++j) y[j] = x[j] > 0.0f ? x[j] : tg_mul(alpha, x[j]);
}

TG_FN void tg_elu(TG_V alpha, long n, const TG_V* x, TG_V* y) {
  long j;
  for (j = 0; j < n; ++j) {
    y[j] = x[j] > 0.0f ? x[j] : tg_mul(alpha, tg_sub(tg_exp(x[j]), TG_SET(1.0)));
  }
}

TG_FN void tg_silu(long n, const TG_V* x, TG_V* y) {
  long j;
  for (j = 0; j < n; ++j) y[j] = tg_mul(x[j], tg_sigmoid(x[j]));
}

/* y = exp(x - max x) / sum of exp(x - max x). */
TG_FN void tg_softmax(long n, const TG_V* x, TG_V* y) {
  TG_V chains[16], largest = x[0];
  long j;
  tg_start(chains, 0, 16);
  for (j = 1; j < n; ++j) largest = tg_max(largest, x[j]);
  for (j = 0; j < n; ++j) {
    y[j] = tg_exp(tg_sub(x[j], largest));
    chains[j % 16] = tg_add(chains[j % 16], y[j]);
  }
  tg_divide(n, tg_fold(chains), y);
}
