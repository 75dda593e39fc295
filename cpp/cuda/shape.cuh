// What is fixed at compile time: cell, element type, units, size of the cluster; and how a CTA's
// share of U lies over warps, registers and shared memory.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

#include "cuda/ptx.cuh"

namespace tidegate::cuda {

enum class Cell { lstm, gru };

// Which tanh is good enough: the namespaces of gates.cuh.
enum class Gates { exact, fast, rough };

// Element types of the products. Sums and states are float32 in all of them. kFma: no tensor cores.
struct Bfloat16 {
  using Element = __nv_bfloat16;  // x, y, projection, gradients of the gates
  static constexpr Gates kGates = Gates::rough;
  static constexpr bool kFma = false;
  using Gate = __half;  // activated gates lie within [-1, 1]: 11 bits, where 8 would do harm
  static __device__ __forceinline__ float load(Element v) { return __bfloat162float(v); }
  static __device__ __forceinline__ Element store(float v) { return __float2bfloat16_rn(v); }
  // Two operands in one word, and one in its lower half.
  static __device__ __forceinline__ uint32_t pair(float low, float high) {
    uint32_t r;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
    return r;
  }
  static __device__ __forceinline__ uint32_t operand(float v) { return pair(v, 0.0f); }
  static __device__ __forceinline__ void mma(float (&c)[4], const uint32_t (&a)[4], uint32_t b0,
                                             uint32_t b1) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
        "{%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
};

struct Float16 {
  static constexpr Gates kGates = Gates::fast;
  static constexpr bool kFma = false;
  using Element = __half;
  using Gate = __half;
  static __device__ __forceinline__ float load(Element v) { return __half2float(v); }
  static __device__ __forceinline__ Element store(float v) { return __float2half_rn(v); }
  static __device__ __forceinline__ uint32_t pair(float low, float high) {
    uint32_t r;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
    return r;
  }
  static __device__ __forceinline__ uint32_t operand(float v) { return pair(v, 0.0f); }
  static __device__ __forceinline__ void mma(float (&c)[4], const uint32_t (&a)[4], uint32_t b0,
                                             uint32_t b1) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
        "{%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
};

struct Tf32 {
  static constexpr Gates kGates = Gates::fast;
  static constexpr bool kFma = false;
  using Element = float;
  using Gate = float;
  static __device__ __forceinline__ float load(Element v) { return v; }
  static __device__ __forceinline__ Element store(float v) { return v; }
  static __device__ __forceinline__ uint32_t operand(float v) {
    uint32_t r;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(r) : "f"(v));
    return r;
  }
  static __device__ __forceinline__ void mma(float (&c)[4], const uint32_t (&a)[4], uint32_t b0,
                                             uint32_t b1) {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
        "{%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
};

// True float32: fused multiply-adds, the CPU's own gates.
struct Float32 {
  static constexpr Gates kGates = Gates::exact;
  static constexpr bool kFma = true;
  using Element = float;
  using Gate = float;
  static __device__ __forceinline__ float load(Element v) { return v; }
  static __device__ __forceinline__ Element store(float v) { return v; }
  static __device__ __forceinline__ uint32_t operand(float v) { return __float_as_uint(v); }
};

// A tile is what one mma holds of U: 16 rows by 32 bytes, four registers in each lane of a warp.
constexpr int kTileBytes = 512;

// COLUMNS: batch rows of a cluster in eights, the columns of an mma.
// PARTS: clusters that hold U together.
template <Cell CELL, class TYPE, int UNITS, int CLUSTER, int COLUMNS, int PARTS = 1>
struct Shape {
  using Type = TYPE;
  static constexpr Cell kCell = CELL;
  static constexpr int kH = UNITS;
  static constexpr int kCluster = CLUSTER;
  static constexpr int kParts = PARTS;
  static constexpr int kGroup = CLUSTER * PARTS;  // CTAs that hold U
  static constexpr int kWarps = 8;
  static constexpr int kThreads = 32 * kWarps;
  static constexpr int kBytes = sizeof(typename TYPE::Element);
  static constexpr int kTileK = 32 / kBytes;
  static constexpr int kU = UNITS / kGroup;              // units of a CTA
  static constexpr int kG = CELL == Cell::lstm ? 4 : 3;  // gates fed by h, and by x
  static constexpr int kPlanes = 4;                      // vectors kept per unit
  static constexpr int kColumns = COLUMNS;
  static constexpr int kRows = 8 * COLUMNS;
  static constexpr int kPairs = kRows * kU;  // (row, unit)
  static constexpr int kPairsPerThread = (kPairs + kThreads - 1) / kThreads;
  // Batch elements of 16 bytes: what one asynchronous store or copy carries.
  static constexpr int kChunk = 16 / kBytes;

