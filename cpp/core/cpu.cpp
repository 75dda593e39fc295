#include "core/cpu.h"

#include <unistd.h>

#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace tidegate {
namespace {

#if defined(__x86_64__)

struct Features {
  bool avx2 = false;
  bool avx512 = false;
  bool bfloat16 = false;
  bool bytes = false;
};

// Which register files the system saves at a context switch (XCR0). Without this, an instruction
// that the CPU has would still end the process.
std::uint64_t saved_state() {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (std::uint64_t{high} << 32) | low;
}

Features detect() {
  constexpr unsigned kFma = (1U << 12) | (1U << 29);  // FMA F16C
  constexpr unsigned kOsXsave = 1U << 27;
  constexpr unsigned kAvx2 = 1U << 5;
  constexpr unsigned kAvx512 = (1U << 16) | (1U << 17) | (1U << 30) | (1U << 31);  // F DQ BW VL
  constexpr unsigned kVnni = 1U << 11;                                             // of register c
  constexpr unsigned kBfloat16 = 1U << 5;  // of leaf 7, subleaf 1
  constexpr std::uint64_t kYmmState = 0x06;
  constexpr std::uint64_t kZmmState = 0xe6;

  Features features;
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kOsXsave) == 0) {
    return features;
  }
  const bool fma = (c & kFma) == kFma;
  const std::uint64_t state = saved_state();
  if (!fma || __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) {
    return features;
  }
  features.avx2 = (b & kAvx2) != 0 && (state & kYmmState) == kYmmState;
  features.avx512 = features.avx2 && (b & kAvx512) == kAvx512 && (state & kZmmState) == kZmmState;
  features.bytes = features.avx512 && (c & kVnni) != 0;
  if (features.avx512 && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0) {
    features.bfloat16 = (a & kBfloat16) != 0;
  }
  return features;
}

const Features& features() {
  static const Features found = detect();
  return found;
}

bool vector_supported(Isa isa) {
  return (isa == Isa::avx2 && features().avx2) || (isa == Isa::avx512 && features().avx512);
}

bool bfloat16_supported() { return features().bfloat16; }

bool bytes_supported() { return features().bytes; }

#elif defined(__aarch64__)

bool vector_supported(Isa isa) { return isa == Isa::neon; }  // part of the architecture

bool bfloat16_supported() { return false; }

#if defined(__linux__)
bool bytes_supported() {
  constexpr unsigned long kDotProducts = 1UL << 20;  // HWCAP_ASIMDDP
  return (getauxval(AT_HWCAP) & kDotProducts) != 0;
}
#else
bool bytes_supported() { return false; }
#endif

#elif defined(__EMSCRIPTEN__)

bool vector_supported(Isa isa) { return isa == Isa::wasm128; }  // or the module does not load

bool bfloat16_supported() { return false; }

bool bytes_supported() { return false; }

#else

bool vector_supported(Isa) { return false; }

bool bfloat16_supported() { return false; }

bool bytes_supported() { return false; }

#endif

constexpr CacheSizes kCommon = {std::size_t{32} << 10, std::size_t{1} << 20, 0};

#if defined(_SC_LEVEL1_DCACHE_SIZE)
std::size_t reported_or(int name, std::size_t common) {
  const long bytes = sysconf(name);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : common;
}
#endif

}  // namespace

bool cpu_supports(Isa isa) { return isa == Isa::scalar || vector_supported(isa); }

bool cpu_multiplies_bfloat16() { return bfloat16_supported(); }

bool cpu_multiplies_bytes() { return bytes_supported(); }

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::scalar:
      return "scalar";
    case Isa::neon:
      return "neon";
    case Isa::wasm128:
      return "wasm128";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
  }
  return "unknown";
}

CacheSizes cache_sizes() {
#if defined(_SC_LEVEL1_DCACHE_SIZE)
  static const CacheSizes sizes = {
      reported_or(_SC_LEVEL1_DCACHE_SIZE, kCommon.l1d),
      reported_or(_SC_LEVEL2_CACHE_SIZE, kCommon.l2),
      reported_or(_SC_LEVEL3_CACHE_SIZE, kCommon.l3),
  };
  return sizes;
#else  // only glibc asks the system
  return kCommon;
#endif
}

}  // namespace tidegate
