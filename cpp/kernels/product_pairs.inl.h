// The products of product.inl.h over bfloat16 operands. Sums of one call are float32 chains over
// pairs along k, what is added to C is float32.
namespace tidegate::TIDEGATE_TARGET {
namespace {

template <int R, int P, int NV>
__attribute__((noinline)) void product_pairs_tile(const ProductArgs<float>& p, long panel,
                                                  long row) {
  using V = Vec<float>;
  constexpr long L = V::kLanes;
  const long column = panel * 4 * L;
  const long panel_stride = paired_values(p.b_rows, NV * L);
  const bfloat16* b = p.b16 + panel * paired_values(p.b_rows, 4 * L) + p.b_first_row * NV * L;
  V acc[P][R][NV];
  TG_UNROLL for (int q = 0; q < P; ++q) {
    TG_UNROLL for (int v = 0; v < NV; ++v) {
      const V start = p.init ? V::load(p.init + column + (q * NV + v) * L) : V::zero();
      TG_UNROLL for (int r = 0; r < R; ++r) acc[q][r][v] = start;
    }
  }
  const long k = pair_stride(p.segment_length);
  const long stride = p.segments * k;
  for (long s = 0; s < p.segments; ++s) {
    const bfloat16* a[R];
    TG_UNROLL for (int r = 0; r < R; ++r) a[r] = p.scratch16 + (row + r) * stride + s * k;
    accumulate_pairs<R, P, NV, 0, NV>(acc, a, (p.segment_length + 1) / 2,
                                      b + s * p.b_segment_stride * NV * L, panel_stride);
  }
  finish_product(p, acc, column, row);
}

template <int P, int NV>
void product_pairs_panel(const ProductArgs<float>& p, long panel) {
  constexpr int kMax = P == 1 ? kPairTileRows : 2;
  for_each_row_tile<kMax>(p.rows,
                          [&]<int R>(long row) { product_pairs_tile<R, P, NV>(p, panel, row); });
}

void product_pairs(const ProductArgs<float>& p) {
  constexpr long L = Vec<float>::kLanes;
  const long k = pair_stride(p.segment_length);
  for (long r = 0; r < p.rows; ++r) {
    for (long s = 0; s < p.segments; ++s) {
      narrow_row(p.a[r] + s * p.segment_stride, p.segment_length,
                 p.scratch16 + (r * p.segments + s) * k);
    }
  }
  for (long panel = p.panel_begin; panel < p.panel_end; ++panel) {
    const long vectors = (p.columns - panel * 4 * L + L - 1) / L;
    if (vectors >= 8 && p.rows <= 2 && panel + 1 < p.panel_end && kPairTileRows >= 4) {
      product_pairs_panel<2, 4>(p, panel);
      ++panel;
      continue;
    }
    switch (vectors) {
      case 1:
        product_pairs_panel<1, 1>(p, panel);
        break;
      case 2:
        product_pairs_panel<1, 2>(p, panel);
        break;
      case 3:
        product_pairs_panel<1, 3>(p, panel);
        break;
      default:
        product_pairs_panel<1, 4>(p, panel);
        break;
    }
  }
}

// The left operand of `outer`, [tile][rows][6], anew as pairs of rows. A whole vector is written
// for six pairs: what is too much is written over by the next, and lies past the end at the last.
inline void pair_tiles(const float* from, long rows, long tiles, bfloat16* to) {
  using V = Vec<float>;
  for (long tile = 0; tile < tiles; ++tile, from += kOuterTile * rows) {
    for (long k = 0; k < rows; k += 2, to += 2 * kOuterTile) {
      for (long j = 0; j < kOuterTile; j += V::kLanes) {
        const float* at = from + k * kOuterTile + j;
        const V even = V::load(at, kOuterTile - j);
        const V odd = k + 1 < rows ? V::load(at + kOuterTile, kOuterTile - j) : V::zero();
        tg_store_pair(to + 2 * j, tg_pair(even, odd));
      }
    }
  }
}

template <int R, int NV>
__attribute__((noinline)) void outer_pairs_tile(const OuterArgs<float>& p, long m,
                                                const bfloat16* b, const long (&columns)[NV]) {
  using V = Vec<float>;
  V acc[R][NV];
  TG_UNROLL for (int r = 0; r < R; ++r) {
    TG_UNROLL for (int v = 0; v < NV; ++v) acc[r][v] = V::zero();
  }
  const long pairs = (p.rows + 1) / 2;
  const bfloat16* a = p.a16 + 2 * (m / kOuterTile * kOuterTile * pairs + m % kOuterTile);
  for (long k = 0; k < pairs; ++k, a += 2 * kOuterTile, b += NV * 2 * V::kLanes) {
    TwoOfRow x[R];
    TG_UNROLL for (int r = 0; r < R; ++r) x[r] = tg_two(a + 2 * r);
    TG_UNROLL for (int v = 0; v < NV; ++v) {
      typename V::Pair w = V::load_pair(b + v * 2 * V::kLanes);
      if constexpr (R == 3) tg_hold(w);
      TG_UNROLL for (int r = 0; r < R; ++r) acc[r][v] = tg_dot(acc[r][v], x[r], w);
    }
  }
  outer_store(p, m, columns, acc);
}

// The right operand of NV vectors from `first` on, pairs of rows beside each other: it is read by
// every tile.
template <int NV>
inline void pair_rows(const OuterArgs<float>& p, long first, bfloat16* to) {
  using V = Vec<float>;
  constexpr long L = V::kLanes;
  constexpr long kPerGroup = kGroupLanes / L;
  for (long row = 0; row < p.rows; row += 2) {
    for (long i = first; i < first + NV; ++i, to += 2 * L) {
      const float* b = p.b + (i / kPerGroup) * p.group_stride + (i % kPerGroup) * L;
      const V even = V::load(b + row * p.row_stride);
      const V odd = row + 1 < p.rows ? V::load(b + (row + 1) * p.row_stride) : V::zero();
      tg_store_pair(to, tg_pair(even, odd));
    }
  }
}

template <int NV>
void outer_pairs_vectors(const OuterArgs<float>& p, long first) {
  constexpr long L = Vec<float>::kLanes;
  alignas(64) bfloat16 b[(kOuterRows + 1) * NV * L];
  pair_rows<NV>(p, first, b);
  long columns[NV];
  outer_columns(p, first, columns);
  for (long tile = p.tile_begin; tile < p.tile_end; ++tile) {
    const long m = tile * kOuterTile;
    const long rows = p.m - m < kOuterTile ? p.m - m : kOuterTile;
    for_each_row_tile<kPairTileRows>(
        rows, [&]<int R>(long row) { outer_pairs_tile<R, NV>(p, m + row, b, columns); });
  }
}

void outer_pairs(const OuterArgs<float>& p) {
  const long vectors = p.groups * (kGroupLanes / Vec<float>::kLanes);
  long v = 0;
  for (; v + 4 <= vectors; v += 4) outer_pairs_vectors<4>(p, v);
  switch (vectors - v) {
    case 1:
      outer_pairs_vectors<1>(p, v);
      break;
    case 2:
      outer_pairs_vectors<2>(p, v);
      break;
    case 3:
      outer_pairs_vectors<3>(p, v);
      break;
    default:
      break;
  }
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
