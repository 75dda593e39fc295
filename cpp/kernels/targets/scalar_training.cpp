#define TIDEGATE_TARGET scalar
#include "kernels/simd/scalar.h"
#include "kernels/target_training.inl.h"