  // Forward: rows are the CTA's gates (unit * kG + gate), k are all units.
  static constexpr int kM = kG * kU / 16, kK = UNITS / kTileK;
  // Fused multiply-adds use what they load from the operand once per tile along m: more of them.
  static constexpr int kWarpsM = kM % 4 == 0 && (!TYPE::kFma || kM >= 12) ? 4
                                 : kM % 2 == 0 && kM >= 6                 ? 2
                                                                          : 1;
  static constexpr int kWarpsK = kWarps / kWarpsM;
  static constexpr int kWarpM = kM / kWarpsM, kWarpK = kK / kWarpsK;
  static constexpr int kSumStride = kG * kU + 4;

  // Backward: rows are all units, k the CTA's gates.
  static constexpr int kBackM = UNITS / 16, kBackK = kG * kU / kTileK;
  static constexpr int kBackWarpM = kBackM / kWarps;

  static constexpr int kTiles = kWarpM * kWarpK;  // of a warp, the same both ways
  static constexpr int kMostInRegisters = TYPE::kFma ? 28 : 36;
  static constexpr int kInRegisters = kTiles < kMostInRegisters ? kTiles : kMostInRegisters;
  static constexpr int kInShared = kTiles - kInRegisters;

  // Of the ring of operands from global memory: less where U itself needs the room.
  static constexpr int kStages = kInShared > 20 ? 3 : 4;

  // h as operand of the product. Where a CTA's part of a row has 4 or 8 chunks of 16 bytes, it lies
  // [CTA][row][chunk], chunks swizzled so that eight rows meet no bank twice: what a CTA sends is
  // contiguous. Otherwise [row][chunk], with rows 16 bytes longer than a multiple of 128.
  static constexpr int kSliceBytes = kU * kBytes, kSlice = kSliceBytes / 16;
  static constexpr bool kSwizzled = kSlice == 4 || (kSlice == 8 && kWarpK % 4 == 0);
  static constexpr int kStateStride = UNITS * kBytes + 16;
  static constexpr int kOperandBytes = kRows * (kSwizzled ? UNITS * kBytes : kStateStride);
  // Offset of chunk `chunk` of row `row`, counted over all units.
  static __device__ __forceinline__ int operand_at(int row, int chunk) {
    if constexpr (!kSwizzled) return row * kStateStride + chunk * 16;
    const int swizzle = kSlice == 4 ? row >> 1 & 3 : row & 7;
    return (chunk / kSlice * kRows + row) * kSliceBytes + ((chunk % kSlice) ^ swizzle) * 16;
  }
  // The gradients of the CTA's gates as operand: [row][unit][gate].
  static constexpr int kGradStride = kG * kU * kBytes + 16;
  // What is sent goes by bulk copies where it is much, backward if the units of a warp are those
  // of whole CTAs.
  static constexpr bool kBulk = kColumns > 1 && kSwizzled&& kParts == 1;
  static constexpr bool kBulkBack =
      kColumns > 1 && kParts == 1 && 16 * kBackWarpM % kU == 0 && kU % 32 == 0 && kInShared <= 30;

  static_assert(kU % kChunk == 0 && kU % 8 == 0 && (kG * kU) % 16 == 0 && kPairs % 32 == 0);
  static_assert(kM % kWarpsM == 0 && kK % (2 * kWarpsK) == 0);
  static_assert(kBackM % kWarps == 0 && (kG * kU) % kTileK == 0);
  static_assert(kBackWarpM * kBackK == kTiles && kU % 16 == 0);
};

// The tiles of one warp: the first in registers, the rest in shared memory, in fragment order.
template <class S>
struct Tiles {
  uint32_t registers[S::kInRegisters][4];
  uint32_t shared;  // of this lane

