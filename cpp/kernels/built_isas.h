// TIDEGATE_FOR_EACH_ISA(F) is F(isa) for each instruction set of this build, best first. Which
// there are is said by cmake/isa.cmake.
#pragma once

#if defined(TIDEGATE_WITH_AVX512)
#define TIDEGATE_IF_AVX512(F) F(avx512)
#else
#define TIDEGATE_IF_AVX512(F)
#endif
#if defined(TIDEGATE_WITH_AVX2)
#define TIDEGATE_IF_AVX2(F) F(avx2)
#else
#define TIDEGATE_IF_AVX2(F)
#endif
#if defined(TIDEGATE_WITH_NEON)
#define TIDEGATE_IF_NEON(F) F(neon)
#else
#define TIDEGATE_IF_NEON(F)
#endif
#if defined(TIDEGATE_WITH_WASM128)
#define TIDEGATE_IF_WASM128(F) F(wasm128)
#else
#define TIDEGATE_IF_WASM128(F)
#endif
#if defined(TIDEGATE_WITH_SCALAR)
#define TIDEGATE_IF_SCALAR(F) F(scalar)
#else
#define TIDEGATE_IF_SCALAR(F)
#endif

#define TIDEGATE_FOR_EACH_ISA(F) \
  TIDEGATE_IF_AVX512(F)          \
  TIDEGATE_IF_AVX2(F) TIDEGATE_IF_NEON(F) TIDEGATE_IF_WASM128(F) TIDEGATE_IF_SCALAR(F)
