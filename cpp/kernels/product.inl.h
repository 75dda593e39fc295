// C (+)= A * packed B and C += A^T B; arguments and order of sums: product_table.h.
namespace tidegate::TIDEGATE_TARGET {
namespace {

// What is seldom: columns past the end, products that are multiplied first. Through a tile in
// memory, [panel][row][vector][L], because in registers it would be most of the code of every tile.
template <class T>
__attribute__((noinline)) void finish_product_slowly(const ProductArgs<T>& p, const T* tile,
                                                     long panels, long rows, long vectors,
                                                     long column, long row) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  for (long q = 0; q < panels; ++q) {
    for (long r = row; r < row + rows; ++r) {
      for (long v = 0; v < vectors; ++v, tile += L) {
        const long at = column + (q * vectors + v) * L;
        const long n = p.columns - at;
        if (n <= 0) continue;
        T* c = p.c[r] + at;
        V y = V::load(tile);
        if (p.scale != nullptr) {
          const V base = p.accumulate ? V::load(c, n) : V::zero();
          y = tg_fma(V::load(p.scale[r] + at, n), y, base);
        } else if (p.accumulate) {
          y = tg_add(V::load(c, n), y);
        }
        y.store(c, n < L ? n : L);
      }
    }
  }
}

template <int R, int P, int NV, class T>
inline __attribute__((always_inline)) void finish_product(const ProductArgs<T>& p,
                                                          const Vec<T> (&acc)[P][R][NV],
                                                          long column, long row) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  if (p.scale != nullptr || p.columns - column < P * NV * L) {
    alignas(64) T tile[P * R * NV * L];
    TG_UNROLL for (int q = 0; q < P; ++q) {
      TG_UNROLL for (int r = 0; r < R; ++r) {
        TG_UNROLL for (int v = 0; v < NV; ++v) {
          acc[q][r][v].store(tile + ((q * R + r) * NV + v) * L);
        }
      }
    }
    finish_product_slowly(p, tile, P, R, NV, column, row);
    return;
  }
  TG_UNROLL for (int q = 0; q < P; ++q) {
    TG_UNROLL for (int r = 0; r < R; ++r) {
      T* c = p.c[row + r] + column + q * NV * L;
      if (p.accumulate) {
        TG_UNROLL for (int v = 0; v < NV; ++v) {
          tg_add(V::load(c + v * L), acc[q][r][v]).store(c + v * L);
        }
      } else {
        TG_UNROLL for (int v = 0; v < NV; ++v) acc[q][r][v].store(c + v * L);
      }
    }
  }
}

// Segments of a row lie far from each other, and no hardware foresees the jump.
template <int R, class T>
inline __attribute__((always_inline)) void touch_rows(const ProductArgs<T>& p, long row,
                                                      long offset) {
  for (long k = 0; k < p.segment_length; k += 64 / static_cast<long>(sizeof(T))) {
    TG_UNROLL for (int r = 0; r < R; ++r) __builtin_prefetch(p.a[row + r] + offset + k);
  }
}

// The right operand as W: T or bfloat16.
template <class W, class T>
inline const W* right_operand(const ProductArgs<T>& p) {
  if constexpr (std::is_same_v<W, T>) {
    return p.b;
  } else {
    return p.b16;
  }
}

// Not inlined: gcc allots registers well only to one tile at a time.
template <int R, int P, int NV, class W, class T>
__attribute__((noinline)) void product_tile(const ProductArgs<T>& p, long panel, long row) {
  using V = Vec<T>;
  constexpr long L = V::kLanes;
  const long column = panel * 4 * L;
  const long panel_stride = p.b_rows * NV * L;
  const W* b = right_operand<W>(p) + panel * p.b_rows * 4 * L + p.b_first_row * NV * L;
  V acc[P][R][NV];
  TG_UNROLL for (int q = 0; q < P; ++q) {
    TG_UNROLL for (int v = 0; v < NV; ++v) {
      const V start = p.init ? V::load(p.init + column + (q * NV + v) * L) : V::zero();
      TG_UNROLL for (int r = 0; r < R; ++r) acc[q][r][v] = start;
    }
  }
  for (long s = 0; s < p.segments; ++s) {
    if (s + 1 < p.segments) touch_rows<R>(p, row, (s + 1) * p.segment_stride);
    accumulate<R, P, NV, 0, NV>(acc, p.a + row, s * p.segment_stride, p.segment_length,
                                b + s * p.b_segment_stride * NV * L, panel_stride);
  }
  finish_product(p, acc, column, row);
}

template <int P, int NV, class W, class T>
void product_panel(const ProductArgs<T>& p, long panel) {
  // Two panels beside each other pay where one row alone has too few chains; then the rows are at
  // most two.
  constexpr int kMax = P == 1 ? kRowsFor<W, T> : 2;
  for_each_row_tile<kMax>(p.rows,
                          [&]<int R>(long row) { product_tile<R, P, NV, W>(p, panel, row); });
}

template <class W, class T>
void product(const ProductArgs<T>& p) {
  constexpr long L = Vec<T>::kLanes;
  for (long panel = p.panel_begin; panel < p.panel_end; ++panel) {
    const long vectors = (p.columns - panel * 4 * L + L - 1) / L;
    if (vectors >= 8 && p.rows <= 2 && panel + 1 < p.panel_end && kTileRows<T> >= 5) {
      product_panel<2, 4, W>(p, panel);
      ++panel;
      continue;
    }
    switch (vectors) {
      case 1:
        product_panel<1, 1, W>(p, panel);
        break;
      case 2:
        product_panel<1, 2, W>(p, panel);
        break;
      case 3:
        product_panel<1, 3, W>(p, panel);
        break;
      default:
        product_panel<1, 4, W>(p, panel);
        break;
    }
  }
}

