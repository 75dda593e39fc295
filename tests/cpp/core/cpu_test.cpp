#include "core/cpu.h"

#include <doctest/doctest.h>

#include <string>

using namespace tidegate;

TEST_CASE("scalar runs everywhere, and a wider set implies the narrower one") {
  CHECK(cpu_supports(Isa::scalar));
  if (cpu_supports(Isa::avx512)) {
    CHECK(cpu_supports(Isa::avx2));
  }
}

#if defined(__x86_64__)
TEST_CASE("the answers are those of the compiler's own run-time check") {
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  CHECK(cpu_supports(Isa::avx2) == avx2);
  CHECK(cpu_supports(Isa::avx512) == avx512);
}
#endif

#if defined(__aarch64__)
TEST_CASE("NEON is part of the architecture") {
  CHECK(cpu_supports(Isa::neon));
  CHECK_FALSE(cpu_supports(Isa::avx2));
}
#else
TEST_CASE("NEON is there on AArch64 alone") { CHECK_FALSE(cpu_supports(Isa::neon)); }
#endif

TEST_CASE("names are the words of TIDEGATE_ISA") {
  CHECK(std::string(isa_name(Isa::scalar)) == "scalar");
  CHECK(std::string(isa_name(Isa::neon)) == "neon");
  CHECK(std::string(isa_name(Isa::avx2)) == "avx2");
  CHECK(std::string(isa_name(Isa::avx512)) == "avx512");
}

TEST_CASE("caches have plausible sizes, smallest first") {
  const CacheSizes sizes = cache_sizes();
  CHECK(sizes.l1d >= 8 << 10);
  CHECK(sizes.l2 >= sizes.l1d);
}
