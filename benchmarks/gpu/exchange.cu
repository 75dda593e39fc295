// What one step of a recurrence costs in pure communication on a Hopper GPU: a cluster barrier, an
// all-gather through distributed shared memory, one through L2, a kernel boundary in a CUDA graph.
//
//   nvcc -O3 -std=c++17 -gencode=arch=compute_90a,code=sm_90a -o exchange exchange.cu
//   ./exchange > exchange.jsonl
//
// One line of JSON per measurement, median over repetitions of (time of a launch / steps). In every
// all-gather the bytes sent depend on the bytes received in the step before, so latency is not
// hidden; what arrives is checked at the end. A wait that lasts longer than a second traps.
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#define CHECK(call)                                                                              \
  do {                                                                                           \
    cudaError_t e_ = (call);                                                                     \
    if (e_ != cudaSuccess) {                                                                     \
      std::fprintf(stderr, "%s:%d %s: %s\n", __FILE__, __LINE__, #call, cudaGetErrorString(e_)); \
      std::exit(1);                                                                              \
    }                                                                                            \
  } while (0)

constexpr int kThreads = 256;
constexpr int kSteps = 2000;
constexpr int kRepetitions = 7;
constexpr long long kSpinLimit = 2000000000LL;  // clocks, about a second

__device__ __forceinline__ uint32_t shared_address(const void* p) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(p));
}
__device__ __forceinline__ uint32_t cluster_rank() {
  uint32_t r;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(r));
  return r;
}
__device__ __forceinline__ uint32_t map_to_rank(uint32_t address, uint32_t rank) {
  uint32_t r;
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(r) : "r"(address), "r"(rank));
  return r;
}
__device__ __forceinline__ void cluster_sync() {
  asm volatile("barrier.cluster.arrive.release.aligned;\n\tbarrier.cluster.wait.acquire.aligned;" ::
                   : "memory");
}
__device__ __forceinline__ void barrier_init(uint32_t barrier, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(count));
}
__device__ __forceinline__ void barrier_expect(uint32_t barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
               : "memory");
}
__device__ __forceinline__ bool barrier_try(uint32_t barrier, int parity) {
  uint32_t done;
  asm volatile(
      "{\n\t.reg .pred p;\n\t"
      "mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 p, [%1], %2;\n\t"
      "selp.u32 %0, 1, 0, p;\n\t}"
      : "=r"(done)
      : "r"(barrier), "r"(parity)
      : "memory");
  return done != 0;
}
__device__ __forceinline__ void barrier_wait(uint32_t barrier, int parity) {
  long long start = 0;
  while (!barrier_try(barrier, parity)) {
    if (start == 0) start = clock64();
    if (clock64() - start > kSpinLimit) asm volatile("trap;");
  }
}

// How the slices of all CTAs of a cluster reach every CTA of it.
enum Gather { kBarrierOnly, kRemoteStore, kAsync16, kAsync8, kBulk };

