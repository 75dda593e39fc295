// Pre-activations of one tile: start (bias or projected input) + x W + h U, in registers, then laid
// into a tile of L1 memory [panel][row][accumulator][L] from which the gate equations read them.
// Written once for all cells.
namespace tidegate::TIDEGATE_TARGET {
namespace {

// A accumulators per row and panel; x feeds the first XN of them, h feeds HN from HO on.
template <int A_, int XN_, int HO_, int HN_>
struct TileShape {
  static constexpr int A = A_, XN = XN_, HO = HO_, HN = HN_;
};

// Values in the largest tile: 6 rows x 4 vectors, or 1 row x 4 panels x 4 vectors.
template <class T>
constexpr int kTileValues = 24 * Vec<T>::kLanes;

template <class S, int R, int P, class T>
inline __attribute__((always_inline)) void start_tile(const RecurrentStepArgs<T>& s, long panel,
                                                      long row, Vec<T> (&acc)[P][R][S::A],
                                                      long panel_vectors) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  TG_UNROLL for (int q = 0; q < P; ++q) {
    TG_UNROLL for (int v = 0; v < S::A; ++v) {
      const long at = ((panel + q) * panel_vectors + v) * L;
      TG_UNROLL for (int r = 0; r < R; ++r) {
        acc[q][r][v] = s.projected ? V::load(s.projected + (row + r) * s.projected_stride + at)
                                   : V::load(s.bias + at);
      }
    }
  }
}

template <int R, int P, int A, class T>
inline __attribute__((always_inline)) void lay_tile(const Vec<T> (&acc)[P][R][A], T* tile) {
  TG_UNROLL for (int q = 0; q < P; ++q) {
    TG_UNROLL for (int r = 0; r < R; ++r) {
      TG_UNROLL for (int v = 0; v < A; ++v) {
        acc[q][r][v].store(tile + ((q * R + r) * A + v) * Vec<T>::kLanes);
      }
    }
  }
}

// Packed W and U as W: T or bfloat16.
template <class W, class T>
inline const W* input_weights(const RecurrentStepArgs<T>& s) {
  if constexpr (std::is_same_v<W, T>) {
    return s.kernel;
  } else {
    return s.kernel16;
  }
}
template <class W, class T>
inline const W* recurrent_weights(const RecurrentStepArgs<T>& s) {
  if constexpr (std::is_same_v<W, T>) {
    return s.recurrent_kernel;
  } else {
    return s.recurrent_kernel16;
  }
}

// panel_vectors: vectors of accumulators in a full panel (S::A but for the last panel of a one-gate
// cell).
template <class S, int R, int P, class W, class T>
__attribute__((noinline)) void fill_tile(const RecurrentStepArgs<T>& s, long panel, long row,
                                         T* tile, long panel_vectors) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  V acc[P][R][S::A];
  start_tile<S, R, P>(s, panel, row, acc, panel_vectors);
  if (s.projected == nullptr) {
    const long stride = s.input_dim * S::XN * L;
    const long full = s.input_dim * (S::A == S::XN ? panel_vectors : S::XN) * L;
    accumulate<R, P, S::A, 0, S::XN>(acc, s.x + row, 0, s.input_dim,
                                     input_weights<W>(s) + panel * full, stride);
  }
  const T* h[R];
  TG_UNROLL for (int r = 0; r < R; ++r) h[r] = s.h_prev + (row + r) * s.h_prev_stride;
  const long stride = s.units * S::HN * L;
  const long full = s.units * (S::A == S::HN ? panel_vectors : S::HN) * L;
  accumulate<R, P, S::A, S::HO, S::HN>(acc, h, 0, s.units, recurrent_weights<W>(s) + panel * full,
                                       stride);
  lay_tile<R, P, S::A>(acc, tile);
}

