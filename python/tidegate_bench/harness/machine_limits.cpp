// What one instruction set of this machine can do: fused multiply-adds held in registers, and reads
// from each level of the cache. Usage: machine_limits <threads> <bytes>...; prints one JSON object.
// Compiled per instruction set with -DVECTOR_BYTES; GCC's and Clang's vector types do the rest.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace {

typedef float Vec __attribute__((vector_size(VECTOR_BYTES)));
constexpr int kLanes = VECTOR_BYTES / 4;
constexpr int kChains = 12;  // more than latency times ports, and the accumulators fit 16 registers
constexpr int kRepeats = 25;  // short ones: the best of them is one that nobody disturbed

double seconds() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

// Keeps a value in a register and unknown to the optimiser.
void keep(Vec& v) {
#if defined(__x86_64__)
  asm volatile("" : "+x"(v));
#else
  asm volatile("" : "+w"(v));
#endif
}

double fma_flop(long loops) {
  Vec acc[kChains] = {};
  Vec factor = Vec{} + 0.999F;
  Vec term = Vec{} + 0.001F;
  keep(factor);
  keep(term);
#pragma GCC unroll 12
  for (Vec& a : acc) keep(a);  // equal chains would be computed once
  for (long k = 0; k < loops; ++k) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) acc[i] = acc[i] * factor + term;
  }
  Vec sum = {};
  for (const Vec& a : acc) sum += a;
  keep(sum);
  return 2.0 * kLanes * kChains * static_cast<double>(loops);
}

double read_bytes(const Vec* data, std::size_t count, long passes) {
  for (long p = 0; p < passes; ++p) {
    Vec acc[8] = {};
    for (std::size_t k = 0; k + 8 <= count; k += 8) {
#pragma GCC unroll 8
      for (std::size_t i = 0; i < 8; ++i) acc[i] += data[k + i];
    }
    Vec sum = {};
    for (const Vec& a : acc) sum += a;
    keep(sum);
  }
  return static_cast<double>(count / 8 * 8 * sizeof(Vec)) * static_cast<double>(passes);
}

// Amount of work per second of all threads together, the best of several repeats: the limit.
template <class Work>
double best_rate(int threads, Work work) {
  double best = 0;
  for (int r = 0; r < kRepeats; ++r) {
    std::atomic<int> waiting{threads};
    std::vector<double> rates(static_cast<std::size_t>(threads));
    auto body = [&](int index) {
      --waiting;
      while (waiting.load() > 0) {}
      const double start = seconds();
      const double amount = work(index);
      rates[static_cast<std::size_t>(index)] = amount / (seconds() - start);
    };
    std::vector<std::thread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back(body, i);
    body(0);
    for (auto& thread : others) thread.join();
    double sum = 0;
    for (const double rate : rates) sum += rate;
    if (sum > best) best = sum;
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const int threads = std::atoi(argv[1]);
  fma_flop(1'000'000);
  const double peak = best_rate(threads, [](int) { return fma_flop(1'000'000); });
  std::printf("{\"gflops\": %.1f, \"read_gbs\": {", peak / 1e9);
  for (int a = 2; a < argc; ++a) {
    const auto bytes = static_cast<std::size_t>(std::atol(argv[a]));
    const std::size_t count = bytes / sizeof(Vec);
    std::vector<std::unique_ptr<void, decltype(&std::free)>> buffers;
    for (int i = 0; i < threads; ++i) {
      void* block = std::aligned_alloc(64, (count + 1) * sizeof(Vec) / 64 * 64 + 64);
      if (block == nullptr) return 1;
      buffers.emplace_back(block, &std::free);
      for (std::size_t k = 0; k < count; ++k) static_cast<Vec*>(block)[k] = Vec{};
    }
    const long passes = static_cast<long>(50'000'000 / (bytes + 1)) + 1;
    const double rate = best_rate(threads, [&](int i) {
      return read_bytes(static_cast<const Vec*>(buffers[static_cast<std::size_t>(i)].get()), count,
                        passes);
    });
    std::printf("%s\"%zu\": %.1f", a > 2 ? ", " : "", bytes, rate / 1e9);
  }
  std::printf("}}\n");
  return 0;
}
