/* a * b + c with one rounding where the processor has the instruction. Where it has none, two
 * roundings instead of a library: the results then differ from the runtime's in the last bits. */
#if defined(__FP_FAST_FMAF) || defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define TG_FMA(a, b, c) __builtin_fmaf(a, b, c)
#define TG_SAME_BITS 1
#else
#define TG_FMA(a, b, c) ((a) * (b) + (c))
#define TG_SAME_BITS 0
#endif
