/* Reads windows of a vibration from "stream.bin", as a sensor would give them, and says what the
 * exported network makes of them: how many are recognised, and what a step costs. */
#include "board.h"
#include "model.h"

/* The file: number of windows and steps of each; then per window its class and steps of x. */
typedef struct {
  uint32_t windows, steps;
} stream_header;

static uint32_t largest(const float* y) {
  uint32_t best = 0, i;
  for (i = 1; i < MODEL_OUTPUT_SIZE; ++i) best = y[i] > y[best] ? i : best;
  return best;
}

int main(void) {
  static model_state state;
  static float x[MODEL_INPUT_SIZE], y[MODEL_OUTPUT_SIZE];
  stream_header stream;
  uint32_t window, step, label, right = 0, ticks = 0;
  const int file = board_open("stream.bin");
  if (file < 0 || !board_read(file, &stream, sizeof stream)) {
    board_write("stream.bin is missing: python model.py writes it\n");
    return 1;
  }
  model_init(&state);
  for (window = 0; window < stream.windows; ++window) {
    if (!board_read(file, &label, sizeof label)) return 1;
    model_reset(&state);
    for (step = 0; step < stream.steps; ++step) {
      uint32_t start;
      if (!board_read(file, x, sizeof x)) return 1;
      start = board_ticks();
      model_step(&state, x, y);
      ticks += (board_ticks() - start) & 0xFFFFFFu;
    }
    right += largest(y) == label;
  }
  board_report("windows: ", stream.windows);
  board_report("recognised: ", right);
  board_report("ticks per 1000 steps: ",
               (uint32_t)(ticks * UINT64_C(1000) / (stream.windows * stream.steps)));
  return 0;
}
