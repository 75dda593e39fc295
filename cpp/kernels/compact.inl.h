// Steps and products over weights of 8 bits and of float16, see kernels/compact_table.h.
//
// Tiles lie in memory and are filled through a table, so that there is one walk over panels and
// rows for all cells and both kinds of weights. Few shapes of tile: each adds to the library, and
// small weights matter where rows are few.
namespace tidegate::TIDEGATE_TARGET {
namespace {

// Widening is exact and the chain is that of float32, so the result has the bits of float32 weights
// rounded to float16.
template <int R, int NV>
__attribute__((noinline)) void float16_tile(const CompactTileArgs& t) {
  using V = Vec<float>;
  V acc[1][R][NV];
  const float* row[R];
  TG_UNROLL for (int r = 0; r < R; ++r) {
    row[r] = t.x->at[t.row + r];
    TG_UNROLL for (int v = 0; v < NV; ++v) {
      acc[0][r][v] = V::load(t.tile + r * t.tile_stride + v * V::kLanes);
    }
  }
  const auto* w = reinterpret_cast<const float16*>(t.w);
  for (long k = 0; k < t.k; ++k, w += NV * V::kLanes) {
    V x[R];
    TG_UNROLL for (int r = 0; r < R; ++r) x[r] = tg_broadcast(row[r] + k);
    TG_UNROLL for (int v = 0; v < NV; ++v) {
      const V wide = tg_widen(w + v * V::kLanes);
      TG_UNROLL for (int r = 0; r < R; ++r) acc[0][r][v] = tg_fma(x[r], wide, acc[0][r][v]);
    }
  }
  TG_UNROLL for (int r = 0; r < R; ++r) {
    TG_UNROLL for (int v = 0; v < NV; ++v) {
      acc[0][r][v].store(t.tile + r * t.tile_stride + v * V::kLanes);
    }
  }
}

constexpr CompactKernels kFloat16Kernels = {
    .offset = 0,
    .rows = 2,
    .tile = {{float16_tile<1, 1>, float16_tile<1, 2>, float16_tile<1, 3>, float16_tile<1, 4>},
             {float16_tile<2, 1>, float16_tile<2, 2>, float16_tile<2, 3>, float16_tile<2, 4>},
             {}},
    .start = nullptr};

// Adding it leaves the nearest integer, ties to even, in the lowest bits of a float.
constexpr double kByteRounder = 12582912.0;  // 1.5 * 2^23
// Below this the inverse of a range would overflow.
constexpr float kByteTiny = 0x1p-100F;

struct ByteRange {
  float factor, scale;
};

// What n values are multiplied by to become whole numbers, and by what these are multiplied later.
inline ByteRange byte_range(const float* x, long n, bool fixed) {
  using V = Vec<float>;
  V bad = V::zero();
  V largest = V::zero();
  for_each_vector<float>(n, [&](long i, auto at) {
    const V v = at.load(x + i);
    bad = tg_fma(v, V::zero(), bad);
    largest = tg_max(largest, tg_abs(v));
  });
  float lanes[2][V::kLanes];
  bad.store(lanes[0]);
  largest.store(lanes[1]);
  float most = 0.0F;
  bool finite = true;
  for (int i = 0; i < V::kLanes; ++i) {
    finite = finite && lanes[0][i] == 0.0F;
    if (lanes[1][i] > most) most = lanes[1][i];
  }
  if (!finite) return {0.0F, __builtin_nanf("")};
  if (fixed) most = 1.0F;
  if (most < kByteTiny) return {0.0F, 0.0F};
  return {127.0F / most, most / 127.0F};
}

__attribute__((noinline)) void round_rows(const CompactKernels& kernels, long rows, long n,
                                          const CompactRows& to) {
  using V = Vec<float>;
  const V one = tg_set<V>(1.0);
  for (long r = 0; r < rows && to.values != nullptr; ++r) {
    const float* x = to.at[r];
    std::int8_t* values = to.values + r * to.stride;
    const ByteRange range = byte_range(x, n, to.fixed);
    const V factor = tg_broadcast(&range.factor);
    for_each_vector<float>(n, [&](long i, auto at) {
      V v = at.load(x + i);
      if (to.fixed) v = tg_max(tg_neg(one), tg_min(one, v));
      tg_store_bytes(values + i, tg_fma(v, factor, tg_set<V>(kByteRounder)));
    });
    to.scales[r] = range.scale;
    to.starts[r] = kernels.start(values, to.stride);
  }
}

// A panel whose first vector of columns is `vector` of all; `vectors` of them.
struct PanelOfMatrix {
  const CompactMatrix& m;
  long vector, vectors;
};

inline void multiply_rows(const CompactKernels& kernels, const CompactRows& x, long row, long rows,
                          const PanelOfMatrix& p, float* tile, long tile_stride) {
  const float* scales = p.m.scales;
  if (scales != nullptr) scales += p.vector * Vec<float>::kLanes;
  kernels.tile[rows / 2][p.vectors - 1]({.x = &x,
                                         .row = row,
                                         .k = p.m.rows,
                                         .w = p.m.values + p.vector * p.m.vector_bytes,
                                         .scales = scales,
                                         .tile = tile,
                                         .tile_stride = tile_stride});
}

// `rows` copies of the same vectors.
inline void start_rows(const float* from, long vectors, long rows, float* tile) {
  using V = Vec<float>;
  for (long r = 0; r < rows; ++r) {
    for (long v = 0; v < vectors; ++v, tile += V::kLanes) {
      V::load(from + v * V::kLanes).store(tile);
    }
  }
}

inline long rows_of_tile(const CompactKernels& kernels, long left) {
  long rows = kernels.rows;
  while (rows > left) rows /= 2;
  return rows;
}

// A TileShape that is no type. Where a cell has one gate, what is left of it in the last panel.
struct CompactShape {
  long accumulators, x, first_h, h;
  bool one_gate;
};

// h: what the recurrent kernel multiplies, rows of h_stride.
__attribute__((noinline)) void compact_step(const RecurrentStepArgs<float>& s,
                                            const CompactShape& shape, const float* h,
                                            long h_stride, Finish<float> finish) {
  constexpr long L = Vec<float>::kLanes;
  const CompactOperands& o = *s.compact;
  for (long r = 0; r < s.rows; ++r) {
    o.x.at[r] = s.x[r];
    o.h.at[r] = h + r * h_stride;
  }
  round_rows(*o.kernels, s.rows, s.input_dim, o.x);
  round_rows(*o.kernels, s.rows, s.units, o.h);
  alignas(64) float tile[kTileValues<float>];
  for (long i = 0; i < s.panel_end - s.panel_begin; ++i) {
    const long panel = s.descending ? s.panel_end - 1 - i : s.panel_begin + i;
    const long vectors = shape.one_gate ? panel_vectors(s, panel) : shape.accumulators;
    const long missing = shape.accumulators - vectors;
    const PanelOfMatrix w{o.kernel, panel * shape.x, shape.x - missing};
    const PanelOfMatrix u{o.recurrent_kernel, panel * shape.h, shape.h - missing};
    for (long row = 0, rows = 0; row < s.rows; row += rows) {
      rows = rows_of_tile(*o.kernels, s.rows - row);
      start_rows(s.bias + panel * shape.accumulators * L, vectors, rows, tile);
      multiply_rows(*o.kernels, o.x, row, rows, w, tile, vectors * L);
      multiply_rows(*o.kernels, o.h, row, rows, u, tile + shape.first_h * L, vectors * L);
      finish(s, panel * (shape.one_gate ? 4 * L : L), row, rows, vectors, tile);
    }
  }
}

template <class S>
constexpr CompactShape kCompactShape = {S::A, S::XN, S::HO, S::HN, false};
constexpr CompactShape kCompactOneGate = {4, 4, 0, 4, true};

void compact_lstm(const RecurrentStepArgs<float>& s) {
  compact_step(s, kCompactShape<LstmShape>, s.h_prev, s.h_prev_stride, lstm_finish_of<false>(s));
}

void compact_gru(const RecurrentStepArgs<float>& s) {
  compact_step(s, kCompactShape<GruShape>, s.h_prev, s.h_prev_stride, gru_finish_of<false>(s));
}

void compact_gru_before_gates(const RecurrentStepArgs<float>& s) {
  compact_step(s, kCompactShape<GruGatesShape>, s.h_prev, s.h_prev_stride,
               gru_before_gates_finish<float>);
}

void compact_gru_before_candidate(const RecurrentStepArgs<float>& s) {
  compact_step(s, kCompactOneGate, s.reset_h, s.reset_h_stride, gru_before_candidate_finish<float>);
}

void compact_simple_rnn(const RecurrentStepArgs<float>& s) {
  compact_step(s, kCompactOneGate, s.h_prev, s.h_prev_stride, simple_rnn_finish_of(s));
}

// C = init + A B; what else ProductArgs may ask for is left to the kernels of float32.
void compact_product(const ProductArgs<float>& p) {
  using V = Vec<float>;
  constexpr long L = V::kLanes;
  const CompactOperands& o = *p.compact;
  for (long r = 0; r < p.rows; ++r) o.x.at[r] = p.a[r];
  round_rows(*o.kernels, p.rows, p.segment_length, o.x);
  alignas(64) float tile[kTileValues<float>];
  for (long panel = p.panel_begin; panel < p.panel_end; ++panel) {
    const long column = panel * 4 * L;
    const long columns = p.columns - column < 4 * L ? p.columns - column : 4 * L;
    const long vectors = (columns + L - 1) / L;
    for (long row = 0, rows = 0; row < p.rows; row += rows) {
      rows = rows_of_tile(*o.kernels, p.rows - row);
      start_rows(p.init + column, vectors, rows, tile);
      multiply_rows(*o.kernels, o.x, row, rows, {o.kernel, panel * 4, vectors}, tile, vectors * L);
      for (long r = 0; r < rows; ++r) {
        const float* from = tile + r * vectors * L;
        float* c = p.c[row + r] + column;
        for_each_vector<float>(columns,
                               [&](long i, auto at) { at.store(c + i, V::load(from + i)); });
      }
    }
  }
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
