/* a * b + c with one rounding where the processor has the instruction. Where it has none, two
 * roundings instead of a library: the results then differ from the runtime's in the last bits. */
#if defined(__FP_FAST_FMAF) || defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define TG_FMA(a, b, c) __builtin_fmaf(a, b, c)
#define TG_SAME_BITS 1
#else
#define TG_FMA(a, b, c) ((a) * (b) + (c))
#define TG_SAME_BITS 0
#endif

/* The nearest float to the square root of a positive number or of infinity; 0 of a subnormal one.
 * An even exponent and a significand of 47 or 48 bits give a root of 24 bits, found bit by bit;
 * with a remainder above the root itself the next number is nearer. */
static inline float tg_whole_sqrt(float a) {
  union {
    float value;
    uint32_t bits;
  } word;
  uint32_t exponent, root = 0, bit;
  uint64_t square;
  word.value = a;
  exponent = word.bits >> 23;
  if (exponent >= 255u) return a;
  if (exponent == 0u) return 0.0f;
  square = (uint64_t)((word.bits & 0x7fffffu) | 0x800000u) << (exponent % 2u == 0u ? 24 : 23);
  for (bit = 0x800000u; bit != 0u; bit >>= 1) {
    const uint64_t more = root + bit;
    if (more * more <= square) root += bit;
  }
  root += square - (uint64_t)root * root > root;
  word.bits = root + (((exponent + 127u) / 2u - 1u) << 23);
  return word.value;
}

#define TG_SQRT(a) tg_whole_sqrt(a)
