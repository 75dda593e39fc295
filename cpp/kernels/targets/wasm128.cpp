#define TIDEGATE_TARGET wasm128
#include "kernels/simd/wasm.h"
#include "kernels/target.inl.h"
