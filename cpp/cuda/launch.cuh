// From a shape to launches: packing, plan, the two sweeps.
#pragma once

#include <algorithm>

#include "cuda/backward.cuh"
#include "cuda/forward.cuh"

namespace tidegate::cuda {

// U in the order in which lanes hold it: [cluster][warp][tile][lane][4] words. Word w of a lane has
// row lane / 4 + 8 (w % 2) of the tile and k bytes 4 (lane % 4) + 16 (w / 2).
template <class S, bool BACK>
__global__ void pack_kernel(const typename S::Type::Element* u, uint32_t* packed) {
  constexpr int kColumns = S::kG * S::kH;
  constexpr int kWords = S::kGroup * S::kWarps * S::kTiles * 128;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < kWords; i += gridDim.x * blockDim.x) {
    const int w = i % 4, lane = i / 4 % 32, tile = i / 128 % S::kTiles;
    const int warp = i / 128 / S::kTiles % S::kWarps, rank = i / 128 / S::kTiles / S::kWarps;
    constexpr int kWarpTiles = BACK ? S::kBackWarpM : S::kWarpM;
    const int tile_m = BACK ? warp * S::kBackWarpM + tile % kWarpTiles
                            : warp % S::kWarpsM * S::kWarpM + tile % kWarpTiles;
    const int tile_k = BACK ? tile / kWarpTiles : warp / S::kWarpsM * S::kWarpK + tile / kWarpTiles;
    int m = tile_m * 16 + lane / 4 + 8 * (w % 2);
    int k = tile_k * S::kTileK + (4 * (lane % 4) + 16 * (w / 2)) / S::kBytes;
    if constexpr (S::Type::kFma) {  // see product_fma
      m = tile_m * 16 + lane / 4 + 8 * (tile_k % 2);
      k = tile_k / 2 * 16 + 4 * (lane % 4) + w;
    }
    uint32_t word = 0;
#pragma unroll
    for (int e = 0; e < 4 / S::kBytes; ++e) {
      const int gate_row = BACK ? k + e : m, other = BACK ? m : k + e;
      const int column = gate_row % S::kG * S::kH + rank * S::kU + gate_row / S::kG;
      const uint32_t bits =
          S::Type::operand(S::Type::load(u[static_cast<size_t>(other) * kColumns + column]));
      word |= bits << (16 * e);
    }
    packed[i] = word;
  }
}

// Clusters of a size that an H100 or H200 runs at once: its 132 multiprocessors lie in groups that
// a cluster cannot leave.
constexpr int clusters_at_once(int size) { return size == 16 ? 7 : size == 8 ? 15 : 30; }

constexpr int kSharedLimit = 232448;  // of one CTA, sm_90

// Rows are dealt evenly over all groups of clusters that run at once: the fewer, the less is
// exchanged. What does not fit at once follows in further rounds.
inline void plan_clusters(int cluster, int parts, int most_rows, int batch, TgCudaPlan* plan) {
  const int at_once = clusters_at_once(cluster) / parts, round = at_once * most_rows;
  const int rounds = (batch + round - 1) / round;
  plan->cluster = cluster;
  plan->parts = parts;
  plan->rows = (batch + rounds * at_once - 1) / (rounds * at_once);
  plan->clusters = parts * ((batch + plan->rows - 1) / plan->rows);
}

template <class S, class Args>
cudaError_t launch_once(void (*kernel)(Args, int, int), int shared, const Args& args, int clusters,
                        int first_row, int rows, cudaStream_t stream) {
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(clusters * S::kCluster);
  config.blockDim = dim3(S::kThreads);
  config.dynamicSmemBytes = shared;
  config.stream = stream;
  cudaLaunchAttribute attributes[2];
  attributes[0].id = cudaLaunchAttributeClusterDimension;
  attributes[0].val.clusterDim.x = S::kCluster;
  attributes[0].val.clusterDim.y = 1;
  attributes[0].val.clusterDim.z = 1;
  attributes[1].id = cudaLaunchAttributeCooperative;  // clusters that wait for each other
  attributes[1].val.cooperative = 1;
  config.attrs = attributes;
  config.numAttrs = S::kParts > 1 ? 2 : 1;
  return cudaLaunchKernelEx(&config, kernel, args, first_row, rows);
}