// Each CTA owns bytes / cluster of the gathered vector; received[2][bytes] in shared memory.
template <int MODE>
__global__ void __launch_bounds__(kThreads) cluster_gather(int bytes, int steps, uint32_t* out) {
  extern __shared__ __align__(128) uint4 shared[];
  __shared__ __align__(8) uint64_t barriers[2];
  uint32_t size;
  asm volatile("mov.u32 %0, %%cluster_nctaid.x;" : "=r"(size));
  const uint32_t rank = cluster_rank();
  const int slice = bytes / size, chunks = slice / 16;
  uint4* received = shared;                   // [2][bytes / 16]
  uint4* staged = shared + 2 * (bytes / 16);  // [2][slice / 16], for bulk copies
  const uint32_t base = shared_address(received), bars = shared_address(barriers);
  if (threadIdx.x == 0) {
    barrier_init(bars, 1);
    barrier_init(bars + 8, 1);
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    barrier_expect(bars, bytes);
    barrier_expect(bars + 8, bytes);
  }
  for (int i = threadIdx.x; i < 2 * (bytes / 16); i += kThreads)
    received[i] = make_uint4(0, 0, 0, 0);
  __syncthreads();
  cluster_sync();
  uint32_t value = 0;
  for (int t = 0; t < steps; ++t) {
    const int half = t & 1;
    // Everyone reads something of the step before, as the product of a real step would.
    if (MODE != kBarrierOnly && t > 0) {
      const int before = half ^ 1;
      if (MODE == kAsync16 || MODE == kAsync8 || MODE == kBulk) {
        barrier_wait(bars + 8 * before, ((t - 1) >> 1) & 1);
        if (threadIdx.x == 0) barrier_expect(bars + 8 * before, bytes);
      }
      const uint4 v = received[before * (bytes / 16) + (threadIdx.x % (bytes / 16))];
      value = v.x + (v.y - v.w);  // .x = t - 1 + 1, .y == .w
    }
    if (MODE == kBarrierOnly) {
      cluster_sync();
      continue;
    }
    __syncthreads();
    const uint32_t next = value + 1;
    const uint32_t target = base + half * bytes + rank * slice;
    if (MODE == kRemoteStore) {
      for (int i = threadIdx.x; i < chunks * static_cast<int>(size); i += kThreads) {
        const uint32_t peer = i / chunks, chunk = i % chunks;
        asm volatile("st.shared::cluster.v4.u32 [%0], {%1, %2, %2, %2};" ::"r"(
                         map_to_rank(target + chunk * 16, peer)),
                     "r"(next), "r"(threadIdx.x)
                     : "memory");
      }
      cluster_sync();
    } else if (MODE == kAsync16) {
      for (int i = threadIdx.x; i < chunks * static_cast<int>(size); i += kThreads) {
        const uint32_t peer = i / chunks, chunk = i % chunks;
        asm volatile(
            "st.async.shared::cluster.mbarrier::complete_tx::bytes.v4.b32 [%0], {%1, %2, %2, "
            "%2}, [%3];" ::"r"(map_to_rank(target + chunk * 16, peer)),
            "r"(next), "r"(threadIdx.x), "r"(map_to_rank(bars + 8 * half, peer))
            : "memory");
      }
    } else if (MODE == kAsync8) {
      for (int i = threadIdx.x; i < 2 * chunks * static_cast<int>(size); i += kThreads) {
        const uint32_t peer = i / (2 * chunks), chunk = i % (2 * chunks);
        const uint32_t first = (chunk & 1) ? 7u : next;
        asm volatile(
            "st.async.shared::cluster.mbarrier::complete_tx::bytes.v2.b32 [%0], {%1, %2}, "
            "[%3];" ::"r"(map_to_rank(target + chunk * 8, peer)),
            "r"(first), "r"(7u), "r"(map_to_rank(bars + 8 * half, peer))
            : "memory");
      }
    } else {
      for (int i = threadIdx.x; i < chunks; i += kThreads)
        staged[half * chunks + i] = make_uint4(next, i, i, i);
      asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
      __syncthreads();
      if (threadIdx.x < size) {
        asm volatile(
            "cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes [%0], [%1], "
            "%2, [%3];" ::"r"(map_to_rank(target, threadIdx.x)),
            "r"(shared_address(staged + half * chunks)), "r"(slice),
            "r"(map_to_rank(bars + 8 * half, threadIdx.x))
            : "memory");
      }
    }
  }
  if (MODE == kAsync16 || MODE == kAsync8 || MODE == kBulk)
    barrier_wait(bars + 8 * ((steps - 1) & 1), ((steps - 1) >> 1) & 1);
  __syncthreads();
  if (MODE != kBarrierOnly) {
    const uint4 v = received[((steps - 1) & 1) * (bytes / 16) + (threadIdx.x % (bytes / 16))];
    if (v.x != static_cast<uint32_t>(steps)) atomicAdd(out, 1u);
  }
  cluster_sync();  // no CTA leaves while others may still write to it
}