  __device__ __forceinline__ void load(const uint4* packed, unsigned char* smem, int warp,
                                       int lane) {
    const uint4* mine = packed + static_cast<size_t>(warp) * S::kTiles * 32 + lane;
#pragma unroll
    for (int i = 0; i < S::kInRegisters; ++i) {
      const uint4 v = mine[i * 32];
      registers[i][0] = v.x, registers[i][1] = v.y, registers[i][2] = v.z, registers[i][3] = v.w;
    }
    uint4* to = reinterpret_cast<uint4*>(smem) + warp * S::kInShared * 32 + lane;
    shared = shared_address(to);
    for (int i = 0; i < S::kInShared; ++i) to[i * 32] = mine[(S::kInRegisters + i) * 32];
  }
  // i is a constant once the loops around are unrolled.
  __device__ __forceinline__ void get(int i, uint32_t (&a)[4]) const {
    if (i < S::kInRegisters) {
      a[0] = registers[i][0], a[1] = registers[i][1], a[2] = registers[i][2],
      a[3] = registers[i][3];
    } else {
      asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                   : "=r"(a[0]), "=r"(a[1]), "=r"(a[2]), "=r"(a[3])
                   : "r"(shared + (i - S::kInRegisters) * kTileBytes));
    }
  }
};

// Where this lane finds its row of the four matrices (eight rows of 16 bytes) that feed two tiles
// along k; the k-th pair of tiles of the warp lies at the k-th address.
template <class S>
struct StateOperand {
  uint32_t even, odd;

  // `chunk`: the warp's first.
  __device__ __forceinline__ StateOperand(uint32_t base, int lane, int chunk)
      : even(base + S::operand_at(lane & 7, chunk + (lane >> 3))),
        odd(base + S::operand_at(lane & 7, chunk + 4 + (lane >> 3))) {}
  __device__ __forceinline__ uint32_t at(int pair, int column, uint32_t offset) const {
    if constexpr (!S::kSwizzled) return even + offset + pair * 64 + column * 8 * S::kStateStride;
    offset += column * 8 * S::kSliceBytes;
    if constexpr (S::kSlice == 4) return even + offset + pair * (4 * S::kRows * 16);
    return (pair & 1 ? odd : even) + offset + (pair >> 1) * (8 * S::kRows * 16);
  }
};

// The same for fused multiply-adds: the 16 bytes of row n that lane % 4 has a part in.
template <class S>
struct StateRows {
  uint32_t base;
  int chunk, part;

  __device__ __forceinline__ StateRows(uint32_t base, int lane, int chunk)
      : base(base), chunk(chunk), part(lane % 4) {}
  __device__ __forceinline__ uint32_t at(int pair, int row, uint32_t offset) const {
    return base + offset + S::operand_at(row, chunk + pair * 4 + part);
  }
};

template <class S>
struct GradRows {
  uint32_t base;

  __device__ __forceinline__ GradRows(uint32_t base, int lane) : base(base + lane % 4 * 16) {}
  __device__ __forceinline__ uint32_t at(int pair, int row, uint32_t offset) const {
    return base + offset + row * S::kGradStride + pair * 64;
  }
};

template <class S>
struct GradOperand {
  uint32_t row;

  __device__ __forceinline__ GradOperand(uint32_t base, int lane)
      : row(base + (lane & 7) * S::kGradStride + (lane >> 3) * 16) {}
  __device__ __forceinline__ uint32_t at(int pair, int column, uint32_t offset) const {
    return row + offset + pair * 64 + column * 8 * S::kGradStride;
  }
};

