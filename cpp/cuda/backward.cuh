// Backward sweep through time on thread block clusters: dh_{t-1} = dgates_t U^T with the same share
// of U in each CTA as in the forward sweep, so dgates stay at home and partial sums of dh travel.
//
// One step: wait until the partial sums of all CTAs have arrived; each
// thread adds those of its (row, unit) in the order of the CTAs and does the gates; dgates to
// shared memory; __syncthreads; product of this CTA's dgates with its rows of U^T for all units;
// every warp sends its tiles to the CTAs that own those units; only then are dgates stored in place
// over what was kept. Two buffers suffice for the reason given in forward.cuh, dgates included: the
// second
// __syncthreads from now is behind their product.
#pragma once

#include <type_traits>

#include "cuda/rows.cuh"

namespace tidegate::cuda {

template <class S>
struct BackwardLayout {
  using Gate = typename S::Type::Gate;
  using Before = std::conditional_t<S::kCell == Cell::lstm, float, typename S::Type::Element>;
  static constexpr int kTiles = Rows<S>::kEnd;
  static constexpr int kGradBytes = S::kRows * S::kGradStride;  // one of two
  static constexpr int kGrads = kTiles + S::kInShared * S::kWarps * kTileBytes;
  static constexpr int kRing = kGrads + 2 * kGradBytes;
  static constexpr int kGateBytes = S::kRows * 4 * S::kU * static_cast<int>(sizeof(Gate));
  static constexpr int kBeforeBytes = S::kPairs * static_cast<int>(sizeof(Before));
  static constexpr int kDyBytes = S::kPairs * S::kBytes;
  static constexpr int kStageBytes = kGateBytes + kBeforeBytes + kDyBytes;
  // [kVectors][kPairs]: dh past U, sums of the gates' gradients, then dc and c_t (LSTM).
  static constexpr int kVectors = S::kCell == Cell::lstm ? 7 : 5;
  static constexpr int kStates = kRing + S::kStages * kStageBytes;
  // Partial sums that leave, [CTA][row][unit], then those that arrive, two such.
  static constexpr int kPartialBytes = S::kRows * S::kCluster * S::kU * 4;
  static constexpr int kLeaving = (kStates + kVectors * S::kPairs * 4 + 127) / 128 * 128;
  static constexpr int kArriving = kLeaving + (S::kBulkBack ? kPartialBytes : 0);
  static constexpr int kBytes = kArriving + 2 * kPartialBytes;
  // Where unit `unit` of a row lies among the CTA's: eight rows of two units meet no bank twice.
  static __device__ __forceinline__ int swizzled(int row, int unit) {
    return S::kBulkBack ? unit ^ (row & 7) * 4 : unit;
  }
};

// What the gates of a (row, unit) need besides dh.
struct BackwardInputs {
  float kept[4], before, dy, past, c, dc;
  bool active;
};

// Gradients of the gates in the order of the planes; returns the part of dh_{t-1} past U.
template <class S>
__device__ __forceinline__ float backward_gates(const BackwardInputs& in, float dh, float (&g)[4],
                                                float& dc) {
  dc = in.dc;
  g[0] = g[1] = g[2] = g[3] = 0.0f;
  if (!in.active) return dh;
  if constexpr (S::kCell == Cell::lstm) {
#pragma unroll
    for (int k = 0; k < 4; ++k) g[k] = in.kept[k];
    if constexpr (S::Type::kGates == Gates::exact)
      exact::tg_lstm_backward(TG_TANH, TG_SIGMOID, g, in.c, in.before, dh, &dc);
    else if constexpr (S::Type::kGates == Gates::fast)
      fast::tg_lstm_backward(TG_TANH, TG_SIGMOID, g, in.c, in.before, dh, &dc);
    else
      rough::tg_lstm_backward(TG_TANH, TG_SIGMOID, g, in.c, in.before, dh, &dc);
    return 0.0f;
  } else {
    float w[4] = {in.kept[2], in.kept[0], in.kept[1], in.kept[3]};  // n z r u
    const float past = fast::tg_gru_backward(TG_TANH, TG_SIGMOID, w, in.before, dh);
    g[0] = w[1], g[1] = w[2], g[2] = w[0], g[3] = w[3];
    return past;
  }
}

// The operand of the product: z r u of the GRU, all four gates of the LSTM.
template <class S>
__device__ __forceinline__ void store_operand(unsigned char* to, const float (&g)[4]) {
  using Type = typename S::Type;
  if constexpr (S::kBytes == 4) {
    uint32_t* words = reinterpret_cast<uint32_t*>(to);
    words[0] = Type::operand(g[0]), words[1] = Type::operand(g[1]);
    words[2] = Type::operand(S::kG == 4 ? g[2] : g[3]);
    if constexpr (S::kG == 4) words[3] = Type::operand(g[3]);
  } else if constexpr (S::kG == 4) {
    *reinterpret_cast<uint2*>(to) = make_uint2(Type::pair(g[0], g[1]), Type::pair(g[2], g[3]));
  } else {
    uint16_t* halves = reinterpret_cast<uint16_t*>(to);
    halves[0] = static_cast<uint16_t>(Type::operand(g[0]));
    halves[1] = static_cast<uint16_t>(Type::operand(g[1]));
    halves[2] = static_cast<uint16_t>(Type::operand(g[3]));
  }
}

// Two rows of one unit become one row of two units: lanes 4 apart trade.
__device__ __forceinline__ void pair_units(float first_row, float second_row, int odd, float& a,
                                           float& b) {
  const float received = __shfl_xor_sync(~0u, odd ? first_row : second_row, 4);
  a = odd ? received : first_row;
  b = odd ? second_row : received;
}

// Gradients of the final states; steps beyond every row of the cluster get none of their own, but
// where y repeats the last output theirs belongs to it.
template <class S>
__device__ __forceinline__ void backward_start(const TgCudaBackward& a, const Rows<S>& rows,
                                               unsigned char* smem, int member) {
  using Type = typename S::Type;
  using Element = typename Type::Element;
  using L = BackwardLayout<S>;
  for (int p = threadIdx.x; p < S::kPairs; p += S::kThreads) {
    const int r = p / S::kU, row = rows.row[r], column = member * S::kU + p % S::kU;
    const int at = row * S::kH + column;
    const bool exists = r < rows.count, repeat = !a.zero_masked && rows.length[r] > 0;
    float dh = exists && a.dh != nullptr ? a.dh[at] : 0.0f;
    for (int t = a.steps - 1; exists && t >= rows.steps; --t) {
      const size_t step = static_cast<size_t>(row) * a.steps + t;
      if (a.dy != nullptr && repeat)
        dh += Type::load(static_cast<const Element*>(a.dy)[step * S::kH + column]);
      Element* to = static_cast<Element*>(a.gates) + step * 4 * S::kH + column;
#pragma unroll
      for (int g = 0; g < 4; ++g) to[g * S::kH] = Type::store(0.0f);
    }
    float* state = reinterpret_cast<float*>(smem + L::kStates) + p;
    state[0] = dh;
#pragma unroll
    for (int g = 1; g <= 4; ++g) state[g * S::kPairs] = 0.0f;
    if constexpr (S::kCell == Cell::lstm) {
      state[5 * S::kPairs] = exists && a.dc != nullptr ? a.dc[at] : 0.0f;
      state[6 * S::kPairs] = exists ? a.c[at] : 0.0f;
    }
  }
}

// Partial sums of one (row, unit), in the order of the CTAs. `abroad` is where the other cluster's
// are, [kCluster][kRows][kU], or null.
template <class S>
__device__ __forceinline__ float arrived_sum(const float* arrived, const float* abroad, int part,
                                             int row, int unit) {
  float here[S::kCluster];
  const float* from = arrived + row * S::kU + BackwardLayout<S>::swizzled(row, unit);
#pragma unroll
  for (int source = 0; source < S::kCluster; ++source)
    here[source] = from[source * S::kRows * S::kU];
  float sum = 0.0f;
  if constexpr (S::kParts == 1) {
#pragma unroll
    for (int source = 0; source < S::kCluster; ++source) sum += here[source];
  } else {
    uint32_t there[S::kCluster];
    const long long start = clock64();
    bool waiting = true;
    while (waiting) {
      waiting = false;
#pragma unroll
      for (int source = 0; source < S::kCluster; ++source)
        there[source] = load_relaxed(abroad + (source * S::kRows + row) * S::kU + unit);
#pragma unroll
      for (int source = 0; source < S::kCluster; ++source) waiting |= there[source] == kNothing;
      if (clock64() - start > kSpinLimit) asm volatile("trap;");
    }
    float first = 0.0f, second = 0.0f;
#pragma unroll
    for (int source = 0; source < S::kCluster; ++source) {
      const float far = __uint_as_float(there[source]);
      first += part == 0 ? here[source] : far;
      second += part == 0 ? far : here[source];
    }
    sum = first + second;
  }
  return sum;
}

// dh_0, dc_0 and the sums of the gates' gradients.
template <class S>
__device__ __forceinline__ void backward_end(const TgCudaBackward& a, const Rows<S>& rows,
                                             const unsigned char* smem, const Seat<S>& seat,
                                             const float* abroad) {
  using L = BackwardLayout<S>;
  const float* arrived =
      reinterpret_cast<const float*>(smem + L::kArriving + (rows.steps & 1) * L::kPartialBytes);
  for (int p = threadIdx.x; p < S::kPairs; p += S::kThreads) {
    const int r = p / S::kU, unit = p % S::kU;
    if (r >= rows.count) break;
    const float* state = reinterpret_cast<const float*>(smem + L::kStates) + p;
    const float dh = rows.steps > 0 ? arrived_sum<S>(arrived, abroad, seat.part, r, unit) : 0.0f;
    const int row = rows.row[r], column = seat.member * S::kU + unit;
    a.dh0[row * S::kH + column] = dh + state[0];
    if constexpr (S::kCell == Cell::lstm) a.dc0[row * S::kH + column] = state[5 * S::kPairs];
    for (int g = 0; g < 4; ++g)
      a.dbias_rows[(row * 4 + g) * S::kH + column] = state[(1 + g) * S::kPairs];
  }
}

// Sends the warp's sums to the CTAs that own their units.
template <class S>
struct PartialSender {
  using L = BackwardLayout<S>;
  static constexpr int kPeers = 16 * S::kBackWarpM / S::kU;  // of a warp, for bulk copies
  int odd, row, unit;