// Groups of CTAs that exchange through global memory (L2).
enum Grid { kCounter, kFlags, kSentinel };
constexpr uint32_t kNothing = 0xFFFFFFFFu;

__device__ __forceinline__ uint4 load_relaxed(const uint4* p) {
  uint4 v;
  asm volatile("ld.relaxed.gpu.global.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(p)
               : "memory");
  return v;
}
__device__ __forceinline__ void store_relaxed(uint4* p, uint4 v) {
  asm volatile("st.relaxed.gpu.global.v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(p), "r"(v.x), "r"(v.y),
               "r"(v.z), "r"(v.w)
               : "memory");
}
__device__ __forceinline__ uint32_t load_acquire(const uint32_t* p) {
  uint32_t v;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(v) : "l"(p) : "memory");
  return v;
}

// buffer: [groups][4][bytes]; flags: [CTAs] 32 bytes apart; counter: [groups] 128 bytes apart.
template <int MODE>
__global__ void __launch_bounds__(kThreads)
    grid_gather(int group_size, int bytes, int steps, uint4* buffer, uint32_t* flags,
                uint32_t* out) {
  extern __shared__ __align__(128) uint4 shared[];
  const int group = blockIdx.x / group_size, rank = blockIdx.x % group_size;
  const int total = bytes / 16, chunks = total / group_size;
  uint4* slots = buffer + static_cast<size_t>(group) * 4 * total;
  uint32_t* group_flags = flags + group * group_size * 8;
  uint32_t value = 0;
  for (int t = 0; t < steps; ++t) {
    uint4* slot = slots + (t & 3) * total;
    const uint32_t next = value + 1;
    for (int i = threadIdx.x; i < chunks; i += kThreads) {
      store_relaxed(slot + rank * chunks + i, make_uint4(next, 1, 2, 1));
      if (MODE == kSentinel)
        store_relaxed(slots + ((t + 2) & 3) * total + rank * chunks + i,
                      make_uint4(kNothing, kNothing, kNothing, kNothing));
    }
    long long start = 0;
    if (MODE == kSentinel) {
      __threadfence();
      for (int i = threadIdx.x; i < total; i += kThreads) {
        uint4 v;
        do {
          v = load_relaxed(slot + i);
          if (start == 0) start = clock64();
          if (clock64() - start > kSpinLimit) asm volatile("trap;");
        } while (v.x == kNothing || v.y == kNothing || v.z == kNothing || v.w == kNothing);
        shared[i] = v;
      }
    } else {
      __syncthreads();
      if (MODE == kFlags) {
        if (threadIdx.x == 0)
          asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(group_flags + rank * 8),
                       "r"(t + 1)
                       : "memory");
        for (int i = threadIdx.x; i < group_size; i += kThreads) {
          while (load_acquire(group_flags + i * 8) < static_cast<uint32_t>(t + 1)) {
            if (start == 0) start = clock64();
            if (clock64() - start > kSpinLimit) asm volatile("trap;");
          }
        }
      } else if (threadIdx.x == 0) {
        asm volatile("red.release.gpu.global.add.u32 [%0], 1;" ::"l"(group_flags) : "memory");
        while (load_acquire(group_flags) < static_cast<uint32_t>((t + 1) * group_size)) {
          if (start == 0) start = clock64();
          if (clock64() - start > kSpinLimit) asm volatile("trap;");
        }
      }
      __syncthreads();
      for (int i = threadIdx.x; i < total; i += kThreads) shared[i] = load_relaxed(slot + i);
    }
    __syncthreads();
    const uint4 v = shared[(threadIdx.x + t) % total];
    value = v.x + (v.y - v.w);
    __syncthreads();
  }
  if (value != static_cast<uint32_t>(steps)) atomicAdd(out, 1u);
}

__global__ void __launch_bounds__(kThreads) small_kernel(float* data, bool dependent) {
  if (dependent)
    asm volatile("griddepcontrol.launch_dependents;\n\tgriddepcontrol.wait;" ::: "memory");
  const int i = blockIdx.x * kThreads + threadIdx.x;
  data[i] = data[i] * 0.5f + 1.0f;
}

