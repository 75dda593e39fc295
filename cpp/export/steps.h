/* Layers that remember earlier steps but are no recurrent cells. */

/* A convolution over the last steps. kernel: for each group of features and each step of the
 * window, [inputs of the group][outputs of the group] as tg_product reads it. */
typedef struct {
  long inputs, outputs, kernel_size, dilation, groups;
  const float *kernel, *bias;
} tg_conv;

/* history [(kernel_size - 1) * dilation][inputs], a ring whose oldest row is *oldest; null if there
 * is none. The bias is added last, as in the runtime. */
TG_FN void tg_conv1d(const tg_conv* conv, const TG_V* x, TG_V* history, long* oldest, TG_V* y) {
  const long last = conv->kernel_size - 1, before = last * conv->dilation;
  const long inputs = conv->inputs / conv->groups, outputs = conv->outputs / conv->groups;
  const float* w = conv->kernel;
  long group, k;
  tg_start(y, 0, conv->outputs);
  for (group = 0; group < conv->groups; ++group) {
    for (k = 0; k <= last; ++k, w += inputs * outputs) {
      const TG_V* row = x;
      if (k < last) row = history + (*oldest + k * conv->dilation) % before * conv->inputs;
      tg_product(y + group * outputs, outputs, row + group * inputs, inputs, w);
    }
  }
  tg_offset(conv->outputs, conv->bias, y);
  if (before > 0) {
    tg_copy(history + *oldest * conv->inputs, x, conv->inputs);
    *oldest = *oldest + 1 == before ? 0 : *oldest + 1;
  }
}

/* y = the mean of all steps so far; total [n] starts from -0. count[0] * 2^24 + count[1] is the
 * number of steps: more than one float can count. */
TG_FN void tg_average_pooling(long n, const TG_V* x, TG_V* total, TG_V* count, TG_V* y) {
  long j;
  count[1] = tg_add(count[1], TG_SET(1.0));
  if (count[1] == TG_SET(16777216.0)) {
    count[0] = tg_add(count[0], TG_SET(1.0));
    count[1] = TG_SET(0.0);
  }
  for (j = 0; j < n; ++j) total[j] = tg_add(total[j], x[j]);
  tg_copy(y, total, n);
  tg_divide(n, tg_add(tg_mul(count[0], TG_SET(16777216.0)), count[1]), y);
}

/* largest [n], of all steps so far, starts from -infinity; a NaN stays one. */
TG_FN void tg_max_pooling(long n, const TG_V* x, TG_V* largest) {
  long j;
  for (j = 0; j < n; ++j) {
    if (x[j] > largest[j] || x[j] != x[j]) largest[j] = x[j];
  }
}

TG_FN void tg_fill(TG_V* to, TG_V value, long n) {
  long j;
  for (j = 0; j < n; ++j) to[j] = value;
}
