// Forward sweep on thread block clusters: U stays in registers and shared memory of the cluster for
// the whole sequence, h travels through distributed shared memory. Rows of the batch are dealt over
// clusters; those of a cluster go through a step together.
//
// One step: wait until h has arrived from all CTAs; product with this CTA's columns of U, split
// over warps along m and k; sums to shared memory; __syncthreads; each thread adds the sums of its
// (row, unit) in a fixed order, does the gates and sends h to all CTAs; only then come the stores
// to global memory. Few rows are sent from registers, the shortest way; many by bulk copies, which
// leave the load-store unit free.
//
// Where one cluster is too small for U, two hold it (Shape's PARTS): each CTA also stores its part
// of h in global memory and reads the other cluster's from there.
//
// Why two buffers suffice: nobody sends h_{t+1} before all of h_t has arrived, and a CTA sends its
// part of h_t only behind its __syncthreads, after which nobody reads h_{t-1}. The sums of a step
// are overwritten two steps on, behind the __syncthreads between.
#pragma once

#include <type_traits>

#include "cuda/rows.cuh"

namespace tidegate::cuda {

// Offsets in shared memory, in bytes.
template <class S>
struct ForwardLayout {
  static constexpr int kBias = Rows<S>::kEnd;  // [4][kU]
  static constexpr int kTiles = kBias + 4 * S::kU * 4;
  static constexpr int kOperands = kTiles + S::kInShared * S::kWarps * kTileBytes;  // [2]: h
  static constexpr int kSums = kOperands + 2 * S::kOperandBytes;
  static constexpr int kSumBytes = S::kWarpsK * S::kRows * S::kSumStride * 4;  // one of two
  static constexpr int kRing = kSums + 2 * kSumBytes;
  static constexpr int kStageBytes = S::kRows * S::kG * S::kU * S::kBytes;
  static constexpr int kStates = kRing + S::kStages * kStageBytes;  // [2][kPairs]: h, c
  static constexpr int kBytes = kStates + 2 * S::kPairs * 4;
};

// Sends 32 consecutive (row, unit) to every CTA of the cluster, 16 bytes at a time.
template <class S>
struct Sender {
  static constexpr int kChunks = 32 / S::kChunk;  // of a warp's 32 values
  static constexpr int kAtOnce = 32 / kChunks;    // CTAs served by one store of every lane
  static constexpr int kRounds = (S::kCluster + kAtOnce - 1) / kAtOnce;
  uint32_t peers[kRounds];  // where their shared memory begins
  int chunk;

