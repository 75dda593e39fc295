// gcc 12's own AVX-512 headers start from an undefined register and warn about it (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#define TIDEGATE_TARGET avx512
#include "kernels/simd/avx512.h"
#include "kernels/target_training.inl.h"