// Tensor cores on weights that stay in registers: `tiles` products m16n8k16 per warp and step on
// operands in registers, 4 chains.
template <int WARPS, int TILES, int COLUMNS>
__global__ void __launch_bounds__(32 * WARPS, 1) mma_registers(int steps, float* out) {
  uint32_t a[TILES][4];
  for (int i = 0; i < TILES; ++i)
    for (int j = 0; j < 4; ++j) a[i][j] = (threadIdx.x * 7 + i * 3 + j) & 0x3f003f00u;
  float c[4][COLUMNS][4] = {};
  uint32_t b0 = threadIdx.x & 0x3f00u, b1 = b0;
  for (int t = 0; t < steps; ++t) {
#pragma unroll
    for (int i = 0; i < TILES; ++i)
#pragma unroll
      for (int n = 0; n < COLUMNS; ++n)
        asm volatile(
            "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
            "{%8,%9}, {%0,%1,%2,%3};"
            : "+f"(c[i & 3][n][0]), "+f"(c[i & 3][n][1]), "+f"(c[i & 3][n][2]), "+f"(c[i & 3][n][3])
            : "r"(a[i][0]), "r"(a[i][1]), "r"(a[i][2]), "r"(a[i][3]), "r"(b0 + n), "r"(b1));
    b0 ^= 0x100u;
  }
  float sum = 0;
  for (int i = 0; i < 4; ++i)
    for (int n = 0; n < COLUMNS; ++n) sum += c[i][n][0] + c[i][n][1] + c[i][n][2] + c[i][n][3];
  if (sum == 12345.0f) out[threadIdx.x] = sum;
}

template <class F>
double median_us(F launch, int per_launch) {
  cudaEvent_t a, b;
  CHECK(cudaEventCreate(&a));
  CHECK(cudaEventCreate(&b));
  launch();
  CHECK(cudaDeviceSynchronize());
  std::vector<double> times;
  for (int r = 0; r < kRepetitions; ++r) {
    CHECK(cudaEventRecord(a));
    launch();
    CHECK(cudaEventRecord(b));
    CHECK(cudaEventSynchronize(b));
    float ms = 0;
    CHECK(cudaEventElapsedTime(&ms, a, b));
    times.push_back(ms * 1000.0 / per_launch);
  }
  std::sort(times.begin(), times.end());
  CHECK(cudaEventDestroy(a));
  CHECK(cudaEventDestroy(b));
  return times[times.size() / 2];
}

uint32_t* g_errors;

uint32_t take_errors() {
  uint32_t e = 0;
  CHECK(cudaMemcpy(&e, g_errors, 4, cudaMemcpyDeviceToHost));
  CHECK(cudaMemset(g_errors, 0, 4));
  return e;
}

template <int MODE>
void measure_cluster(const char* name, int size, int clusters, int bytes) {
  auto* kernel = cluster_gather<MODE>;
  const int shared = 2 * bytes + 2 * bytes / size + 256;
  CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1));
  CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, 180 * 1024));
  cudaLaunchConfig_t config = {};
  config.blockDim = dim3(kThreads);
  config.gridDim = dim3(size * clusters);
  config.dynamicSmemBytes = shared;
  cudaLaunchAttribute attribute[1];
  attribute[0].id = cudaLaunchAttributeClusterDimension;
  attribute[0].val.clusterDim = {static_cast<unsigned>(size), 1, 1};
  config.attrs = attribute;
  config.numAttrs = 1;
  const double us = median_us(
      [&] { CHECK(cudaLaunchKernelEx(&config, kernel, bytes, kSteps, g_errors)); }, kSteps);
  std::printf(
      "{\"what\": \"%s\", \"cluster\": %d, \"clusters\": %d, \"bytes\": %d, \"us\": %.4f, "
      "\"wrong\": %u}\n",
      name, size, clusters, MODE == kBarrierOnly ? 0 : bytes, us, take_errors());
}

