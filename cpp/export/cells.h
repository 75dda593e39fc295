/* One step of each recurrent layer, on one row. x and h are never written before the last product
 * has read them: new states go to `next` first. */

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
