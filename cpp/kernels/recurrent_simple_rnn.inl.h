// One step of the simple (Elman 1990) recurrent layer, h = act(x W + b + h U), and the walk over
// panels of one-gate cells.
namespace tidegate::TIDEGATE_TARGET {
namespace {

template <int NV>
using OneGateShape = TileShape<NV, NV, 0, NV>;

// One-gate cells put 4 vectors of units beside each other; the last panel holds what is left.
template <class T>
inline long panel_vectors(const RecurrentStepArgs<T>& s, long panel) {
  constexpr long L = Vec<T>::kLanes;
  const long left = (s.units - panel * 4 * L + L - 1) / L;
  return left < 4 ? left : 4;
}

// finish(first unit, first row, rows, vectors, tile [row][vector][L]).
template <class W, class T, class Finish>
inline void for_each_one_gate_tile(const RecurrentStepArgs<T>& s, Finish&& finish) {
  constexpr long L = Vec<T>::kLanes;
  const long last = s.panel_end - 1;
  const bool last_full = s.panel_end > s.panel_begin && panel_vectors(s, last) == 4;
  for_each_panel<W>(s, last_full ? s.panel_end : last, [&]<int P>(long panel) {
    const auto with = [&]<int NV>() {
      for_each_tile<OneGateShape<NV>, P, W>(s, panel, 4, [&](long row, long rows, T* tile) {
        for (int q = 0; q < P; ++q) {
          finish((panel + q) * 4 * L, row, rows, long{NV}, tile + q * rows * NV * L);
        }
      });
    };
    if constexpr (P == 1) {
      switch (panel_vectors(s, panel)) {
        case 1:
          with.template operator()<1>();
          return;
        case 2:
          with.template operator()<2>();
          return;
        case 3:
          with.template operator()<3>();
          return;
        default:
          break;
      }
    }
    with.template operator()<4>();
  });
}

// Tanh, the default, is compiled in; not inlined, so that there is one copy for all tiles.
template <bool Default, class T>
__attribute__((noinline)) void simple_rnn_finish(const RecurrentStepArgs<T>& s, long unit, long row,
                                                 long rows, long vectors, T* tile) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  const int act = Default ? static_cast<int>(TG_TANH) : s.activation;
  for (long r = row; r < row + rows; ++r) {
    for (long v = 0; v < vectors; ++v, tile += L) {
      const V h = tg_activate(act, V::load(tile));
      h.store(s.h + r * s.h_stride + unit + v * L);
      touch_y(s, r, unit + v * L);
      store_y(s, r, unit + v * L, h);
    }
  }
}

template <class T>
Finish<T> simple_rnn_finish_of(const RecurrentStepArgs<T>& s) {
  return s.activation == TG_TANH ? simple_rnn_finish<true, T> : simple_rnn_finish<false, T>;
}

template <class W, class T>
void simple_rnn_step(const RecurrentStepArgs<T>& s) {
  round_operands<W, OneGateShape<1>>(s);
  const Finish<T> finish = simple_rnn_finish_of(s);
  for_each_one_gate_tile<W>(s, [&](long unit, long row, long rows, long vectors, T* tile) {
    finish(s, unit, row, rows, vectors, tile);
  });
}

template <class T>
void simple_rnn_project(const RecurrentStepArgs<T>& s) {
  for (long p = s.panel_begin; p < s.panel_end; ++p) {
    switch (panel_vectors(s, p)) {
      case 1:
        project_panel<OneGateShape<1>>(s, p, 4);
        break;
      case 2:
        project_panel<OneGateShape<2>>(s, p, 4);
        break;
      case 3:
        project_panel<OneGateShape<3>>(s, p, 4);
        break;
      default:
        project_panel<OneGateShape<4>>(s, p, 4);
        break;
    }
  }
}

template <bool Default, class T>
void simple_rnn_backward_as(const RecurrentBackwardArgs<T>& s) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  const int act = Default ? static_cast<int>(TG_TANH) : s.activation;
  for (long unit = s.unit_begin; unit < s.unit_end; unit += L) {
    const long live = s.units - unit;
    for (long r = 0; r < s.rows; ++r) {
      T* gates = gates_at(s, r, unit);
      if (clear_padding<1>(gates, live)) continue;
      touch_ahead<1>(s, r, unit);
      const V h = V::load(s.h + r * s.h_stride + unit);
      tg_keep(tg_activate_grad(act, h, total_dh(s, r, unit, live)), live).store(gates);
    }
  }
}

template <class T>
void simple_rnn_backward(const RecurrentBackwardArgs<T>& s) {
  if (s.activation == TG_TANH) {
    simple_rnn_backward_as<true>(s);
  } else {
    simple_rnn_backward_as<false>(s);
  }
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
