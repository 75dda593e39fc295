/* The equations of one step, forward and backward, on one value per gate. Plain C99 on the words of
 * simd/README.md: the kernels include it once for Vec<float> and once for Vec<double>, the C export
 * writes it out with float.
 *
 * Keras 3.15.1's cells. Gate order: LSTM i f c o; GRU z r h. `act` is Keras' activation, `rec` its
 * recurrent_activation. Derivatives are taken from the activation's own result y, which is what the
 * forward pass saves: tanh 1 - y^2; sigmoid y (1 - y); relu 1 where y > 0; hard_sigmoid 1/6 where 0
 * < y < 1; linear 1.
 */
#ifndef TIDEGATE_ACTIVATION_KINDS
#define TIDEGATE_ACTIVATION_KINDS
enum TgActivation { TG_TANH = 0, TG_SIGMOID = 1, TG_RELU = 2, TG_LINEAR = 3, TG_HARD_SIGMOID = 4 };
#endif

TG_FN TG_V tg_relu(TG_V x) { return tg_max(TG_SET(0.0), x); }

/* Keras 3: relu6(x + 3) / 6. NaN is the second operand of both comparisons, so it goes through. */
TG_FN TG_V tg_hard_sigmoid(TG_V x) {
  TG_V y = tg_fma(x, TG_SET(1.0 / 6.0), TG_SET(0.5));
  return tg_min(TG_SET(1.0), tg_max(TG_SET(0.0), y));
}

TG_FN TG_V tg_activate(int kind, TG_V x) {
  switch (kind) {
    case TG_TANH:
      return tg_tanh(x);
    case TG_SIGMOID:
      return tg_sigmoid(x);
    case TG_RELU:
      return tg_relu(x);
    case TG_HARD_SIGMOID:
      return tg_hard_sigmoid(x);
    default:
      return x;
  }
}

/* dy * activation'(x), from y = activation(x). */
TG_FN TG_V tg_activate_grad(int kind, TG_V y, TG_V dy) {
  switch (kind) {
    case TG_TANH:
      return tg_fnma(tg_mul(dy, y), y, dy);
    case TG_SIGMOID:
      return tg_mul(dy, tg_fnma(y, y, y));
    case TG_RELU:
      return tg_select(tg_less(TG_SET(0.0), y), dy, TG_SET(0.0));
    case TG_HARD_SIGMOID: {
      TG_V inner = tg_select(tg_less(y, TG_SET(1.0)), tg_mul(dy, TG_SET(1.0 / 6.0)), TG_SET(0.0));
      return tg_select(tg_less(TG_SET(0.0), y), inner, TG_SET(0.0));
    }
    default:
      return dy;
  }
}

/* LSTM, in two halves: those who have several rows call the first for all of them before the
 * second, whose tanh waits for c. On entry z[4] holds the pre-activations i f c o; on return the
 * activated gates.
 *   c = f * c_prev + i * g   (g is the activated candidate, column block c) */
TG_FN TG_V tg_lstm_cell(int act, int rec, TG_V z[4], TG_V c_prev) {
  z[0] = tg_activate(rec, z[0]);
  z[1] = tg_activate(rec, z[1]);
  z[2] = tg_activate(act, z[2]);
  z[3] = tg_activate(rec, z[3]);
  return tg_fma(z[0], z[2], tg_mul(z[1], c_prev));
}

/* h = o * act(c) */
TG_FN TG_V tg_lstm_output(int act, TG_V o, TG_V c) { return tg_mul(o, tg_activate(act, c)); }

/* On entry z[4] holds the activated gates, dh and *dc the gradients of this step's states (dc from
 * the next step); on return z[4] holds the gradients of the pre-activations and *dc the gradient of
 * c_prev. */
TG_FN void tg_lstm_backward(int act, int rec, TG_V z[4], TG_V c, TG_V c_prev, TG_V dh, TG_V* dc) {
  TG_V i = z[0], f = z[1], g = z[2], o = z[3];
  TG_V a = tg_activate(act, c);
  TG_V d = tg_add(*dc, tg_activate_grad(act, a, tg_mul(dh, o)));
  z[0] = tg_activate_grad(rec, i, tg_mul(d, g));
  z[1] = tg_activate_grad(rec, f, tg_mul(d, c_prev));
  z[2] = tg_activate_grad(act, g, tg_mul(d, i));
  z[3] = tg_activate_grad(rec, o, tg_mul(dh, a));
  *dc = tg_mul(d, f);
}

/* GRU, both forms: h = z * h_prev + (1 - z) * n. */
TG_FN TG_V tg_gru_mix(TG_V z, TG_V n, TG_V h_prev) { return tg_fma(z, tg_sub(h_prev, n), n); }

/* GRU with reset_after, in two halves as the LSTM. On entry g[4] = { W_h x + b_h, z, r,
 * U_h h + b'_h } before activation; on return z and r are activated. */
TG_FN void tg_gru_gates(int rec, TG_V g[4]) {
  g[1] = tg_activate(rec, g[1]);
  g[2] = tg_activate(rec, g[2]);
}

/* n = act(g[0] + r * g[3]), which takes the place of g[0]; the result is h. */
TG_FN TG_V tg_gru_output(int act, TG_V g[4], TG_V h_prev) {
  g[0] = tg_activate(act, tg_fma(g[2], g[3], g[0]));
  return tg_gru_mix(g[1], g[0], h_prev);
}

/* On return g[4] holds the gradients of the four pre-activations; the result is the part of dh_prev
 * that does not pass through the recurrent kernel. */
TG_FN TG_V tg_gru_backward(int act, int rec, TG_V g[4], TG_V h_prev, TG_V dh) {
  TG_V n = g[0], z = g[1], r = g[2], u = g[3];
  TG_V dn = tg_activate_grad(act, n, tg_fnma(dh, z, dh));
  g[0] = dn;
  g[1] = tg_activate_grad(rec, z, tg_mul(dh, tg_sub(h_prev, n)));
  g[2] = tg_activate_grad(rec, r, tg_mul(dn, u));
  g[3] = tg_mul(dn, r);
  return tg_mul(dh, z);
}
