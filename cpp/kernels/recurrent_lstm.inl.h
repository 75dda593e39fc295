// One LSTM step (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000),
// forward and backward.
namespace tidegate::TIDEGATE_TARGET {
namespace {

using LstmShape = TileShape<4, 4, 0, 4>;

// Where the 16-unit block that holds unit u keeps gate 0 of `row`.
template <class Args>
inline auto* gates_at(const Args& s, long row, long unit) {
  return s.gates + (unit / kGroupLanes) * s.gates_block_stride + row * s.gates_row_stride +
         unit % kGroupLanes;
}

// Tanh and sigmoid, the defaults, are compiled in; any other pair goes through one switch per
// vector. Two passes over the rows: in one pass the long chain through c fills the schedulers, and
// a tile takes a quarter longer. One row alone waits for that chain anyway: a step of 8 to 32 units
// takes 2 to 5 % less in one pass.
template <bool Training, bool Default, class T>
__attribute__((noinline)) void lstm_finish(const RecurrentStepArgs<T>& s, long unit, long row,
                                           long rows, long, T* tile) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  const int act = Default ? static_cast<int>(TG_TANH) : s.activation;
  const int rec = Default ? static_cast<int>(TG_SIGMOID) : s.recurrent_activation;
  for (long i = 0; i < rows; ++i) {
    const long r = row + i;
    T* at = tile + i * 4 * L;
    V z[4] = {V::load(at), V::load(at + L), V::load(at + 2 * L), V::load(at + 3 * L)};
    const V c = tg_lstm_cell(act, rec, z, V::load(s.c_prev + r * s.c_prev_stride + unit));
    c.store(s.c + r * s.c_stride + unit);
    if (!Training && rows == 1) {
      const V h = tg_lstm_output(act, z[3], c);
      h.store(s.h + r * s.h_stride + unit);
      store_y(s, r, unit, h);
      return;
    }
    z[3].store(at);
    touch_y(s, r, unit);
    if constexpr (Training) {
      T* gates = gates_at(s, r, unit);
      for (int g = 0; g < 4; ++g) {
        z[g].store(gates + g * kGroupLanes);
        tg_prefetch(gates + s.gates_ahead + g * kGroupLanes);
      }
      tg_prefetch(s.c + r * s.c_stride + unit + s.states_ahead);
      tg_prefetch(s.h + r * s.h_stride + unit + s.states_ahead);
    }
  }
  for (long i = 0; i < rows; ++i) {
    const long r = row + i;
    const V c = V::load(s.c + r * s.c_stride + unit);
    const V h = tg_lstm_output(act, V::load(tile + i * 4 * L), c);
    h.store(s.h + r * s.h_stride + unit);
    store_y(s, r, unit, h);
  }
}

// Args: of a step, forward or backward.
template <class Args>
bool default_activations(const Args& s) {
  return s.activation == TG_TANH && s.recurrent_activation == TG_SIGMOID;
}

template <bool Training, class T>
Finish<T> lstm_finish_of(const RecurrentStepArgs<T>& s) {
  return default_activations(s) ? lstm_finish<Training, true, T> : lstm_finish<Training, false, T>;
}

template <bool Training, class W, class T>
void lstm_step(const RecurrentStepArgs<T>& s) {
  round_operands<W, LstmShape>(s);
  step_panels<LstmShape, W>(s, s.panel_end, lstm_finish_of<Training>(s));
}

template <class T>
void lstm_project(const RecurrentStepArgs<T>& s) {
  for (long p = s.panel_begin; p < s.panel_end; ++p) project_panel<LstmShape>(s, p, 4);
}

// dh of this step: what came through later steps plus dy.
template <class T>
inline Vec<T> total_dh(const RecurrentBackwardArgs<T>& s, long row, long unit, long live) {
  using V = Vec<T>;
  const V dh = V::load(s.dh + row * s.state_stride + unit);
  if (s.dy == nullptr || s.dy[row] == nullptr) return dh;
  return tg_add(dh, V::load(s.dy[row] + unit, live));
}

// A whole vector of the last block past H: its gradients are 0, so that they may be read along k.
// True if it was one.
template <int Gates, class T>
inline bool clear_padding(T* gates, long live) {
  if (live > 0) return false;
  for (int g = 0; g < Gates; ++g) Vec<T>::zero().store(gates + g * kGroupLanes);
  return true;
}

// Asks for the lines that the next call needs for this row and vector of units.
template <int Gates, class T>
inline __attribute__((always_inline)) void touch_ahead(const RecurrentBackwardArgs<T>& s, long row,
                                                       long unit) {
  constexpr long kLine = 64 / sizeof(T);
  if (s.ahead_gates == nullptr || unit % kLine != 0) return;
  const T* gates = s.ahead_gates + (unit / kGroupLanes) * s.gates_block_stride +
                   row * s.gates_row_stride + unit % kGroupLanes;
  for (int g = 0; g < Gates; ++g) tg_prefetch(gates + g * kGroupLanes);
  if (s.ahead_state != nullptr) tg_prefetch(s.ahead_state + row * s.state_stride + unit);
  if (s.ahead_dy[row] != nullptr) tg_prefetch(s.ahead_dy[row] + unit);
}

// Units outside, rows inside: what the forward pass kept of a block lies in one run of memory.
template <bool Default, class T>
void lstm_backward_as(const RecurrentBackwardArgs<T>& s) {
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
      V z[4];
      for (int g = 0; g < 4; ++g) z[g] = V::load(gates + g * kGroupLanes);
      T* dc_at = s.dc + r * s.state_stride + unit;
      V dc = V::load(dc_at);
      tg_lstm_backward(act, rec, z, V::load(s.c + r * s.c_stride + unit),
                       V::load(s.c_prev + r * s.c_prev_stride + unit), total_dh(s, r, unit, live),
                       &dc);
      tg_keep(dc, live).store(dc_at);
      for (int g = 0; g < 4; ++g) tg_keep(z[g], live).store(gates + g * kGroupLanes);
    }
  }
}

template <class T>
void lstm_backward(const RecurrentBackwardArgs<T>& s) {
  if (default_activations(s)) {
    lstm_backward_as<true>(s);
  } else {
    lstm_backward_as<false>(s);
  }
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