template <int MODE>
void measure_grid(const char* name, int group_size, int groups, int bytes) {
  uint4* buffer;
  uint32_t* flags;
  const size_t buffer_bytes = static_cast<size_t>(groups) * 4 * bytes;
  const size_t flag_bytes = static_cast<size_t>(groups) * group_size * 32;
  CHECK(cudaMalloc(&buffer, buffer_bytes));
  CHECK(cudaMalloc(&flags, flag_bytes));
  auto* kernel = grid_gather<MODE>;
  CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, 180 * 1024));
  // One CTA per multiprocessor, all resident: a cooperative launch.
  int steps = kSteps;
  void* arguments[] = {&group_size, &bytes, &steps, &buffer, &flags, &g_errors};
  double best = 0;
  std::vector<double> times;
  for (int r = 0; r < kRepetitions + 1; ++r) {
    CHECK(cudaMemset(buffer, 0xFF, buffer_bytes));
    CHECK(cudaMemset(flags, 0, flag_bytes));
    cudaEvent_t a, b;
    CHECK(cudaEventCreate(&a));
    CHECK(cudaEventCreate(&b));
    CHECK(cudaEventRecord(a));
    CHECK(cudaLaunchCooperativeKernel(kernel, dim3(group_size * groups), dim3(kThreads), arguments,
                                      std::max(bytes, 120 * 1024), nullptr));
    CHECK(cudaEventRecord(b));
    CHECK(cudaEventSynchronize(b));
    float ms = 0;
    CHECK(cudaEventElapsedTime(&ms, a, b));
    if (r > 0) times.push_back(ms * 1000.0 / kSteps);
    CHECK(cudaEventDestroy(a));
    CHECK(cudaEventDestroy(b));
  }
  std::sort(times.begin(), times.end());
  best = times[times.size() / 2];
  std::printf(
      "{\"what\": \"%s\", \"group\": %d, \"groups\": %d, \"bytes\": %d, \"us\": %.4f, \"wrong\": "
      "%u}\n",
      name, group_size, groups, bytes, best, take_errors());
  CHECK(cudaFree(buffer));
  CHECK(cudaFree(flags));
}

void measure_graph(bool dependent) {
  constexpr int kNodes = 512;
  float* data;
  CHECK(cudaMalloc(&data, 132 * kThreads * 4));
  CHECK(cudaMemset(data, 0, 132 * kThreads * 4));
  cudaStream_t stream;
  CHECK(cudaStreamCreate(&stream));
  cudaGraph_t graph;
  CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  for (int i = 0; i < kNodes; ++i) {
    cudaLaunchConfig_t config = {};
    config.blockDim = dim3(kThreads);
    config.gridDim = dim3(132);
    config.stream = stream;
    cudaLaunchAttribute attribute[1];
    attribute[0].id = cudaLaunchAttributeProgrammaticStreamSerialization;
    attribute[0].val.programmaticStreamSerializationAllowed = 1;
    config.attrs = attribute;
    config.numAttrs = dependent ? 1 : 0;
    CHECK(cudaLaunchKernelEx(&config, small_kernel, data, dependent));
  }
  CHECK(cudaStreamEndCapture(stream, &graph));
  cudaGraphExec_t exec;
  CHECK(cudaGraphInstantiate(&exec, graph, 0));
  CHECK(cudaGraphLaunch(exec, stream));
  CHECK(cudaStreamSynchronize(stream));
  cudaEvent_t a, b;
  CHECK(cudaEventCreate(&a));
  CHECK(cudaEventCreate(&b));
  std::vector<double> times;
  for (int r = 0; r < kRepetitions; ++r) {
    CHECK(cudaEventRecord(a, stream));
    CHECK(cudaGraphLaunch(exec, stream));
    CHECK(cudaEventRecord(b, stream));
    CHECK(cudaEventSynchronize(b));
    float ms = 0;
    CHECK(cudaEventElapsedTime(&ms, a, b));
    times.push_back(ms * 1000.0 / kNodes);
  }
  std::sort(times.begin(), times.end());
  std::printf("{\"what\": \"graph node%s\", \"us\": %.4f}\n", dependent ? ", dependent launch" : "",
              times[times.size() / 2]);
}

