#define TIDEGATE_TARGET avx2
#include "kernels/simd/avx2.h"
#include "kernels/target_training.inl.h"