// sums[M][N] = M x K of the warp's tiles times N x eight rows of the operand in shared memory. With
// few tiles along m, even and odd k are summed apart, so that no mma waits for the one before; the
// order of a sum does not depend on N. (With K odd the last matrices reach past the rows, into what
// nobody uses.)
template <class S, int M, int K, class Operand>
__device__ __forceinline__ void product(const Tiles<S>& tiles, const Operand& operand,
                                        uint32_t offset, float (&sums)[M][S::kColumns][4]) {
  constexpr int N = S::kColumns, kChains = M <= 2 ? 2 : 1;
  float chains[kChains][M][N][4];
#pragma unroll
  for (int i = 0; i < kChains * M * N * 4; ++i) (&chains[0][0][0][0])[i] = 0.0f;
#pragma unroll
  for (int k = 0; k < K; k += 2) {
    uint32_t b[N][4];
#pragma unroll
    for (int n = 0; n < N; ++n) load_matrices(b[n], operand.at(k / 2, n, offset));
#pragma unroll
    for (int half = 0; half < (k + 1 < K ? 2 : 1); ++half)
#pragma unroll
      for (int m = 0; m < M; ++m) {
        uint32_t a[4];
        tiles.get((k + half) * M + m, a);
#pragma unroll
        for (int n = 0; n < N; ++n)
          S::Type::mma(chains[half % kChains][m][n], a, b[n][2 * half], b[n][2 * half + 1]);
      }
  }
#pragma unroll
  for (int m = 0; m < M; ++m)
#pragma unroll
    for (int n = 0; n < N; ++n)
#pragma unroll
      for (int j = 0; j < 4; ++j)
        sums[m][n][j] =
            kChains == 2 ? chains[0][m][n][j] + chains[kChains - 1][m][n][j] : chains[0][m][n][j];
}

// The same sums by fused multiply-adds. Two tiles along k are 16 rows by 16 k: a lane has rows
// lane / 4 (first tile) and lane / 4 + 8 (second), k 4 (lane % 4) to + 3, and works for all eight
// columns; four lanes then add up, each in the end for two columns.
template <class S, int M, int K, class Operand>
__device__ __forceinline__ void product_fma(const Tiles<S>& tiles, const Operand& operand,
                                            uint32_t offset, float (&sums)[M][1][4]) {
  static_assert(S::kColumns == 1 && K % 2 == 0);
  float c[M][2][8];
#pragma unroll
  for (int i = 0; i < M * 16; ++i) (&c[0][0][0])[i] = 0.0f;
#pragma unroll
  for (int k = 0; k < K; k += 2) {
#pragma unroll
    for (int columns = 0; columns < 8; columns += 4) {
      float4 b[4];
#pragma unroll
      for (int n = 0; n < 4; ++n)
        asm volatile("ld.shared.v4.f32 {%0, %1, %2, %3}, [%4];"
                     : "=f"(b[n].x), "=f"(b[n].y), "=f"(b[n].z), "=f"(b[n].w)
                     : "r"(operand.at(k / 2, columns + n, offset)));
#pragma unroll
      for (int m = 0; m < M; ++m)
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          uint32_t a[4];
          tiles.get((k + half) * M + m, a);
#pragma unroll
          for (int n = 0; n < 4; ++n) {
            float& sum = c[m][half][columns + n];
            sum = fmaf(__uint_as_float(a[0]), b[n].x, sum);
            sum = fmaf(__uint_as_float(a[1]), b[n].y, sum);
            sum = fmaf(__uint_as_float(a[2]), b[n].z, sum);
            sum = fmaf(__uint_as_float(a[3]), b[n].w, sum);
          }
        }
    }
  }
  const int lane = threadIdx.x % 32;
  const bool high = lane & 2, odd = lane & 1;
#pragma unroll
  for (int m = 0; m < M; ++m)
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      float v[4];  // of columns 0..3 or 4..7
#pragma unroll
      for (int n = 0; n < 4; ++n) {
        const float mine = high ? c[m][half][n + 4] : c[m][half][n];
        const float theirs = high ? c[m][half][n] : c[m][half][n + 4];
        v[n] = mine + __shfl_xor_sync(~0u, theirs, 2);
      }
#pragma unroll
      for (int n = 0; n < 2; ++n) {
        const float mine = odd ? v[n + 2] : v[n], theirs = odd ? v[n] : v[n + 2];
        sums[m][0][2 * half + n] = mine + __shfl_xor_sync(~0u, theirs, 1);
      }
    }
}

}  // namespace tidegate::cuda
