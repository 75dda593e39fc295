// One GRU step in both of Keras' forms: reset_after (the default, cuDNN's) and reset before the
// product (Cho et al. 2014).
namespace tidegate::TIDEGATE_TARGET {
namespace {

// Accumulators nx z r nh: x feeds the first three, h the last three, so the two halves of the
// candidate stay apart.
using GruShape = TileShape<4, 3, 1, 3>;
using GruGatesShape = TileShape<2, 2, 0, 2>;

// Two passes over the rows, as lstm_finish.
template <bool Training, bool Default, class T>
__attribute__((noinline)) void gru_finish(const RecurrentStepArgs<T>& s, long unit, long row,
                                          long rows, long, T* tile) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  const int act = Default ? static_cast<int>(TG_TANH) : s.activation;
  const int rec = Default ? static_cast<int>(TG_SIGMOID) : s.recurrent_activation;
  const auto load = [&](const T* at, V(&g)[4]) {
    for (int i = 0; i < 4; ++i) g[i] = V::load(at + i * L);
  };
  for (long i = 0; i < rows; ++i) {
    T* at = tile + i * 4 * L;
    V g[4];
    load(at, g);
    tg_gru_gates(rec, g);
    g[1].store(at + L);
    g[2].store(at + 2 * L);
    touch_y(s, row + i, unit);
  }
  for (long r = row; r < row + rows; ++r, tile += 4 * L) {
    V g[4];
    load(tile, g);
    const V h = tg_gru_output(act, g, V::load(s.h_prev + r * s.h_prev_stride + unit));
    h.store(s.h + r * s.h_stride + unit);
    store_y(s, r, unit, h);
    if constexpr (Training) {
      T* gates = gates_at(s, r, unit);
      for (int i = 0; i < 4; ++i) {
        g[i].store(gates + i * kGroupLanes);
        tg_prefetch(gates + s.gates_ahead + i * kGroupLanes);
      }
      tg_prefetch(s.h + r * s.h_stride + unit + s.states_ahead);
    }
  }
}

template <bool Training, class T>
Finish<T> gru_finish_of(const RecurrentStepArgs<T>& s) {
  return default_activations(s) ? gru_finish<Training, true, T> : gru_finish<Training, false, T>;
}

template <bool Training, class W, class T>
void gru_step(const RecurrentStepArgs<T>& s) {
  round_operands<W, GruShape>(s);
  step_panels<GruShape, W>(s, s.panel_end, gru_finish_of<Training>(s));
}

template <class T>
void gru_project(const RecurrentStepArgs<T>& s) {
  for (long p = s.panel_begin; p < s.panel_end; ++p) project_panel<GruShape>(s, p, 4);
}

template <bool Default, class T>
void gru_backward_as(const RecurrentBackwardArgs<T>& s) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  const int act = Default ? static_cast<int>(TG_TANH) : s.activation;
  const int rec = Default ? static_cast<int>(TG_SIGMOID) : s.recurrent_activation;
  for (long unit = s.unit_begin; unit < s.unit_end; unit += L) {
    const long live = s.units - unit;
    for (long r = 0; r < s.rows; ++r) {
      T* gates = gates_at(s, r, unit);
      if (clear_padding<4>(gates, live)) continue;
      touch_ahead<4>(s, r, unit);
      V g[4];
      for (int i = 0; i < 4; ++i) g[i] = V::load(gates + i * kGroupLanes);
      const V carried = tg_gru_backward(act, rec, g, V::load(s.h + r * s.h_stride + unit),
                                        total_dh(s, r, unit, live));
      tg_keep(carried, live).store(s.dh + r * s.state_stride + unit);
      for (int i = 0; i < 4; ++i) tg_keep(g[i], live).store(gates + i * kGroupLanes);
    }
  }
}

template <class T>
void gru_backward(const RecurrentBackwardArgs<T>& s) {
  if (default_activations(s)) {
    gru_backward_as<true>(s);
  } else {
    gru_backward_as<false>(s);
  }
}

