// Products of bfloat16 with float32 sums: operands are rounded once, two neighbours along k at a
// time are multiplied and added (simd/dot_pairs.h). Half the bytes, and where the processor has the
// instruction up to twice the speed. Chains run over k in ascending pairs, whatever the tile.
namespace tidegate::TIDEGATE_TARGET {
namespace {

template <int R, int P, int A, int O, int NV>
inline __attribute__((always_inline)) void accumulate_pairs(Vec<float> (&acc)[P][R][A],
                                                            const bfloat16* const (&row)[R],
                                                            long pairs, const bfloat16* b,
                                                            long panel_stride) {
  using V = Vec<float>;
  for (long k = 0; k < pairs; ++k) {
    TwoOfRow x[R];
    TG_UNROLL for (int r = 0; r < R; ++r) {
      x[r] = tg_two(row[r] + 2 * k);
      if constexpr (NV == 3 && R == 6) tg_hold(x[r]);  // gcc 12 would store one and load it again
    }
    TG_UNROLL for (int p = 0; p < P; ++p) {
      TG_UNROLL for (int v = 0; v < NV; ++v) {
        typename V::Pair w = V::load_pair(b + p * panel_stride + v * 2 * V::kLanes);
        if constexpr (R == 3) tg_hold(w);  // as load_for_rows
        TG_UNROLL for (int r = 0; r < R; ++r) {
          acc[p][r][O + v] = tg_dot(acc[p][r][O + v], x[r], w);
        }
      }
    }
    b += NV * 2 * V::kLanes;
  }
}

// A row of `n` values as bfloat16, zeros up to the next multiple of 16.
inline void narrow_row(const float* from, long n, bfloat16* to) {
  using V = Vec<float>;
  const long padded = (n + kGroupLanes - 1) / kGroupLanes * kGroupLanes;
  long i = 0;
  for (; i + V::kLanes <= n; i += V::kLanes) tg_narrow(to + i, V::load(from + i));
  for (; i < padded; i += V::kLanes) {
    tg_narrow(to + i, i < n ? V::load(from + i, n - i) : V::zero());
  }
}

// Packs panels of `width` vectors over `columns` columns anew, [rows][n L] to pairs of rows.
inline void pair_panels(const float* from, long rows, long columns, long width, bfloat16* to) {
  using V = Vec<float>;
  constexpr long L = V::kLanes;
  const long all = (columns + L - 1) / L;
  for (long first = 0; first < all; first += width) {
    const long n = (all - first < width ? all - first : width) * L;
    for (long row = 0; row < rows; row += 2, from += 2 * n) {
      for (long i = 0; i < n; i += L, to += 2 * L) {
        const V odd = row + 1 < rows ? V::load(from + n + i) : V::zero();
        tg_store_pair(to, tg_pair(V::load(from + i), odd));
      }
    }
    if (rows % 2 == 1) from -= n;
  }
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
