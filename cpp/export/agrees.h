/* For the self-test: the same bits, or close where fused multiply-adds are rounded twice. */
static int tg_agrees(float value, uint32_t stored) {
  union {
    float value;
    uint32_t bits;
  } word, expected;
  float most = 1e-4f, difference;
  word.value = value;
  expected.bits = stored;
  if (TG_SAME_BITS) return word.bits == stored;
  difference = value > expected.value ? value - expected.value : expected.value - value;
  if (expected.value > 1.0f || expected.value < -1.0f) {
    most *= expected.value > 0.0f ? expected.value : -expected.value;
  }
  return difference <= most;
}
