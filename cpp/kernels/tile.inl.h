// The micro-kernel: a tile of R rows by P panels by A vectors of accumulators, fed one k at a time.
//
// Every accumulator is one chain of fused multiply-adds over k in ascending order; tiles only
// choose which chains run beside each other. Sizes are those of the register file: with 32
// registers 6 x 4 accumulators + 4 weights + 1 broadcast, with 16 registers 3 x 4 + 3 broadcasts +
// 1 weight, on AArch64 5 x 4 + 5 broadcasts + 4 weights (two loads of two, ahead of their use). At
// 16 registers gcc keeps the accumulators in them only if the broadcasts are held while each weight
// is used as soon as it is loaded: with the weights held first the AVX2 tile spills and loses half
// of its speed.
#include "kernels/unroll.h"

namespace tidegate::TIDEGATE_TARGET {
namespace {

// Rows of the largest tile with 4 vectors: enough chains to hide the latency of FMA on two ports.
template <class T>
constexpr int kTileRows = Vec<T>::kTileRows;

// Rows of the largest tile whose products feed NV of its 4 vectors at a time: 16 registers hold
// 4 x 3 or 6 x 2 accumulators with their weights and one broadcast; accumulators that are not fed
// wait in memory. The chains more hide the latency: a GRU 82 -> 88 % of the peak with AVX2.
template <int NV, class T>
constexpr int kRowsFeeding = kTileRows<T> != 3 || NV > 3 ? kTileRows<T>
                             : NV == 3                   ? 4
                                                         : 6;

// A vector that R rows multiply. With three rows gcc would read it once per row, as an operand of
// each multiply-add, and the loads would take longer than the sums: 10 % at a batch of three.
template <int R, class T>
inline __attribute__((always_inline)) Vec<T> load_for_rows(const T* p) {
  Vec<T> w = Vec<T>::load(p);
  if constexpr (R == 3) tg_hold(w);
  return w;
}

// acc[p][r][O .. O + NV) += a[r][k] * b[p][k][0 .. NV) for k in [0, n). b advances by NV vectors
// per k. A tile of more than kTileRows holds its weights, the others hold the row's values.
template <int R, int P, int A, int O, int NV, class T>
inline __attribute__((always_inline)) void accumulate(Vec<T> (&acc)[P][R][A], const T* const* a,
                                                      long offset, long n, const T* b,
                                                      long panel_stride) {
  using V = Vec<T>;
  const T* row[R];
  TG_UNROLL for (int r = 0; r < R; ++r) row[r] = a[r] + offset;
  for (long k = 0; k < n; ++k) {
    if constexpr (R > kTileRows<T> && P == 1) {
      V w[NV];
      TG_UNROLL for (int v = 0; v < NV; ++v) w[v] = V::load(b + v * V::kLanes);
      TG_UNROLL for (int r = 0; r < R; ++r) {
        const V x = tg_broadcast(row[r] + k);
        TG_UNROLL for (int v = 0; v < NV; ++v) {
          acc[0][r][O + v] = tg_fma(x, w[v], acc[0][r][O + v]);
        }
      }
      b += NV * V::kLanes;
      continue;
    }
    V x[R];
    TG_UNROLL for (int r = 0; r < R; ++r) x[r] = tg_broadcast(row[r] + k);
    TG_UNROLL for (int p = 0; p < P; ++p) {
      TG_UNROLL for (int v = 0; v < NV; ++v) {
        const V w = load_for_rows<R>(b + p * panel_stride + v * V::kLanes);
        TG_UNROLL for (int r = 0; r < R; ++r) {
          acc[p][r][O + v] = tg_fma(x[r], w, acc[p][r][O + v]);
        }
      }
    }
    b += NV * V::kLanes;
  }
}

// The same with a row operand of its own for each gate (dropout masks per gate): a[g][r].
template <int R, int A, int O, int NV, class T>
inline __attribute__((always_inline)) void accumulate_per_gate(Vec<T> (&acc)[1][R][A],
                                                               const T* const (&a)[NV][R], long n,
                                                               const T* b) {
  using V = Vec<T>;
  for (long k = 0; k < n; ++k) {
    TG_UNROLL for (int v = 0; v < NV; ++v) {
      const V w = V::load(b + v * V::kLanes);
      TG_UNROLL for (int r = 0; r < R; ++r) {
        acc[0][r][O + v] = tg_fma(tg_broadcast(a[v][r] + k), w, acc[0][r][O + v]);
      }
    }
    b += NV * V::kLanes;
  }
}

// Calls body.template operator()<R>(first_row) for tiles that cover [0, rows), as even as they can
// be: 32 rows are 6 + 6 + 5 + 5 + 5 + 5, not 5 x 6 + 2.
template <int Max, class Body>
inline void for_each_row_tile(long rows, Body&& body) {
  const long tiles = (rows + Max - 1) / Max;
  long row = 0;
  for (long i = 0; i < tiles; ++i) {
    const long n = (rows - row + (tiles - i) - 1) / (tiles - i);
    switch (n) {
      case 1:
        body.template operator()<1>(row);
        break;
      case 2:
        if constexpr (Max >= 2) body.template operator()<2>(row);
        break;
      case 3:
        if constexpr (Max >= 3) body.template operator()<3>(row);
        break;
      case 4:
        if constexpr (Max >= 4) body.template operator()<4>(row);
        break;
      case 5:
        if constexpr (Max >= 5) body.template operator()<5>(row);
        break;
      default:
        if constexpr (Max >= 6) body.template operator()<6>(row);
        break;
    }
    row += n;
  }
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