template <class S, class Args>
cudaError_t launch(void (*kernel)(Args, int, int), int shared, const Args& args,
                   const TgCudaPlan& plan, size_t workspace, cudaStream_t stream) {
  const void* function = reinterpret_cast<const void*>(kernel);
  cudaError_t error =
      cudaFuncSetAttribute(function, cudaFuncAttributeNonPortableClusterSizeAllowed, 1);
  if (error != cudaSuccess) return error;
  error = cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize, shared);
  if (error != cudaSuccess) return error;
  if (S::kParts == 1)
    return launch_once<S>(kernel, shared, args, plan.clusters, 0, plan.rows, stream);
  // Rounds one after the other, since all clusters of one must run at once.
  const int at_once = clusters_at_once(S::kCluster) / S::kParts * S::kParts;
  for (int done = 0; done < plan.clusters; done += at_once) {
    error = cudaMemsetAsync(args.workspace, 0xFF, workspace, stream);
    if (error != cudaSuccess) return error;
    error = launch_once<S>(kernel, shared, args, std::min(at_once, plan.clusters - done),
                           done / S::kParts * plan.rows, plan.rows, stream);
    if (error != cudaSuccess) return error;
  }
  return cudaSuccess;
}

// What sweep.cu asks of one cell, dtype and size.
struct ShapeEntry {
  int cell, dtype, units;
  void (*plan)(int batch, TgCudaPlan* plan);
  cudaError_t (*pack)(const void* u, void* packed, void* packed_back, cudaStream_t stream);
  cudaError_t (*forward)(const TgCudaForward& args, cudaStream_t stream);
  cudaError_t (*backward)(const TgCudaBackward& args, cudaStream_t stream);
};

// All widths of a shape, up to COLUMNS times eight rows to a cluster.
template <Cell CELL, class TYPE, int UNITS, int CLUSTER, int COLUMNS, int PARTS = 1>
struct Family {
  template <int N>
  using S = Shape<CELL, TYPE, UNITS, CLUSTER, N, PARTS>;
  static constexpr int kGroups = clusters_at_once(CLUSTER) / PARTS;  // at once
  static constexpr size_t kForwardWorkspace =
      PARTS == 1 ? 0 : size_t{kGroups} * kSlots * 8 * COLUMNS * UNITS * S<1>::kBytes;
  static constexpr size_t kBackwardWorkspace =
      PARTS == 1 ? 0 : size_t{kGroups} * kSlots * 8 * COLUMNS * UNITS * CLUSTER * 4;

  static void plan(int batch, TgCudaPlan* plan) {
    plan_clusters(CLUSTER, PARTS, 8 * COLUMNS, batch, plan);
    plan->workspace_bytes = kBackwardWorkspace;
    plan->packed_bytes =
        static_cast<size_t>(S<1>::kGroup) * S<1>::kWarps * S<1>::kTiles * kTileBytes;
  }
  static cudaError_t pack(const void* u, void* packed, void* packed_back, cudaStream_t stream) {
    const auto* from = static_cast<const typename TYPE::Element*>(u);
    pack_kernel<S<1>, false><<<264, 256, 0, stream>>>(from, static_cast<uint32_t*>(packed));
    if (packed_back != nullptr)
      pack_kernel<S<1>, true><<<264, 256, 0, stream>>>(from, static_cast<uint32_t*>(packed_back));
    return cudaGetLastError();
  }
  template <int N = 1>
  static cudaError_t forward(const TgCudaForward& args, cudaStream_t stream) {
    static_assert(ForwardLayout<S<N>>::kBytes <= kSharedLimit);
    TgCudaPlan p;
    plan(args.batch, &p);
    if constexpr (N < COLUMNS)
      if (p.rows > 8 * N) return forward<N + 1>(args, stream);
    return launch<S<N>>(forward_sweep<S<N>>, ForwardLayout<S<N>>::kBytes, args, p,
                        kForwardWorkspace, stream);
  }
  template <int N = 1>
  static cudaError_t backward(const TgCudaBackward& args, cudaStream_t stream) {
    static_assert(BackwardLayout<S<N>>::kBytes <= kSharedLimit);
    TgCudaPlan p;
    plan(args.batch, &p);
    if constexpr (N < COLUMNS)
      if (p.rows > 8 * N) return backward<N + 1>(args, stream);
    return launch<S<N>>(backward_sweep<S<N>>, BackwardLayout<S<N>>::kBytes, args, p,
                        kBackwardWorkspace, stream);
  }
  static constexpr ShapeEntry entry(int dtype) {
    return {CELL == Cell::lstm ? TG_CUDA_LSTM : TG_CUDA_GRU,
            dtype,
            UNITS,
            plan,
            pack,
            forward<1>,
            backward<1>};
  }
};

constexpr ShapeEntry kLastShape{-1, 0, 0, nullptr, nullptr, nullptr, nullptr};

}  // namespace tidegate::cuda
