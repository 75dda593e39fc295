#define TIDEGATE_TARGET neon
#include "kernels/simd/neon.h"
#include "kernels/target.inl.h"