  __device__ __forceinline__ explicit PartialSender(int lane)
      : odd(lane / 4 & 1), row(2 * (lane % 4) + odd), unit(lane / 4 - odd) {}

  // `arriving` and `bar` count from the beginning of shared memory; `abroad` and `used` are slots,
  // [kGroup][kCluster][kRows][kU], see kSlots.
  __device__ __forceinline__ void send(const float (&c)[S::kBackWarpM][S::kColumns][4],
                                       unsigned char* smem, int warp, int lane, const Seat<S>& seat,
                                       int count, uint32_t arriving, uint32_t bar, float* abroad,
                                       float* used) const {
    const uint32_t base = shared_address(smem);
    if constexpr (S::kBulkBack) {
      bulk_wait_read();
      __syncwarp();
    }
#pragma unroll
    for (int m = 0; m < S::kBackWarpM; ++m) {
      const int first = (warp * S::kBackWarpM + m) * 16, owner = first / S::kU;
#pragma unroll
      for (int n = 0; n < S::kColumns; ++n) {
        float v[4];
        pair_units(c[m][n][0], c[m][n][1], odd, v[0], v[1]);
        pair_units(c[m][n][2], c[m][n][3], odd, v[2], v[3]);
        const int at = first % S::kU + unit, line = (n * 8 + row) * S::kU;
        if constexpr (S::kBulkBack) {  // a bulk copy leads to others alone
          float* to = reinterpret_cast<float*>(
              smem + (owner == seat.rank ? arriving : static_cast<uint32_t>(L::kLeaving)));
          to += owner * S::kRows * S::kU + line;
          *reinterpret_cast<float2*>(to + L::swizzled(row, at)) = make_float2(v[0], v[1]);
          *reinterpret_cast<float2*>(to + L::swizzled(row, at + 8)) = make_float2(v[2], v[3]);
        } else if (S::kParts > 1 && owner / S::kCluster != seat.part) {
          if (n * 8 + row >= count) continue;
          const int to = (owner * S::kCluster + seat.rank) * S::kRows * S::kU + line + at;
          store_relaxed(abroad + to, __float_as_uint(v[0]), __float_as_uint(v[1]));
          store_relaxed(abroad + to + 8, __float_as_uint(v[2]), __float_as_uint(v[3]));
          store_relaxed(used + to, kNothing, kNothing);
          store_relaxed(used + to + 8, kNothing, kNothing);
        } else if (n * 8 + row < count) {
          const uint32_t peer = map_to_rank(base, owner % S::kCluster);
          const uint32_t to = peer + arriving + (seat.rank * S::kRows * S::kU + line) * 4;
          store_async(to + L::swizzled(row, at) * 4, peer + bar, v[0], v[1]);
          store_async(to + L::swizzled(row, at + 8) * 4, peer + bar, v[2], v[3]);
        }
      }
    }
    if constexpr (S::kBulkBack) {
      bulk_fence();
      __syncwarp();
      if (warp == seat.rank / kPeers) barrier_arrive(base + bar);
      const int to = warp * kPeers + lane;
      if (lane < kPeers && to != seat.rank) {
        constexpr uint32_t kSlice = S::kRows * S::kU * 4;
        const uint32_t peer = map_to_rank(base, to);
        copy_bulk(peer + arriving + seat.rank * kSlice, base + L::kLeaving + to * kSlice,
                  count * S::kU * 4, peer + bar);
        bulk_commit();
      }
    }
  }
};

template <class S>
__global__ void __launch_bounds__(S::kThreads, 1)
    backward_sweep(const __grid_constant__ TgCudaBackward a, int first_row, int rows_each) {
  using Type = typename S::Type;
  using Element = typename Type::Element;
  using L = BackwardLayout<S>;
  using Gate = typename L::Gate;
  using Before = typename L::Before;
  extern __shared__ __align__(128) unsigned char smem[];
  const uint32_t base = shared_address(smem);
  const Seat<S> seat;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;

  Tiles<S> tiles;
  tiles.load(static_cast<const uint4*>(a.packed) +
                 static_cast<size_t>(seat.member) * S::kWarps * S::kTiles * 32,
             smem + L::kTiles, warp, lane);
  const Rows<S> rows(a, smem, first_row, rows_each);
  const int count = rows.count, steps = rows.steps;
  const int expected = count * (S::kBulkBack ? S::kCluster - 1 : S::kCluster) * S::kU * 4;
  if (threadIdx.x == 0) {
    for (int i = 0; i < 2; ++i) {
      // With bulk copies the lanes of the warp that keeps its sums at home arrive too.
      barrier_init(base + Rows<S>::kBarriers + i * 8, S::kBulkBack ? 33 : 1);
      barrier_expect(base + Rows<S>::kBarriers + i * 8, expected);
    }
    barrier_init_done();
  }
  backward_start<S>(a, rows, smem, seat.member);

  constexpr int kGatePieces = L::kGateBytes / 16, kBeforePieces = L::kBeforeBytes / 16;
  constexpr int kDyPieces = L::kDyBytes / 16;
  constexpr int kCopies = (kGatePieces + kBeforePieces + kDyPieces + S::kThreads - 1) / S::kThreads;
  Copy copies[kCopies];
#pragma unroll
  for (int i = 0; i < kCopies; ++i) {
    int at = i * S::kThreads + threadIdx.x;
    if (at < kGatePieces) {
      copies[i].template set<Gate>(a.gates, at, 4, S::kU, S::kH, 4 * S::kH, seat.member * S::kU, 0);
    } else if ((at -= kGatePieces) < kBeforePieces) {
      const void* before =
          S::kCell == Cell::lstm ? static_cast<const void*>(a.c_before) : a.h_before;
      copies[i].template set<Before>(before, at, 1, S::kU, 0, S::kH, seat.member * S::kU,
                                     L::kGateBytes);
    } else if ((at -= kBeforePieces) < kDyPieces && a.dy != nullptr) {
      copies[i].template set<Element>(a.dy, at, 1, S::kU, 0, S::kH, seat.member * S::kU,
                                      L::kGateBytes + L::kBeforeBytes);
    }
  }
  const auto fetch = [&](int n, int stage) {
    if (n < steps) {
#pragma unroll
      for (int i = 0; i < kCopies; ++i)
        copies[i].start(rows, base + L::kRing + stage * L::kStageBytes, steps - 1 - n, a.steps);
    }
    copy_commit();
  };
  for (int i = 0; i < S::kStages; ++i) fetch(i, i);
  copy_wait<S::kStages - 1>();
  __syncthreads();
  cluster_sync();

  const std::conditional_t<Type::kFma, GradRows<S>, GradOperand<S>> operand(base + L::kGrads, lane);
  const PartialSender<S> sender(lane);
  float* states = reinterpret_cast<float*>(smem + L::kStates);
  constexpr int kMine = S::kCluster * S::kRows * S::kU;  // floats for one CTA
  const auto slot = [&](int n) {
    return static_cast<float*>(a.workspace) +
           static_cast<size_t>(seat.group * kSlots + (n & (kSlots - 1))) * S::kGroup * kMine;
  };
  const auto mine = [&](int n) { return slot(n) + seat.member * kMine; };
  int stage_number = 0;
  TG_STAMPS_BEGIN
  for (int n = 0; n < steps; ++n) {
    const int t = steps - 1 - n;
    const uint32_t bar = Rows<S>::kBarriers + (n & 1) * 8;
    // What has nothing to wait for.
    const unsigned char* stage = smem + L::kRing + stage_number * L::kStageBytes;
    BackwardInputs in[S::kPairsPerThread];
#pragma unroll
    for (int i = 0; i < S::kPairsPerThread; ++i) {
      const int p = i * S::kThreads + threadIdx.x, row = p / S::kU, unit = p % S::kU;
      if (S::kPairs % S::kThreads != 0 && p >= S::kPairs) break;
      const Gate* kept = reinterpret_cast<const Gate*>(stage) + row * 4 * S::kU + unit;
#pragma unroll
      for (int k = 0; k < 4; ++k) in[i].kept[k] = static_cast<float>(kept[k * S::kU]);
      const Before before = reinterpret_cast<const Before*>(stage + L::kGateBytes)[p];
      if constexpr (S::kCell == Cell::lstm)
        in[i].before = before;
      else
        in[i].before = Type::load(before);
      const int length = rows.length[row];
      in[i].active = t < length;
      in[i].dy = 0.0f;
      if (a.dy != nullptr) {
        if (in[i].active)
          in[i].dy = Type::load(
              reinterpret_cast<const Element*>(stage + L::kGateBytes + L::kBeforeBytes)[p]);
        else if (!a.zero_masked && length > 0)
          in[i].dy = Type::load(static_cast<const Element*>(
              a.dy)[(static_cast<size_t>(rows.row[row]) * a.steps + t) * S::kH +
                    seat.member * S::kU + unit]);
      }
      in[i].past = states[p];
      if constexpr (S::kCell == Cell::lstm)
        in[i].dc = states[5 * S::kPairs + p], in[i].c = states[6 * S::kPairs + p];
    }
    TG_STAMP(0)
    if (n > 0) barrier_wait(base + bar, ((n - 1) >> 1) & 1);
    TG_STAMP(1)

    const float* arrived =
        reinterpret_cast<const float*>(smem + L::kArriving + (n & 1) * L::kPartialBytes);
    float g[S::kPairsPerThread][4], past[S::kPairsPerThread], dc[S::kPairsPerThread];
#pragma unroll
    for (int i = 0; i < S::kPairsPerThread; ++i) {
      const int p = i * S::kThreads + threadIdx.x, row = p / S::kU, unit = p % S::kU;
      if (S::kPairs % S::kThreads != 0 && p >= S::kPairs) break;
      const float dh =
          n > 0 && row < count ? arrived_sum<S>(arrived, mine(n), seat.part, row, unit) : 0.0f;
      past[i] = backward_gates<S>(in[i], dh + (in[i].past + in[i].dy), g[i], dc[i]);
      store_operand<S>(smem + L::kGrads + (n & 1) * L::kGradBytes + row * S::kGradStride +
                           unit * S::kG * S::kBytes,
                       g[i]);
    }
    TG_STAMP(2)
    copy_wait<S::kStages - 2>();  // of the next step
    __syncthreads();
    TG_STAMP(3)
    if (threadIdx.x == 0 && n > 0) barrier_expect(base + bar, expected);
    {
      float c[S::kBackWarpM][S::kColumns][4];
      if constexpr (Type::kFma)
        product_fma<S, S::kBackWarpM, S::kBackK>(tiles, operand, (n & 1) * L::kGradBytes, c);
      else
        product<S, S::kBackWarpM, S::kBackK>(tiles, operand, (n & 1) * L::kGradBytes, c);
      TG_STAMP(4)
      sender.send(c, smem, warp, lane, seat, count, L::kArriving + ((n + 1) & 1) * L::kPartialBytes,
                  bar ^ 8, slot(n + 1), slot(n - 1));
    }
    TG_STAMP(5)
#pragma unroll
    for (int i = 0; i < S::kPairsPerThread; ++i) {
      const int p = i * S::kThreads + threadIdx.x, row = p / S::kU;
      if (S::kPairs % S::kThreads != 0 && p >= S::kPairs) break;
      states[p] = past[i];
      if constexpr (S::kCell == Cell::lstm) {
        states[5 * S::kPairs + p] = dc[i];
        if (in[i].active) states[6 * S::kPairs + p] = in[i].before;
      }
#pragma unroll
      for (int k = 0; k < 4; ++k) states[(1 + k) * S::kPairs + p] += g[i][k];
      if (row >= count) continue;
      const uint32_t step = static_cast<uint32_t>(rows.row[row]) * a.steps + t;
      Element* out = static_cast<Element*>(a.gates) + static_cast<size_t>(step) * 4 * S::kH +
                     seat.member * S::kU + p % S::kU;
#pragma unroll
      for (int k = 0; k < 4; ++k) out[k * S::kH] = Type::store(g[i][k]);
    }
    TG_STAMP(6)
    if constexpr (S::kParts > 1) __threadfence();
    fetch(n + S::kStages, stage_number);
    if (++stage_number == S::kStages) stage_number = 0;
    TG_STAMP(7)
  }
  TG_STAMPS_END(1)
  copy_wait<0>();
  if (steps > 0) barrier_wait(base + Rows<S>::kBarriers + (steps & 1) * 8, ((steps - 1) >> 1) & 1);
  __syncthreads();
  backward_end<S>(a, rows, smem, seat, mine(steps));
  cluster_sync();
}

}  // namespace tidegate::cuda