template <int WARPS, int TILES, int COLUMNS>
void measure_mma() {
  float* out;
  CHECK(cudaMalloc(&out, 4096));
  const double us = median_us(
      [&] { mma_registers<WARPS, TILES, COLUMNS><<<132, WARPS * 32>>>(kSteps, out); }, kSteps);
  CHECK(cudaGetLastError());
  std::printf(
      "{\"what\": \"mma m16n8k16 bf16 in registers\", \"warps\": %d, \"tiles_per_warp\": %d, "
      "\"columns\": %d, \"us\": %.4f}\n",
      WARPS, TILES, 8 * COLUMNS, us);
  CHECK(cudaFree(out));
}

template <int MODE>
void report_clusters(int size, int shared) {
  auto* kernel = cluster_gather<MODE>;
  CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1));
  CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared));
  cudaLaunchConfig_t config = {};
  config.blockDim = dim3(kThreads);
  config.gridDim = dim3(size);
  config.dynamicSmemBytes = shared;
  cudaLaunchAttribute attribute[1];
  attribute[0].id = cudaLaunchAttributeClusterDimension;
  attribute[0].val.clusterDim = {static_cast<unsigned>(size), 1, 1};
  config.attrs = attribute;
  config.numAttrs = 1;
  int n = 0;
  CHECK(cudaOccupancyMaxActiveClusters(&n, kernel, &config));
  std::printf(
      "{\"what\": \"clusters at once\", \"cluster\": %d, \"shared\": %d, \"clusters\": %d}\n", size,
      shared, n);
}

int main() {
  cudaDeviceProp properties;
  CHECK(cudaGetDeviceProperties(&properties, 0));
  std::printf(
      "{\"what\": \"device\", \"name\": \"%s\", \"multiprocessors\": %d, \"l2\": %d, "
      "\"shared_per_block\": %zu}\n",
      properties.name, properties.multiProcessorCount, properties.l2CacheSize,
      properties.sharedMemPerBlockOptin);
  CHECK(cudaMalloc(&g_errors, 4));
  CHECK(cudaMemset(g_errors, 0, 4));
  for (int size : {2, 4, 8, 16}) report_clusters<kAsync16>(size, 200 * 1024);
  for (int size : {8, 16}) {
    for (int clusters : {1, size == 8 ? 14 : 6}) {
      measure_cluster<kBarrierOnly>("cluster barrier", size, clusters, 1024);
      for (int bytes : {1024, 2048, 4096, 8192, 16384, 32768}) {
        measure_cluster<kRemoteStore>("gather: stores, barrier", size, clusters, bytes);
        measure_cluster<kAsync16>("gather: st.async 16 B", size, clusters, bytes);
        measure_cluster<kAsync8>("gather: st.async 8 B", size, clusters, bytes);
        measure_cluster<kBulk>("gather: bulk copies", size, clusters, bytes);
      }
      std::fflush(stdout);
    }
  }
  for (int group_size : {32, 64, 128}) {
    for (int bytes : {2048, 4096, 16384, 65536}) {
      for (int groups : {1, 128 / group_size}) {
        measure_grid<kCounter>("grid: counter", group_size, groups, bytes);
        measure_grid<kFlags>("grid: flags", group_size, groups, bytes);
        measure_grid<kSentinel>("grid: data as flag", group_size, groups, bytes);
        if (group_size == 128) break;
      }
      std::fflush(stdout);
    }
  }
  measure_graph(false);
  measure_graph(true);
  measure_mma<8, 32, 1>();
  measure_mma<16, 16, 1>();
  measure_mma<8, 32, 2>();
  measure_mma<16, 16, 2>();
  measure_mma<8, 32, 4>();
  return 0;
}