// Where NV vectors from `first` on begin in a row of C.
template <int NV, class T>
inline void outer_columns(const OuterArgs<T>& p, long first, long (&columns)[NV]) {
  constexpr long L = Vec<T>::kLanes;
  constexpr long kPerGroup = kGroupLanes / L;
  TG_UNROLL for (int v = 0; v < NV; ++v) {
    const long i = first + v;
    const long group = i / kPerGroup;
    columns[v] =
        (p.c_groups != nullptr ? p.c_groups[group] : group * kGroupLanes) + (i % kPerGroup) * L;
  }
}

template <int R, int NV, class T>
inline void outer_store(const OuterArgs<T>& p, long m, const long* columns,
                        const Vec<T> (&acc)[R][NV]) {
  using V = Vec<T>;
  if (p.accumulate) {
    TG_UNROLL for (int r = 0; r < R; ++r) {
      TG_UNROLL for (int v = 0; v < NV; ++v) {
        T* out = p.c[m + r] + columns[v];
        tg_add(V::load(out), acc[r][v]).store(out);
      }
    }
    return;
  }
  TG_UNROLL for (int r = 0; r < R; ++r) {
    TG_UNROLL for (int v = 0; v < NV; ++v) acc[r][v].store(p.c[m + r] + columns[v]);
  }
}

// R of the 6 values of a tile, which begin at value m, NV vectors of one or more column groups.
template <int R, int NV, bool Packed, class T>
__attribute__((noinline)) void outer_tile(const OuterArgs<T>& p, long m, const T* const (&b)[NV],
                                          const long (&columns)[NV]) {
  using V = Vec<T>;
  V acc[R][NV];
  TG_UNROLL for (int r = 0; r < R; ++r) {
    TG_UNROLL for (int v = 0; v < NV; ++v) {
      acc[r][v] = V::zero();
      // The sums of a large layer lie far away.
      __builtin_prefetch(p.c[m + r] + columns[v], 1);
    }
  }
  // What the end needs waits in memory: the loop has no register for it.
  const OuterArgs<T>* at_end = &p;
  const long* columns_at_end = columns;
  asm("" : "+m"(at_end), "+m"(columns_at_end));
  const long stride = p.row_stride;
  const T* packed = Packed ? p.a + m / kOuterTile * kOuterTile * p.rows + m % kOuterTile : nullptr;
  for (long k = 0; k < p.rows; ++k) {
    const T* a = Packed ? packed + k * kOuterTile : p.a_rows[k] + m;
    // One pointer for the values of a row: gcc would hold a register for the offset of each.
    if constexpr (!Packed) asm("" : "+r"(a));
    if constexpr (R > kTileRows<T>) {
      V w[NV];
      TG_UNROLL for (int v = 0; v < NV; ++v) w[v] = V::load(b[v] + k * stride);
      TG_UNROLL for (int r = 0; r < R; ++r) {
        const V x = tg_broadcast(a + r);
        TG_UNROLL for (int v = 0; v < NV; ++v) acc[r][v] = tg_fma(x, w[v], acc[r][v]);
      }
      continue;
    }
    V x[R];
    TG_UNROLL for (int r = 0; r < R; ++r) x[r] = tg_broadcast(a + r);
    TG_UNROLL for (int v = 0; v < NV; ++v) {
      const V w = load_for_rows<R>(b[v] + k * stride);
      TG_UNROLL for (int r = 0; r < R; ++r) acc[r][v] = tg_fma(x[r], w, acc[r][v]);
    }
  }
  outer_store(*at_end, m, columns_at_end, acc);
}

template <int NV, class T>
void outer_vectors(const OuterArgs<T>& p, long tile, long first_vector) {
  constexpr long L = Vec<T>::kLanes;
  constexpr long kPerGroup = kGroupLanes / L;
  constexpr int kMax = kRowsFeeding<NV, T>;
  const T* b[NV];
  TG_UNROLL for (int v = 0; v < NV; ++v) {
    const long i = first_vector + v;
    b[v] = p.b + (i / kPerGroup) * p.group_stride + (i % kPerGroup) * L;
  }
  long columns[NV];
  outer_columns(p, first_vector, columns);
  const long m = tile * kOuterTile;
  const long rows = p.m - m < kOuterTile ? p.m - m : kOuterTile;
  for_each_row_tile<kMax>(rows, [&]<int R>(long row) {
    if (p.a_rows != nullptr) {
      outer_tile<R, NV, false>(p, m + row, b, columns);
    } else {
      outer_tile<R, NV, true>(p, m + row, b, columns);
    }
  });
}

template <class T>
void outer(const OuterArgs<T>& p) {
  constexpr long L = Vec<T>::kLanes;
  const long vectors = p.groups * (kGroupLanes / L);
  for (long tile = p.tile_begin; tile < p.tile_end; ++tile) {
    long v = 0;
    for (; v + 4 <= vectors; v += 4) outer_vectors<4>(p, tile, v);
    switch (vectors - v) {
      case 1:
        outer_vectors<1>(p, tile, v);
        break;
      case 2:
        outer_vectors<2>(p, tile, v);
        break;
      case 3:
        outer_vectors<3>(p, tile, v);
        break;
      default:
        break;
    }
  }
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
