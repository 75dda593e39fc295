// What both sweeps do alike: which rows a cluster has, and the ring of copies that brings what they
// need of each step from global memory.
#pragma once

#include "cuda/gates.cuh"
#include "cuda/shape.cuh"
#include "cuda/sweep.h"

// For finding out where the time goes: built with TIDEGATE_CUDA_STAMPS, thread 0 of CTA 0 adds up
// the clocks between stamps.
#ifdef TIDEGATE_CUDA_STAMPS
static __device__ unsigned int tidegate_cuda_stamps[2][16];
#define TG_STAMPS_BEGIN unsigned int stamp_last = clock(), stamp_sum[10] = {};
#define TG_STAMP(i)                   \
  {                                   \
    const unsigned int now = clock(); \
    stamp_sum[i] += now - stamp_last; \
    stamp_last = now;                 \
  }
#define TG_STAMPS_END(which)               \
  if (blockIdx.x == 0 && threadIdx.x == 0) \
    for (int i = 0; i < 10; ++i) tidegate_cuda_stamps[which][i] = stamp_sum[i];
#else
#define TG_STAMPS_BEGIN
#define TG_STAMP(i)
#define TG_STAMPS_END(which)
#endif

namespace tidegate::cuda {

// The rows of a cluster, in shared memory behind the two barriers.
template <class S>
struct Rows {
  static constexpr int kBarriers = 0;  // [2], 8 bytes each
  static constexpr int kRow = 128;
  static constexpr int kLength = kRow + 32 * 4;
  static constexpr int kEnd = kLength + 32 * 4;
  static_assert(S::kRows <= 32);

  int* row;     // [kRows] caller's rows, of which the first `count` exist
  int* length;  // [kRows] their steps, at most T; 0 where there is no row
  int count;
  int steps;  // of the longest row

  template <class Args>
  __device__ __forceinline__ Rows(const Args& a, unsigned char* smem, int first_row, int rows_each)
      : row(reinterpret_cast<int*>(smem + kRow)), length(reinterpret_cast<int*>(smem + kLength)) {
    const int first = first_row + blockIdx.x / S::kGroup * rows_each;
    count = min(rows_each, a.batch - first);
    for (int i = threadIdx.x; i < S::kRows; i += S::kThreads) {
      const int at = first + min(i, count - 1);
      row[i] = a.order ? a.order[at] : at;
      length[i] = i >= count ? 0 : a.lengths ? min(a.lengths[row[i]], a.steps) : a.steps;
    }
    __syncthreads();
    steps = 0;
    for (int i = 0; i < count; ++i) steps = max(steps, length[i]);
  }
};

// Where a CTA stands in its group: its rank in the cluster, its part of the clusters that hold U
// together, and so its share of the units.
template <class S>
struct Seat {
  int rank, part, member, group;

  __device__ __forceinline__ Seat()
      : rank(cluster_rank()),
        part(S::kParts == 1 ? 0 : blockIdx.x / S::kCluster % S::kParts),
        member(part * S::kCluster + rank),
        group(blockIdx.x / S::kGroup) {}
};

// What clusters of a group tell each other goes through four slots in global memory, all kNothing
// at first. At step t the slot of t + 1 is written and that of t - 1, which everyone has read, made
// kNothing again; a fence stands between this and what is written next.
constexpr int kSlots = 4;

// One 16-byte copy that a thread makes for every step, from an array [B, T, stride bytes].
struct Copy {
  const unsigned char* from = nullptr;
  uint32_t stride = 0;  // bytes of one step of one row
  int row = -1;         // of the cluster
  uint32_t to = 0;      // within a stage

  // The i-th 16 bytes of [rows][planes][width] elements that lie `plane_stride` elements apart.
  template <class E>
  __device__ __forceinline__ void set(const void* array, int i, int planes, int width,
                                      int plane_stride, int step_stride, int first, uint32_t base) {
    constexpr int kEach = 16 / sizeof(E);
    const int pieces = width / kEach;
    const int plane = i / pieces % planes, piece = i % pieces;
    row = i / pieces / planes;
    from = reinterpret_cast<const unsigned char*>(static_cast<const E*>(array) +
                                                  plane * plane_stride + first + piece * kEach);
    stride = step_stride * sizeof(E);
    to = base + i * 16;
  }
  template <class S>
  __device__ __forceinline__ void start(const Rows<S>& rows, uint32_t stage, int t,
                                        int steps) const {
    if (row < 0 || t >= rows.length[row]) return;
    const uint32_t step = static_cast<uint32_t>(rows.row[row]) * steps + t;
    copy16(stage + to, from + static_cast<size_t>(step) * stride);
  }
};

}  // namespace tidegate::cuda
