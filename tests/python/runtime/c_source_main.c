/* Streams steps through the exported model "model": its inputs come from stdin, one step after the
 * other, the outputs go to stdout. Subnormal numbers are zero, as in the runtime. */
#include <stdio.h>

#include "model.h"

#if defined(__SSE__)
#include <xmmintrin.h>
static void flush_subnormals(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }
#else
static void flush_subnormals(void) {}
#endif

int main(void) {
  static model_state state;
  float y[MODEL_OUTPUT_SIZE];
  flush_subnormals();
  model_init(&state);
  for (;;) {
#ifdef MODEL_INPUT_LIMIT
    int32_t x;
    if (fread(&x, sizeof x, 1, stdin) != 1) return 0;
    if (model_step(&state, x, y) != 0) return 1;
#else
    float x[MODEL_INPUT_SIZE];
    if (fread(x, sizeof x, 1, stdin) != 1) return 0;
    model_step(&state, x, y);
#endif
    if (fwrite(y, sizeof y, 1, stdout) != 1) return 2;
  }
}
