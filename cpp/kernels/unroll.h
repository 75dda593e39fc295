// gcc keeps accumulators in registers only if every loop over them is unrolled.
#pragma once

#if defined(__clang__)
#define TG_UNROLL _Pragma("clang loop unroll(full)")
#else
#define TG_UNROLL _Pragma("GCC unroll 8")
#endif