// Reset before, phase 1: z and r, and r * h for the product of phase 2. Gates are n z r; n follows
// in phase 2.
template <class T>
__attribute__((noinline)) void gru_before_gates_finish(const RecurrentStepArgs<T>& s, long unit,
                                                       long row, long rows, long, T* tile) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  const long live = s.units - unit;
  for (long r = row; r < row + rows; ++r, tile += 2 * L) {
    const V z = tg_activate(s.recurrent_activation, V::load(tile));
    const V reset = tg_activate(s.recurrent_activation, V::load(tile + L));
    V h = V::load(s.h_prev + r * s.h_prev_stride + unit);
    if (s.h_scale != nullptr) h = tg_mul(h, V::load(s.h_scale[r] + unit, live));
    tg_mul(reset, h).store(s.reset_h + r * s.reset_h_stride + unit);
    T* gates = gates_at(s, r, unit);
    z.store(gates + kGroupLanes);
    reset.store(gates + 2 * kGroupLanes);
  }
}

template <class W, class T>
void gru_before_gates(const RecurrentStepArgs<T>& s) {
  round_operands<W, GruGatesShape>(s);
  step_panels<GruGatesShape, W>(s, 0, gru_before_gates_finish<T>);
}

template <class T>
__attribute__((noinline)) void gru_before_candidate_finish(const RecurrentStepArgs<T>& s, long unit,
                                                           long row, long rows, long vectors,
                                                           T* tile) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  for (long r = row; r < row + rows; ++r) {
    for (long v = 0; v < vectors; ++v, tile += L) {
      const long u = unit + v * L;
      T* gates = gates_at(s, r, u);
      const V n = tg_activate(s.activation, V::load(tile));
      const V h_prev = V::load(s.h_prev + r * s.h_prev_stride + u);
      const V h = tg_gru_mix(V::load(gates + kGroupLanes), n, h_prev);
      n.store(gates);
      h.store(s.h + r * s.h_stride + u);
      store_y(s, r, u, h);
    }
  }
}

// Phase 2: the row operand of the recurrent product is r * h, everything else is a one-gate cell.
template <class W, class T>
void gru_before_candidate(const RecurrentStepArgs<T>& s) {
  RecurrentStepArgs<T> product = s;
  product.h_prev = s.reset_h;
  product.h_prev_stride = s.reset_h_stride;
  round_operands<W, OneGateShape<1>>(product);
  for_each_one_gate_tile<W>(product, [&](long unit, long row, long rows, long vectors, T* tile) {
    gru_before_candidate_finish(s, unit, row, rows, vectors, tile);
  });
}

// Reset before, backward: first n and z, and dh * z; the driver then forms d(r * h) = dn U_n^T.
template <class T>
void gru_before_backward_candidate(const RecurrentBackwardArgs<T>& s) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  for (long unit = s.unit_begin; unit < s.unit_end; unit += L) {
    const long live = s.units - unit;
    for (long r = 0; r < s.rows; ++r) {
      T* gates = gates_at(s, r, unit);
      if (clear_padding<3>(gates, live)) continue;
      touch_ahead<3>(s, r, unit);
      const V n = V::load(gates);
      const V z = V::load(gates + kGroupLanes);
      const V h_prev = V::load(s.h + r * s.h_stride + unit);
      const V dh = total_dh(s, r, unit, live);
      const V dn = tg_activate_grad(s.activation, n, tg_fnma(dh, z, dh));
      const V dz = tg_activate_grad(s.recurrent_activation, z, tg_mul(dh, tg_sub(h_prev, n)));
      tg_keep(dn, live).store(gates);
      tg_keep(dz, live).store(gates + kGroupLanes);
      tg_keep(tg_mul(dh, z), live).store(s.dh + r * s.state_stride + unit);
    }
  }
}

// Second: r from d(r * h), and its share of dh.
template <class T>
void gru_before_backward_gates(const RecurrentBackwardArgs<T>& s) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  for (long unit = s.unit_begin; unit < s.unit_end; unit += L) {
    const long live = s.units - unit;
    for (long r = 0; r < s.rows; ++r) {
      if (live <= 0) continue;
      T* reset_at = gates_at(s, r, unit) + 2 * kGroupLanes;
      T* dh_at = s.dh + r * s.state_stride + unit;
      const V reset = V::load(reset_at);
      V h_prev = V::load(s.h + r * s.h_stride + unit);
      V scaled = V::load(s.reset_dh + r * s.state_stride + unit);
      if (s.h_scale != nullptr) {
        const V mask = V::load(s.h_scale[r] + unit, live);
        scaled = tg_mul(scaled, mask);
      }
      const V dr = tg_activate_grad(s.recurrent_activation, reset, tg_mul(scaled, h_prev));
      tg_keep(dr, live).store(reset_at);
      tg_keep(tg_fma(scaled, reset, V::load(dh_at)), live).store(dh_at);
    }
  }
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
