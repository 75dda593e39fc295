// Products of bytes, the part of kernels/compact_table.h that a target with an instruction of its
// own compiles anew. Sums of integers are exact, so chains may be cut anywhere.
#include "kernels/compact_table.h"
#include "kernels/unroll.h"

namespace tidegate::TIDEGATE_TARGET {
namespace {

template <int R, int NV>
inline __attribute__((always_inline)) void add_fours(Sums (&acc)[R][NV], const std::int8_t* x,
                                                     long x_stride, const std::int8_t* w) {
  FourOfRow four[R];
  TG_UNROLL for (int r = 0; r < R; ++r) four[r] = tg_four(x + r * x_stride);
  TG_UNROLL for (int v = 0; v < NV; ++v) {
    const Fours fours = Fours::load(w + v * 4 * Vec<float>::kLanes);
    TG_UNROLL for (int r = 0; r < R; ++r) acc[r][v] = tg_dot(acc[r][v], four[r], fours);
  }
}

template <int R, int NV>
__attribute__((noinline)) void bytes_tile(const CompactTileArgs& t) {
  using V = Vec<float>;
  constexpr int kChains = R == 1 ? kByteChains : 1;
  constexpr long kStep = NV * 4 * V::kLanes;
  Sums acc[kChains][R][NV];
  TG_UNROLL for (int c = 0; c < kChains; ++c) {
    TG_UNROLL for (int r = 0; r < R; ++r) {
      TG_UNROLL for (int v = 0; v < NV; ++v) acc[c][r][v] = Sums::zero();
    }
  }
  const long stride = t.x->stride;
  const std::int8_t* x = t.x->values + t.row * stride;
  const auto* w = reinterpret_cast<const std::int8_t*>(t.w);
  const std::int8_t* const end = x + (t.k + 3) / 4 * 4;
  for (; x + 4 * kChains <= end; x += 4 * kChains) {
    TG_UNROLL for (int c = 0; c < kChains; ++c) {
      add_fours(acc[c], x + 4 * c, stride, w);
      w += kStep;
    }
  }
  for (; x < end; x += 4, w += kStep) add_fours(acc[0], x, stride, w);
  TG_UNROLL for (int r = 0; r < R; ++r) {
    const Sums start = tg_all(t.x->starts[t.row + r]);
    const V row = tg_broadcast(t.x->scales + t.row + r);
    TG_UNROLL for (int v = 0; v < NV; ++v) {
      Sums sum = tg_add(acc[0][r][v], start);
      TG_UNROLL for (int c = 1; c < kChains; ++c) sum = tg_add(sum, acc[c][r][v]);
      float* at = t.tile + r * t.tile_stride + v * V::kLanes;
      const V scale = tg_mul(row, V::load(t.scales + v * V::kLanes));
      tg_fma(tg_to_float(sum), scale, V::load(at)).store(at);
    }
  }
}

template <int R>
constexpr CompactKernels::Tile bytes_tile_of(int vectors) {
  if constexpr (R <= kByteRows) {
    constexpr CompactKernels::Tile kTiles[] = {bytes_tile<R, 1>, bytes_tile<R, 2>, bytes_tile<R, 3>,
                                               bytes_tile<R, 4>};
    return kTiles[vectors - 1];
  } else {
    return nullptr;
  }
}

constexpr CompactKernels kBytesKernels = {
    .offset = kByteOffset,
    .rows = kByteRows,
    .tile = {{bytes_tile_of<1>(1), bytes_tile_of<1>(2), bytes_tile_of<1>(3), bytes_tile_of<1>(4)},
             {bytes_tile_of<2>(1), bytes_tile_of<2>(2), bytes_tile_of<2>(3), bytes_tile_of<2>(4)},
             {bytes_tile_of<4>(1), bytes_tile_of<4>(2), bytes_tile_of<4>(3), bytes_tile_of<4>(4)}},
    .start = tg_start};

}  // namespace

const CompactKernels& bytes_kernels();
const CompactKernels& bytes_kernels() { return kBytesKernels; }

}  // namespace tidegate::TIDEGATE_TARGET