// The same for a tile of more rows than have room for S::A accumulators, of which x and h feed some
// each: those that x alone feeds go into the tile before h is fed, those that h alone feeds begin
// then.
template <class S, int R, class T>
__attribute__((noinline)) void fill_tall_tile(const RecurrentStepArgs<T>& s, long panel, long row,
                                              T* tile) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  constexpr int kShared = S::XN - S::HO;
  const T* start[R];
  TG_UNROLL for (int r = 0; r < R; ++r) {
    start[r] = s.projected ? s.projected + (row + r) * s.projected_stride : s.bias;
    start[r] += panel * S::A * L;
  }
  V x[1][R][S::XN];
  TG_UNROLL for (int r = 0; r < R; ++r) {
    TG_UNROLL for (int v = 0; v < S::XN; ++v) x[0][r][v] = V::load(start[r] + v * L);
  }
  if (s.projected == nullptr) {
    accumulate<R, 1, S::XN, 0, S::XN>(x, s.x + row, 0, s.input_dim,
                                      s.kernel + panel * s.input_dim * S::XN * L, 0);
  }
  V h[1][R][S::HN];
  TG_UNROLL for (int r = 0; r < R; ++r) {
    TG_UNROLL for (int v = 0; v < S::HO; ++v) x[0][r][v].store(tile + (r * S::A + v) * L);
    TG_UNROLL for (int v = 0; v < kShared; ++v) h[0][r][v] = x[0][r][S::HO + v];
    TG_UNROLL for (int v = kShared; v < S::HN; ++v) {
      h[0][r][v] = V::load(start[r] + (S::HO + v) * L);
    }
  }
  const T* h_prev[R];
  TG_UNROLL for (int r = 0; r < R; ++r) h_prev[r] = s.h_prev + (row + r) * s.h_prev_stride;
  accumulate<R, 1, S::HN, 0, S::HN>(h, h_prev, 0, s.units,
                                    s.recurrent_kernel + panel * s.units * S::HN * L, 0);
  TG_UNROLL for (int r = 0; r < R; ++r) {
    TG_UNROLL for (int v = 0; v < S::HN; ++v) h[0][r][v].store(tile + (r * S::A + S::HO + v) * L);
  }
}

template <class S, int R, class T>
__attribute__((noinline)) void fill_tile_per_gate(const RecurrentStepArgs<T>& s, long panel,
                                                  long row, T* tile, long panel_vectors) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  V acc[1][R][S::A];
  start_tile<S, R, 1>(s, panel, row, acc, panel_vectors);
  const T* x[S::XN][R];
  const T* h[S::HN][R];
  for (int r = 0; r < R; ++r) {
    for (int v = 0; v < S::XN; ++v) x[v][r] = s.x_gate[v * s.rows + row + r];
    for (int v = 0; v < S::HN; ++v) h[v][r] = s.h_gate[v * s.rows + row + r];
  }
  accumulate_per_gate<R, S::A, 0, S::XN>(acc, x, s.input_dim,
                                         s.kernel + panel * s.input_dim * S::XN * L);
  accumulate_per_gate<R, S::A, S::HO, S::HN>(acc, h, s.units,
                                             s.recurrent_kernel + panel * s.units * S::HN * L);
  lay_tile<R, 1, S::A>(acc, tile);
}

// bias + x W of `rows` rows into `projected`, for steps ahead of their use.
template <class S, int R, class T>
__attribute__((noinline)) void project_tile(const RecurrentStepArgs<T>& s, long panel, long row,
                                            long panel_vectors) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  V acc[1][R][S::XN];
  const T* bias = s.bias + panel * panel_vectors * L;
  TG_UNROLL for (int v = 0; v < S::XN; ++v) {
    TG_UNROLL for (int r = 0; r < R; ++r) acc[0][r][v] = V::load(bias + v * L);
  }
  const long full = s.input_dim * (S::A == S::XN ? panel_vectors : S::XN) * L;
  accumulate<R, 1, S::XN, 0, S::XN>(acc, s.x + row, 0, s.input_dim, s.kernel + panel * full, 0);
  T* out = const_cast<T*>(s.projected) + panel * panel_vectors * L;
  TG_UNROLL for (int r = 0; r < R; ++r) {
    T* to = out + (row + r) * s.projected_stride;
    TG_UNROLL for (int v = 0; v < S::XN; ++v) acc[0][r][v].store(to + v * L);
    TG_UNROLL for (int v = S::XN; v < S::A; ++v) V::load(bias + v * L).store(to + v * L);
  }
}

// Rows of the largest tile of one panel. More where only some accumulators are fed at a time; what
// a panel at the end has too few of would grow the code by 2 % for next to nothing.
template <class S, class W, class T>
constexpr int kRowsOf =
    std::is_same_v<W, T>&& S::XN < S::A ? kRowsFeeding<S::XN, T> : kRowsFor<W, T>;

template <class S, class T>
void project_panel(const RecurrentStepArgs<T>& s, long panel, long panel_vectors) {
  for_each_row_tile<kRowsOf<S, T, T>>(
      s.rows, [&]<int R>(long row) { project_tile<S, R>(s, panel, row, panel_vectors); });
}

// The same over products of bfloat16, in recurrent_pairs.inl.h.
template <class S, int R, int P>
void fill_pairs(const RecurrentStepArgs<float>& s, long panel, long row, float* tile,
                long panel_vectors);
template <class S, int R>
void fill_pairs_per_gate(const RecurrentStepArgs<float>& s, long panel, long row, float* tile,
                         long panel_vectors);

