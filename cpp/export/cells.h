/* One step of each recurrent layer, on one row, over what floats.h or bytes.h multiplies. x and h
 * are never written before the last product has read them: new states go to `next` first. `room`
 * [inputs + units] is for rounded rows. */

/* Weights lie unit by unit: kernel [units][inputs][gates that x feeds], recurrent_kernel
 * [units][units][gates that h feeds], bias [units][gates]; those of one gate as tg_product reads
 * them. A bias that is not there is null. */
typedef struct {
  long inputs, units;
  int activation, recurrent_activation;
  tg_matrix kernel, recurrent_kernel;
  const float* bias;
} tg_cell;

/* z [columns] = bias + x W + h U. */
TG_FN void tg_one_gate(const tg_cell* cell, tg_row x, tg_row h, TG_V* z) {
  tg_start(z, cell->bias, cell->units);
  tg_multiply(z, cell->units, x, cell->inputs, cell->kernel);
  tg_multiply(z, cell->units, h, cell->units, cell->recurrent_kernel);
}

/* h = act(x W + b + h U); next [units]. */
TG_FN void tg_simple_rnn(const tg_cell* cell, const TG_V* x, TG_V* h, TG_V* next, int8_t* room) {
  const tg_row of_x = tg_row_for(cell->kernel, x, cell->inputs, room, 0);
  const tg_row of_h = tg_row_for(cell->recurrent_kernel, h, cell->units, room, cell->inputs);
  long u;
  tg_one_gate(cell, of_x, of_h, next);
  for (u = 0; u < cell->units; ++u) h[u] = tg_activate(cell->activation, next[u]);
}

/* Gates i f c o; c is written in place; next [units]. */
TG_FN void tg_lstm(const tg_cell* cell, const TG_V* x, TG_V* h, TG_V* c, TG_V* next, int8_t* room) {
  const long inputs = cell->inputs, units = cell->units;
  const tg_row of_x = tg_row_for(cell->kernel, x, inputs, room, 0);
  const tg_row of_h = tg_row_for(cell->recurrent_kernel, h, units, room, inputs);
  long u;
  for (u = 0; u < units; ++u) {
    TG_V z[4];
    tg_start(z, cell->bias ? cell->bias + u * 4 : cell->bias, 4);
    tg_multiply4(z, of_x, inputs, cell->kernel, u);
    tg_multiply4(z, of_h, units, cell->recurrent_kernel, u);
    c[u] = tg_lstm_cell(cell->activation, cell->recurrent_activation, z, c[u]);
    next[u] = tg_lstm_output(cell->activation, z[3], c[u]);
  }
  tg_copy(h, next, units);
}

/* Reset after the product. Gates W_n x + b_n, z, r, U_n h + b'_n: x feeds the first three, h the
 * last three; next [units]. */
TG_FN void tg_gru(const tg_cell* cell, const TG_V* x, TG_V* h, TG_V* next, int8_t* room) {
  const long inputs = cell->inputs, units = cell->units;
  const tg_row of_x = tg_row_for(cell->kernel, x, inputs, room, 0);
  const tg_row of_h = tg_row_for(cell->recurrent_kernel, h, units, room, inputs);
  long u;
  for (u = 0; u < units; ++u) {
    TG_V g[4];
    tg_start(g, cell->bias ? cell->bias + u * 4 : cell->bias, 4);
    tg_multiply3(g, of_x, inputs, cell->kernel, u);
    tg_multiply3(g + 1, of_h, units, cell->recurrent_kernel, u);
    tg_gru_gates(cell->recurrent_activation, g);
    next[u] = tg_gru_output(cell->activation, g, h[u]);
  }
  tg_copy(h, next, units);
}

/* Reset before the product: gates z r of all units, then the candidate over r * h, a cell of one
 * gate. next [3 * units]: z, r * h, candidate. */
TG_FN void tg_gru_before(const tg_cell* gates, const tg_cell* candidate, const TG_V* x, TG_V* h,
                         TG_V* next, int8_t* room) {
  const long inputs = gates->inputs, units = gates->units;
  const tg_row of_x = tg_row_for(gates->kernel, x, inputs, room, 0);
  const tg_row of_h = tg_row_for(gates->recurrent_kernel, h, units, room, inputs);
  TG_V *z = next, *reset_h = next + units, *n = next + 2 * units;
  long u;
  for (u = 0; u < units; ++u) {
    TG_V g[2];
    tg_start(g, gates->bias ? gates->bias + u * 2 : gates->bias, 2);
    tg_multiply2(g, of_x, inputs, gates->kernel, u);
    tg_multiply2(g, of_h, units, gates->recurrent_kernel, u);
    z[u] = tg_activate(gates->recurrent_activation, g[0]);
    reset_h[u] = tg_mul(tg_activate(gates->recurrent_activation, g[1]), h[u]);
  }
  tg_one_gate(candidate, of_x,
              tg_row_for(candidate->recurrent_kernel, reset_h, units, room, inputs), n);
  for (u = 0; u < units; ++u) {
    h[u] = tg_gru_mix(z[u], tg_activate(gates->activation, n[u]), h[u]);
  }
}
