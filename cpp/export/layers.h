/* One step of each layer, on one row. x and h are never written before the last product has read
 * them: new states go to `next` first. */

/* A recurrent layer. Its weights lie unit by unit: kernel [units][inputs][gates that x feeds],
 * recurrent_kernel [units][units][gates that h feeds], bias [units][gates]; those of one gate as
 * tg_product reads them. A bias that is not there is null. */
typedef struct {
  long inputs, units;
  int activation, recurrent_activation;
  const float *kernel, *recurrent_kernel, *bias;
} tg_cell;

/* h = act(x W + b + h U); next [units]. */
TG_FN void tg_simple_rnn(const tg_cell* cell, const TG_V* x, TG_V* h, TG_V* next) {
  const long units = cell->units;
  long u;
  tg_start(next, cell->bias, units);
  tg_product(next, units, x, cell->inputs, cell->kernel);
  tg_product(next, units, h, units, cell->recurrent_kernel);
  for (u = 0; u < units; ++u) h[u] = tg_activate(cell->activation, next[u]);
}

/* Gates i f c o; c is written in place; next [units]. */
TG_FN void tg_lstm(const tg_cell* cell, const TG_V* x, TG_V* h, TG_V* c, TG_V* next) {
  const long inputs = cell->inputs, units = cell->units;
  long u;
  for (u = 0; u < units; ++u) {
    TG_V z[4];
    tg_start(z, cell->bias ? cell->bias + u * 4 : cell->bias, 4);
    tg_chains4(z, x, inputs, cell->kernel + u * inputs * 4);
    tg_chains4(z, h, units, cell->recurrent_kernel + u * units * 4);
    c[u] = tg_lstm_cell(cell->activation, cell->recurrent_activation, z, c[u]);
    next[u] = tg_lstm_output(cell->activation, z[3], c[u]);
  }
  tg_copy(h, next, units);
}

/* Reset after the product. Gates W_n x + b_n, z, r, U_n h + b'_n: x feeds the first three, h the
 * last three; next [units]. */
TG_FN void tg_gru(const tg_cell* cell, const TG_V* x, TG_V* h, TG_V* next) {
  const long inputs = cell->inputs, units = cell->units;
  long u;
  for (u = 0; u < units; ++u) {
    TG_V g[4];
    tg_start(g, cell->bias ? cell->bias + u * 4 : cell->bias, 4);
    tg_chains3(g, x, inputs, cell->kernel + u * inputs * 3);
    tg_chains3(g + 1, h, units, cell->recurrent_kernel + u * units * 3);
    tg_gru_gates(cell->recurrent_activation, g);
    next[u] = tg_gru_output(cell->activation, g, h[u]);
  }
  tg_copy(h, next, units);
}

/* Reset before the product: gates z r of all units, then the candidate over r * h. Its weights are
 * a cell of one gate. next [3 * units]: z, r * h, candidate. */
TG_FN void tg_gru_before(const tg_cell* gates, const tg_cell* candidate, const TG_V* x, TG_V* h,
                         TG_V* next) {
  const long inputs = gates->inputs, units = gates->units;
  TG_V *z = next, *reset_h = next + units, *n = next + 2 * units;
  long u;
  for (u = 0; u < units; ++u) {
    TG_V g[2];
    tg_start(g, gates->bias ? gates->bias + u * 2 : gates->bias, 2);
    tg_chains2(g, x, inputs, gates->kernel + u * inputs * 2);
    tg_chains2(g, h, units, gates->recurrent_kernel + u * units * 2);
    z[u] = tg_activate(gates->recurrent_activation, g[0]);
    reset_h[u] = tg_mul(tg_activate(gates->recurrent_activation, g[1]), h[u]);
  }
  tg_start(n, candidate->bias, units);
  tg_product(n, units, x, inputs, candidate->kernel);
  tg_product(n, units, reset_h, units, candidate->recurrent_kernel);
  for (u = 0; u < units; ++u) {
    h[u] = tg_gru_mix(z[u], tg_activate(gates->activation, n[u]), h[u]);
  }
}

/* y = x W + b, weights as tg_product reads them. */
TG_FN void tg_dense(long inputs, long outputs, const float* kernel, const float* bias,
                    const TG_V* x, TG_V* y) {
  tg_start(y, bias, outputs);
  tg_product(y, outputs, x, inputs, kernel);
}

/* y may be x. */
TG_FN void tg_activation(int kind, long n, const TG_V* x, TG_V* y) {
  long j;
  for (j = 0; j < n; ++j) y[j] = tg_activate(kind, x[j]);
}

/* y = exp(x - max x) / sum of exp(x - max x); y may be x. Value j is added in chain j mod 16,
 * chains are folded in halves: the order of kernels/vectors.inl.h. */
TG_FN void tg_softmax(long n, const TG_V* x, TG_V* y) {
  TG_V chains[16], largest = x[0];
  long j, half;
  for (j = 0; j < 16; ++j) chains[j] = TG_SET(0.0);
  for (j = 1; j < n; ++j) largest = tg_max(largest, x[j]);
  for (j = 0; j < n; ++j) {
    y[j] = tg_exp(tg_sub(x[j], largest));
    chains[j % 16] = tg_add(chains[j % 16], y[j]);
  }
  for (half = 8; half > 0; half /= 2) {
    for (j = 0; j < half; ++j) chains[j] = tg_add(chains[j], chains[j + half]);
  }
  for (j = 0; j < n; ++j) y[j] = tg_div(y[j], chains[0]);
}
