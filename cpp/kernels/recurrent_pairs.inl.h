// Tiles of pre-activations by products of bfloat16: recurrent_tile.inl.h over the operands of
// pairs.inl.h. States, sums and gates stay float32; x and h are rounded where they are multiplied.
namespace tidegate::TIDEGATE_TARGET {
namespace {

// Where the operands of a step lie in its scratch: rows of x, one block per gate if each gate has
// its own, then rows of h.
struct PairOperands {
  long x_stride, h_stride;
  bfloat16 *x, *h;

  PairOperands(const RecurrentStepArgs<float>& s, long x_gates)
      : x_stride(pair_stride(s.input_dim)),
        h_stride(pair_stride(s.units)),
        x(s.scratch16),
        h(s.scratch16 + (s.x_gate != nullptr ? x_gates : 1) * s.rows * x_stride) {}
};

// Rounds what this step multiplies. W says whether its products are of bfloat16.
template <class W, class S, class T>
inline void round_operands(const RecurrentStepArgs<T>& s) {
  if constexpr (std::is_same_v<W, bfloat16_pair>) {
    const PairOperands to(s, S::XN);
    if (s.x_gate != nullptr) {
      for (long i = 0; i < S::XN * s.rows; ++i) {
        narrow_row(s.x_gate[i], s.input_dim, to.x + i * to.x_stride);
      }
      for (long i = 0; i < S::HN * s.rows; ++i) {
        narrow_row(s.h_gate[i], s.units, to.h + i * to.h_stride);
      }
      return;
    }
    for (long r = 0; r < s.rows; ++r) {
      narrow_row(s.x[r], s.input_dim, to.x + r * to.x_stride);
      narrow_row(s.h_prev + r * s.h_prev_stride, s.units, to.h + r * to.h_stride);
    }
  }
}

template <class S, int R, int P>
__attribute__((noinline)) void fill_pairs(const RecurrentStepArgs<float>& s, long panel, long row,
                                          float* tile, long panel_vectors) {
  constexpr long L = Vec<float>::kLanes;
  Vec<float> acc[P][R][S::A];
  start_tile<S, R, P>(s, panel, row, acc, panel_vectors);
  const PairOperands operands(s, S::XN);
  const bfloat16* at[R];
  const auto multiply = [&]<int O, int NV>(const bfloat16* from, long stride, long width,
                                           const bfloat16* b) __attribute__((always_inline)) {
    TG_UNROLL for (int r = 0; r < R; ++r) at[r] = from + (row + r) * stride;
    const long full = paired_values(width, (S::A == NV ? panel_vectors : NV) * L);
    accumulate_pairs<R, P, S::A, O, NV>(acc, at, (width + 1) / 2, b + panel * full,
                                        paired_values(width, NV * L));
  };
  multiply.template operator()<0, S::XN>(operands.x, operands.x_stride, s.input_dim, s.kernel16);
  multiply.template operator()<S::HO, S::HN>(operands.h, operands.h_stride, s.units,
                                             s.recurrent_kernel16);
  lay_tile<R, P, S::A>(acc, tile);
}

// acc += a b with a row operand of its own for each gate: gate g of row r lies at a[r] + g * gate.
template <int R, int A, int O, int NV>
inline __attribute__((always_inline)) void accumulate_pairs_per_gate(Vec<float> (&acc)[1][R][A],
                                                                     const bfloat16* a, long stride,
                                                                     long gate, long pairs,
                                                                     const bfloat16* b) {
  using V = Vec<float>;
  for (long k = 0; k < pairs; ++k) {
    TG_UNROLL for (int v = 0; v < NV; ++v) {
      const typename V::Pair w = V::load_pair(b);
      b += 2 * V::kLanes;
      TG_UNROLL for (int r = 0; r < R; ++r) {
        const TwoOfRow x = tg_two(a + v * gate + r * stride + 2 * k);
        acc[0][r][O + v] = tg_dot(acc[0][r][O + v], x, w);
      }
    }
  }
}

template <class S, int R>
__attribute__((noinline)) void fill_pairs_per_gate(const RecurrentStepArgs<float>& s, long panel,
                                                   long row, float* tile, long panel_vectors) {
  constexpr long L = Vec<float>::kLanes;
  Vec<float> acc[1][R][S::A];
  start_tile<S, R, 1>(s, panel, row, acc, panel_vectors);
  const PairOperands o(s, S::XN);
  accumulate_pairs_per_gate<R, S::A, 0, S::XN>(
      acc, o.x + row * o.x_stride, o.x_stride, s.rows * o.x_stride, (s.input_dim + 1) / 2,
      s.kernel16 + panel * paired_values(s.input_dim, S::XN * L));
  accumulate_pairs_per_gate<R, S::A, S::HO, S::HN>(
      acc, o.h + row * o.h_stride, o.h_stride, s.rows * o.h_stride, (s.units + 1) / 2,
      s.recurrent_kernel16 + panel * paired_values(s.units, S::HN * L));
  lay_tile<R, 1, S::A>(acc, tile);
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
