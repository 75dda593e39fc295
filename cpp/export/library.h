/* a * b + c with one rounding: an instruction where the processor has it, else the library's. */
#include <math.h>
#define TG_FMA(a, b, c) fmaf(a, b, c)
#define TG_SAME_BITS 1

#define TG_SQRT(a) sqrtf(a)