// Fills tiles that cover the rows of one panel (P of them) and hands each to finish(row, rows,
// tile). Weights are read as W.
template <class S, int P, class W, class T, class Finish>
inline void for_each_tile(const RecurrentStepArgs<T>& s, long panel, long panel_vectors,
                          Finish&& finish) {
  alignas(64) T tile[kTileValues<T>];
  constexpr bool kPairs = std::is_same_v<W, bfloat16_pair>;
  if constexpr (kPairs || std::is_same_v<W, T>) {
    if (s.x_gate != nullptr) {
      for_each_row_tile<2>(s.rows, [&]<int R>(long row) {
        if constexpr (kPairs) {
          fill_pairs_per_gate<S, R>(s, panel, row, tile, panel_vectors);
        } else {
          fill_tile_per_gate<S, R>(s, panel, row, tile, panel_vectors);
        }
        finish(row, R, tile);
      });
      return;
    }
  }
  constexpr int kMax = P == 1 ? kRowsOf<S, W, T> : P == 2 ? 2 : 1;
  for_each_row_tile<kMax>(s.rows, [&]<int R>(long row) {
    if constexpr (kPairs) {
      fill_pairs<S, R, P>(s, panel, row, tile, panel_vectors);
    } else if constexpr (R > kTileRows<T>) {
      fill_tall_tile<S, R>(s, panel, row, tile);
    } else {
      fill_tile<S, R, P, W>(s, panel, row, tile, panel_vectors);
    }
    finish(row, R, tile);
  });
}

// How many panels of one row lie beside each other, so that the multiply units never wait for a
// chain. Float32 weights come from memory no faster than two panels take them.
template <class W, class T>
constexpr int kPanelsBeside = kRowsFor<W, T> < 4                                  ? 1
                              : std::is_same_v<W, bfloat16>&& kRowsFor<W, T> >= 5 ? 4
                                                                                  : 2;

// Panels in this step's order, body.template operator()<P>(first) for P of them: more than one
// where one or two rows alone leave the multiply units waiting.
template <class W, class T, class Body>
inline void for_each_panel(const RecurrentStepArgs<T>& s, long full_panels, Body&& body) {
  constexpr int kMost = kPanelsBeside<W, T>;
  const int most = s.rows > 2 || s.x_gate != nullptr ? 1 : s.rows == 1 ? kMost : 2;
  const long n = s.panel_end - s.panel_begin;
  for (long i = 0; i < n;) {
    const auto first = [&](long width) {
      return s.descending ? s.panel_end - i - width : s.panel_begin + i;
    };
    const auto fits = [&](long width) {
      return width <= most && width <= n - i && first(width) + width <= full_panels;
    };
    if constexpr (kMost >= 4) {
      if (fits(4)) {
        body.template operator()<4>(first(4));
        i += 4;
        continue;
      }
    }
    if constexpr (kMost >= 2) {
      if (fits(2)) {
        body.template operator()<2>(first(2));
        i += 2;
        continue;
      }
    }
    body.template operator()<1>(first(1));
    ++i;
  }
}

// The gate equations of a tile [row][vector][L] whose first vector holds units from `unit` on.
// Called through a pointer, so that there is one copy of the loops around it for all activations.
template <class T>
using Finish = void (*)(const RecurrentStepArgs<T>& s, long unit, long row, long rows, long vectors,
                        T* tile);

// All tiles of a cell whose panels hold every gate of L units; those from `full_panels` on are
// taken one by one.
template <class S, class W, class T>
inline void step_panels(const RecurrentStepArgs<T>& s, long full_panels, Finish<T> finish) {
  constexpr long L = Vec<T>::kLanes;
  for_each_panel<W>(s, full_panels, [&]<int P>(long panel) {
    for_each_tile<S, P, W>(s, panel, S::A, [&](long row, long rows, T* tile) {
      for (int q = 0; q < P; ++q) {
        finish(s, (panel + q) * L, row, rows, long{S::A}, tile + q * rows * S::A * L);
      }
    });
  });
}

// Asks for the line of y that the next step will store.
template <class T>
inline __attribute__((always_inline)) void touch_y(const RecurrentStepArgs<T>& s, long row,
                                                   long unit) {
  if (s.y != nullptr) tg_prefetch(s.y[row] + unit + s.y_ahead);
}

// The part of a row's output that one vector of units is; lanes past H are left out.
template <class T>
inline void store_y(const RecurrentStepArgs<T>& s, long row, long unit, Vec<T> h) {
  if (s.y == nullptr) return;
  const long live = s.units - unit;
  if (live >= Vec<T>::kLanes) {
    h.store(s.y[row] + unit);
  } else {
    h.store(s.y[row] + unit, live);
  }
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
