// The micro-kernel of tile.inl.h over weights that are kept in bfloat16, half the bytes of float32.
//
// Where weights stream from a cache level faster than they can be multiplied, that is half the
// time. Widening is exact and the chains are those of float32, so the result has the bits of
// float32 weights rounded to bfloat16. Packed as runtime/compact_weights.h says: one load gives two
// vectors, by a shift and a mask.
namespace tidegate::TIDEGATE_TARGET {
namespace {

// Two registers more are needed than for float32: the packed word and the mask.
template <class T>
constexpr int kNarrowTileRows = kTileRows<T> > 2 ? kTileRows<T> - 1 : 2;

template <class W, class T>
constexpr int kRowsFor = std::is_same_v<W, bfloat16>        ? kNarrowTileRows<T>
                         : std::is_same_v<W, bfloat16_pair> ? kPairTileRows
                                                            : kTileRows<T>;

// The next N vectors of each panel, N even: vector i belongs to k = i / NV and accumulator i % NV.
template <int R, int P, int A, int O, int NV, int N>
inline __attribute__((always_inline)) void multiply_pairs(Vec<float> (&acc)[P][R][A],
                                                          const float* const (&row)[R], long k,
                                                          const bfloat16* b, long panel_stride) {
  using V = Vec<float>;
  V x[N / NV][R];
  TG_UNROLL for (int i = 0; i < N / NV; ++i) {
    TG_UNROLL for (int r = 0; r < R; ++r) x[i][r] = tg_broadcast(row[r] + k + i);
  }
  TG_UNROLL for (int p = 0; p < P; ++p) {
    TG_UNROLL for (int i = 0; i < N; i += 2) {
      typename V::Pair pair = V::load_pair(b + p * panel_stride + i * V::kLanes);
      tg_hold(pair);
      const V even = tg_even(pair);
      TG_UNROLL for (int r = 0; r < R; ++r) {
        V& to = acc[p][r][O + i % NV];
        to = tg_fma(x[i / NV][r], even, to);
      }
      const V odd = tg_odd(pair);
      TG_UNROLL for (int r = 0; r < R; ++r) {
        V& to = acc[p][r][O + (i + 1) % NV];
        to = tg_fma(x[(i + 1) / NV][r], odd, to);
      }
    }
  }
}

template <int R, int P, int A, int O, int NV>
inline __attribute__((always_inline)) void accumulate(Vec<float> (&acc)[P][R][A],
                                                      const float* const* a, long offset, long n,
                                                      const bfloat16* b, long panel_stride) {
  using V = Vec<float>;
  constexpr int kTogether = NV % 2 == 0 ? 1 : 2;  // values of k that fill whole pairs
  const float* row[R];
  TG_UNROLL for (int r = 0; r < R; ++r) row[r] = a[r] + offset;
  long k = 0;
  for (; k + kTogether <= n; k += kTogether, b += kTogether * NV * V::kLanes) {
    multiply_pairs<R, P, A, O, NV, kTogether * NV>(acc, row, k, b, panel_stride);
  }
  if (k == n) return;
  TG_UNROLL for (int p = 0; p < P; ++p) {
    TG_UNROLL for (int v = 0; v < NV; ++v) {
      V w;
      const bfloat16* at = b + p * panel_stride;
      if (v == NV - 1) {
        w = tg_widen(at + v * V::kLanes);
      } else {
        const typename V::Pair pair = V::load_pair(at + v / 2 * 2 * V::kLanes);
        w = v % 2 == 0 ? tg_even(pair) : tg_odd(pair);
      }
      TG_UNROLL for (int r = 0; r < R; ++r) {
        acc[p][r][O + v] = tg_fma(tg_broadcast(row[r] + k), w, acc[p][r][O + v]);
      }
    }
  }
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
