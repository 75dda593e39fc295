// Products of bytes alone, by the processor's own instruction; all else is that of avx512.
//
// gcc 12's own AVX-512 headers start from an undefined register and warn about it (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#define TIDEGATE_TARGET avx512_vnni
// clang-format off
#include "kernels/simd/avx512.h"
#include "kernels/dot_bytes.inl.h"
// clang-format on