  __device__ __forceinline__ Sender(uint32_t base, int lane) : chunk(lane % kChunks) {
#pragma unroll
    for (int i = 0; i < kRounds; ++i) {
      const int peer = lane / kChunks + i * kAtOnce;
      peers[i] = peer < S::kCluster ? map_to_rank(base, peer) : 0;
    }
  }
  // `first` is lane 0's p; `operand` and `barrier` count from the beginning of shared memory.
  // `abroad`: where the other clusters look for what is sent, [kRows][kCluster * kSlice] chunks, or
  // null; `used` was read by all and becomes kNothing.
  __device__ __forceinline__ void send(float h, int first, const Seat<S>& seat, int count,
                                       uint32_t operand, uint32_t barrier, uint4* abroad,
                                       uint4* used) const {
    uint4 v;
    if constexpr (S::kBytes == 2) {
      const uint32_t pair = S::Type::pair(h, __shfl_down_sync(~0u, h, 1));
      v.x = __shfl_sync(~0u, pair, chunk * 8);
      v.y = __shfl_sync(~0u, pair, chunk * 8 + 2);
      v.z = __shfl_sync(~0u, pair, chunk * 8 + 4);
      v.w = __shfl_sync(~0u, pair, chunk * 8 + 6);
    } else {
      const uint32_t value = S::Type::operand(h);
      v.x = __shfl_sync(~0u, value, chunk * 4);
      v.y = __shfl_sync(~0u, value, chunk * 4 + 1);
      v.z = __shfl_sync(~0u, value, chunk * 4 + 2);
      v.w = __shfl_sync(~0u, value, chunk * 4 + 3);
    }
    const int p = first + chunk * S::kChunk, row = p / S::kU;
    const uint32_t to =
        operand + S::operand_at(row, seat.member * S::kSlice + p % S::kU / S::kChunk);
#pragma unroll
    for (int i = 0; i < kRounds; ++i)
      if (row < count && (S::kCluster % kAtOnce == 0 || peers[i] != 0))
        store_async(peers[i] + to, peers[i] + barrier, v);
    if constexpr (S::kParts > 1) {
      if (threadIdx.x % 32 < kChunks && row < count) {
        const int at = (row * S::kCluster + seat.rank) * S::kSlice + p % S::kU / S::kChunk;
        store_relaxed(abroad + at, v);
        store_relaxed(used + at, make_uint4(kNothing, kNothing, kNothing, kNothing));
      }
    }
  }
};

// Takes in the other cluster's part of h, [kRows][kCluster * kSlice] chunks.
template <class S>
__device__ __forceinline__ void receive_abroad(const uint4* from, unsigned char* operand, int part,
                                               int count) {
  constexpr int kRow = S::kCluster * S::kSlice;
  const long long start = clock64();
  for (int i = threadIdx.x; i < count * kRow; i += S::kThreads) {
    uint4 v = load_relaxed4(from + i);
    while (v.x == kNothing || v.y == kNothing || v.z == kNothing || v.w == kNothing) {
      if (clock64() - start > kSpinLimit) asm volatile("trap;");
      v = load_relaxed4(from + i);
    }
    *reinterpret_cast<uint4*>(operand + S::operand_at(i / kRow, part * kRow + i % kRow)) = v;
  }
}

template <class S>
__device__ __forceinline__ void store_h(unsigned char* operand, int row, int unit, float h) {
  unsigned char* to = operand + S::operand_at(row, unit / S::kChunk) + unit % S::kChunk * S::kBytes;
  if constexpr (S::kBytes == 2)
    *reinterpret_cast<uint16_t*>(to) = static_cast<uint16_t>(S::Type::operand(h));
  else
    *reinterpret_cast<uint32_t*>(to) = S::Type::operand(h);
}

template <class T>
__device__ __forceinline__ T gate_value(float v);
template <>
__device__ __forceinline__ float gate_value<float>(float v) {
  return v;
}
template <>
__device__ __forceinline__ __half gate_value<__half>(float v) {
  return __float2half_rn(v);
}

// What the gates of a (row, unit) need besides the product.
template <class S>
struct ForwardInputs {
  float x[S::kG], h, c;
};

// h of the next step; `kept` are the gates in the order of the planes.
template <class S>
__device__ __forceinline__ float forward_gates(const ForwardInputs<S>& in, const float (&z)[4],
                                               float recurrent_bias, float (&kept)[4], float& c) {
  constexpr Gates kGates = S::Type::kGates;
  if constexpr (S::kCell == Cell::lstm) {
#pragma unroll
    for (int g = 0; g < 4; ++g) kept[g] = z[g] + in.x[g];
    if constexpr (kGates == Gates::exact) {
      c = exact::tg_lstm_cell(TG_TANH, TG_SIGMOID, kept, in.c);
      return exact::tg_lstm_output(TG_TANH, kept[3], c);
    } else if constexpr (kGates == Gates::fast) {
      c = fast::tg_lstm_cell(TG_TANH, TG_SIGMOID, kept, in.c);
      return fast::tg_lstm_output(TG_TANH, kept[3], c);
    } else {
      c = rough::tg_lstm_cell(TG_TANH, TG_SIGMOID, kept, in.c);
      return rough::tg_lstm_output(TG_TANH, kept[3], c);
    }
  } else {
    float g[4] = {in.x[2], z[0] + in.x[0], z[1] + in.x[1], z[2] + recurrent_bias}, h;
    if constexpr (kGates == Gates::exact) {
      exact::tg_gru_gates(TG_SIGMOID, g);
      h = exact::tg_gru_output(TG_TANH, g, in.h);
    } else if constexpr (kGates == Gates::fast) {
      fast::tg_gru_gates(TG_SIGMOID, g);
      h = fast::tg_gru_output(TG_TANH, g, in.h);
    } else {
      rough::tg_gru_gates(TG_SIGMOID, g);
      h = rough::tg_gru_output(TG_TANH, g, in.h);
    }
    kept[0] = g[1], kept[1] = g[2], kept[2] = g[0], kept[3] = g[3];
    if constexpr (sizeof(typename S::Type::Gate) == 2)
      kept[3] = fminf(fmaxf(g[3], -65504.0f), 65504.0f);  // float16's range
    return h;
  }
}

// Where everything of the cluster starts: bias, h_0 as operand, states. Nothing is exchanged.
template <class S>
__device__ __forceinline__ void forward_start(const TgCudaForward& a, const Rows<S>& rows,
                                              unsigned char* smem, int member) {
  using L = ForwardLayout<S>;
  float* bias = reinterpret_cast<float*>(smem + L::kBias);
  for (int i = threadIdx.x; i < 4 * S::kU; i += S::kThreads) {
    const int plane = i / S::kU, unit = member * S::kU + i % S::kU;
    float b = 0.0f;
    if (a.bias != nullptr) {
      if constexpr (S::kCell == Cell::lstm)
        b = a.bias[plane * S::kH + unit];
      else if (plane < 2)
        b = a.bias[plane * S::kH + unit] + a.bias[(3 + plane) * S::kH + unit];
      else
        b = a.bias[(plane == 2 ? 2 : 5) * S::kH + unit];
    }
    bias[i] = b;
  }
  for (int i = threadIdx.x; i < S::kRows * S::kH; i += S::kThreads) {
    const int row = i / S::kH, k = i % S::kH;
    const float h = row < rows.count && a.h0 != nullptr ? a.h0[rows.row[row] * S::kH + k] : 0.0f;
    store_h<S>(smem + L::kOperands, row, k, h);
    store_h<S>(smem + L::kOperands + S::kOperandBytes, row, k, 0.0f);  // for rows that do not exist
  }
  float* states = reinterpret_cast<float*>(smem + L::kStates);
  for (int p = threadIdx.x; p < S::kPairs; p += S::kThreads) {
    const int row = p / S::kU, at = rows.row[row] * S::kH + member * S::kU + p % S::kU;
    const bool exists = row < rows.count;
    states[p] = exists && a.h0 != nullptr ? a.h0[at] : 0.0f;
    states[S::kPairs + p] = exists && a.c0 != nullptr ? a.c0[at] : 0.0f;
  }
}

// Final states, and the outputs behind the end of all rows of the cluster.
template <class S>
__device__ __forceinline__ void forward_end(const TgCudaForward& a, const Rows<S>& rows,
                                            const unsigned char* smem, int member) {
  using Type = typename S::Type;
  using Element = typename Type::Element;
  const float* states = reinterpret_cast<const float*>(smem + ForwardLayout<S>::kStates);
  for (int p = threadIdx.x; p < S::kPairs; p += S::kThreads) {
    const int r = p / S::kU;
    if (r >= rows.count) break;
    const int row = rows.row[r], column = member * S::kU + p % S::kU;
    const bool repeat = !a.zero_masked && rows.length[r] > 0;
    const float h = states[p];
    a.h[row * S::kH + column] = h;
    if constexpr (S::kCell == Cell::lstm) a.c[row * S::kH + column] = states[S::kPairs + p];
    for (int t = rows.steps; t < a.steps; ++t) {
      const size_t at = (static_cast<size_t>(row) * a.steps + t) * S::kH + column;
      static_cast<Element*>(a.y)[at] = Type::store(repeat ? h : 0.0f);
      if (a.training) static_cast<Element*>(a.h_before)[at] = Type::store(h);
    }
  }
}

template <class S>
__global__ void __launch_bounds__(S::kThreads, 1)
    forward_sweep(const __grid_constant__ TgCudaForward a, int first_row, int rows_each) {
  using Type = typename S::Type;
  using Element = typename Type::Element;
  using Gate = typename Type::Gate;
  using L = ForwardLayout<S>;
  extern __shared__ __align__(128) unsigned char smem[];
  const uint32_t base = shared_address(smem);
  const Seat<S> seat;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int warp_m = warp % S::kWarpsM, warp_k = warp / S::kWarpsM;

  Tiles<S> tiles;
  tiles.load(static_cast<const uint4*>(a.packed) +
                 static_cast<size_t>(seat.member) * S::kWarps * S::kTiles * 32,
             smem + L::kTiles, warp, lane);
  const Rows<S> rows(a, smem, first_row, rows_each);
  const int count = rows.count, steps = rows.steps;
  // Bulk copies go to the others alone; a CTA's own part is in its place already.
  const int expected = count * S::kSliceBytes * (S::kBulk ? S::kCluster - 1 : S::kCluster);
  if (threadIdx.x == 0) {
    for (int i = 0; i < 2; ++i) {
      barrier_init(base + Rows<S>::kBarriers + i * 8, 1);
      barrier_expect(base + Rows<S>::kBarriers + i * 8, expected);
    }
    barrier_init_done();
  }
  forward_start<S>(a, rows, smem, seat.member);

  constexpr int kPieces = S::kRows * S::kG * (S::kU / S::kChunk);
  constexpr int kCopies = (kPieces + S::kThreads - 1) / S::kThreads;
  Copy copies[kCopies];
#pragma unroll
  for (int i = 0; i < kCopies; ++i) {
    const int at = i * S::kThreads + threadIdx.x;
    if (at < kPieces)
      copies[i].template set<Element>(a.gates, at, S::kG, S::kU, S::kH, 4 * S::kH,
                                      seat.member * S::kU, 0);
  }
  const auto fetch = [&](int t, int stage) {
    if (t < steps) {
#pragma unroll
      for (int i = 0; i < kCopies; ++i)
        copies[i].start(rows, base + L::kRing + stage * L::kStageBytes, t, a.steps);
    }
    copy_commit();
  };
  for (int i = 0; i < S::kStages; ++i) fetch(i, i);
  copy_wait<S::kStages - 1>();
  __syncthreads();
  cluster_sync();  // barriers of all CTAs are ready before anyone sends

  const Sender<S> sender(base, lane);
  const std::conditional_t<Type::kFma, StateRows<S>, StateOperand<S>> operand(
      base + L::kOperands, lane, warp_k * S::kWarpK * 2);
  const int sum_to =
      (warp_k * S::kRows + 2 * (lane % 4)) * S::kSumStride + warp_m * S::kWarpM * 16 + lane / 4;
  const float* bias = reinterpret_cast<const float*>(smem + L::kBias);
  float* states = reinterpret_cast<float*>(smem + L::kStates);
  constexpr int kHalf = S::kRows * S::kCluster * S::kSlice;  // chunks of a part
  const auto abroad = [&](int t, int part) {
    return static_cast<uint4*>(a.workspace) +
           ((seat.group * kSlots + (t & (kSlots - 1))) * S::kParts + part) * kHalf;
  };
  int stage = 0;
  TG_STAMPS_BEGIN
  for (int t = 0; t < steps; ++t) {
    // What has nothing to wait for.
    const Element* projected =
        reinterpret_cast<const Element*>(smem + L::kRing + stage * L::kStageBytes);
    ForwardInputs<S> in[S::kPairsPerThread];
#pragma unroll
    for (int i = 0; i < S::kPairsPerThread; ++i) {
      const int p = i * S::kThreads + threadIdx.x, row = p / S::kU, unit = p % S::kU;
      if (S::kPairs % S::kThreads != 0 && p >= S::kPairs) break;  // whole warps
#pragma unroll
      for (int g = 0; g < S::kG; ++g)
        in[i].x[g] =
            Type::load(projected[(row * S::kG + g) * S::kU + unit]) + bias[g * S::kU + unit];
      in[i].h = states[p], in[i].c = states[S::kPairs + p];
    }
    const uint32_t bar = Rows<S>::kBarriers + (t & 1) * 8, next_bar = bar ^ 8;
    const uint32_t next = L::kOperands + ((t + 1) & 1) * S::kOperandBytes;
    TG_STAMP(0)
    if (t > 0) barrier_wait(base + bar, ((t - 1) >> 1) & 1);
    if constexpr (S::kParts > 1) {
      if (t > 0)
        receive_abroad<S>(abroad(t, 1 - seat.part),
                          smem + L::kOperands + (t & 1) * S::kOperandBytes, 1 - seat.part, count);
      __syncthreads();
    }
    TG_STAMP(1)
    float* sums = reinterpret_cast<float*>(smem + L::kSums + (t & 1) * L::kSumBytes);
    {
      float c[S::kWarpM][S::kColumns][4];
      if constexpr (Type::kFma)
        product_fma<S, S::kWarpM, S::kWarpK>(tiles, operand, (t & 1) * S::kOperandBytes, c);
      else
        product<S, S::kWarpM, S::kWarpK>(tiles, operand, (t & 1) * S::kOperandBytes, c);
#pragma unroll
      for (int m = 0; m < S::kWarpM; ++m)
#pragma unroll
        for (int n = 0; n < S::kColumns; ++n) {
          float* to = sums + sum_to + n * 8 * S::kSumStride + m * 16;
          to[0] = c[m][n][0];
          to[S::kSumStride] = c[m][n][1];
          to[8] = c[m][n][2];
          to[8 + S::kSumStride] = c[m][n][3];
        }
    }
    TG_STAMP(2)
    copy_wait<S::kStages - 2>();  // of the next step
    __syncthreads();
    TG_STAMP(3)
    if (threadIdx.x == 0 && t > 0) barrier_expect(base + bar, expected);

    float h[S::kPairsPerThread], c[S::kPairsPerThread], kept[S::kPairsPerThread][4];
#pragma unroll
    for (int i = 0; i < S::kPairsPerThread; ++i) {
      const int p = i * S::kThreads + threadIdx.x, row = p / S::kU, unit = p % S::kU;
      if (S::kPairs % S::kThreads != 0 && p >= S::kPairs) break;
      float z[4] = {};
#pragma unroll
      for (int k = 0; k < S::kWarpsK; ++k) {
        const float* from = sums + (k * S::kRows + row) * S::kSumStride + unit * S::kG;
        if constexpr (S::kG == 4) {
          const float4 v = *reinterpret_cast<const float4*>(from);
          z[0] += v.x, z[1] += v.y, z[2] += v.z, z[3] += v.w;
        } else {
#pragma unroll
          for (int g = 0; g < S::kG; ++g) z[g] += from[g];
        }
      }
      c[i] = 0.0f;
      h[i] = forward_gates<S>(in[i], z, S::kG == 3 ? bias[3 * S::kU + unit] : 0.0f, kept[i], c[i]);
      if (t >= rows.length[row]) h[i] = in[i].h, c[i] = in[i].c;
    }
    TG_STAMP(4)
    if (t + 1 < steps) {
#pragma unroll
      for (int i = 0; i < S::kPairsPerThread; ++i) {
        const int p = i * S::kThreads + threadIdx.x;
        if (S::kPairs % S::kThreads != 0 && p >= S::kPairs) break;
        if constexpr (S::kBulk)
          store_h<S>(smem + next, p / S::kU, seat.member * S::kU + p % S::kU, h[i]);
        else
          sender.send(h[i], p - lane, seat, count, next, next_bar, abroad(t + 1, seat.part),
                      abroad(t - 1, seat.part));
      }
      if constexpr (S::kBulk) {
        bulk_fence();
        __syncthreads();
        const int to = warp + lane * S::kWarps;  // few copies from every warp: each takes a while
        if (to < S::kCluster && to != seat.rank) {
          const uint32_t slice = next + seat.rank * S::kRows * S::kSliceBytes;
          const uint32_t peer = map_to_rank(base, to);
          copy_bulk(peer + slice, base + slice, count * S::kSliceBytes, peer + next_bar);
        }
      }
    }
    TG_STAMP(5)
#pragma unroll
    for (int i = 0; i < S::kPairsPerThread; ++i) {
      const int p = i * S::kThreads + threadIdx.x, row = p / S::kU;
      if (S::kPairs % S::kThreads != 0 && p >= S::kPairs) break;
      states[p] = h[i];
      if constexpr (S::kCell == Cell::lstm) states[S::kPairs + p] = c[i];
      if (row >= count) continue;
      const int column = seat.member * S::kU + p % S::kU, length = rows.length[row];
      const uint32_t step = static_cast<uint32_t>(rows.row[row]) * a.steps + t;
      const size_t y = static_cast<size_t>(step) * S::kH + column;
      const bool shown = t < length || (!a.zero_masked && length > 0);
      static_cast<Element*>(a.y)[y] = Type::store(shown ? h[i] : 0.0f);
      if (a.training) {
        static_cast<Element*>(a.h_before)[y] = Type::store(in[i].h);
        if constexpr (S::kCell == Cell::lstm) a.c_before[y] = in[i].c;
        Gate* to = static_cast<Gate*>(a.gates) + static_cast<size_t>(step) * 4 * S::kH + column;
#pragma unroll
        for (int g = 0; g < 4; ++g) to[g * S::kH] = gate_value<Gate>(kept[i][g]);
      }
    }
    TG_STAMP(6)
    if constexpr (S::kParts > 1) __threadfence();
    fetch(t + S::kStages, stage);  // behind the barrier nobody reads this step's stage
    if (++stage == S::kStages) stage = 0;
    TG_STAMP(7)
  }
  TG_STAMPS_END(0)
  copy_wait<0>();
  __syncthreads();
  forward_end<S>(a, rows, smem, seat.member);
  cluster_sync();  // nobody leaves while others may still store into its shared memory
}

}  // namespace tidegate::cuda
