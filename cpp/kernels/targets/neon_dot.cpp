// Products of bytes alone, by the processor's own instruction; all else is that of neon.
#define TIDEGATE_TARGET neon_dot
// clang-format off
#include "kernels/simd/neon.h"
#include "kernels/dot_bytes.inl.h"
// clang-format on
