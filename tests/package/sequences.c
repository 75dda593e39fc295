/* sequences SEQUENCES.tide: loads an LSTM of both directions on 3 inputs, which cannot step, and
 * shows that its steps are refused, that its sessions have a size known before, and that they keep
 * nothing from one sequence to the next. */
#define _ISOC11_SOURCE /* aligned_alloc */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tidegate/tidegate.h>

enum { BATCH = 2, STEPS = 7, FEWER = 5, INPUTS = 3, UNITS = 4, OUTPUTS = 2 * UNITS };

static int failed(const char* what) {
  fprintf(stderr, "%s\n", what);
  return 1;
}

/* Whether the units [from, from + UNITS) of step t of both rows have the same bits in a run of
 * STEPS and one of FEWER. */
static int same(float y[BATCH][STEPS][OUTPUTS], float less[BATCH][FEWER][OUTPUTS], size_t t,
                size_t from) {
  size_t row;
  for (row = 0; row < BATCH; ++row) {
    const size_t bytes = UNITS * sizeof(float);
    if (memcmp(&y[row][t][from], &less[row][t][from], bytes) != 0) return 0;
  }
  return 1;
}

static int refused(const tidegate_model* model, tidegate_session* session) {
  float x[BATCH][STEPS + 1][INPUTS] = {{{0}}}, y[BATCH][STEPS + 1][OUTPUTS];
  if (strstr(tidegate_step_error(model), "bidirectional") == NULL) return failed("step_error");
  if (tidegate_session_bytes(model, BATCH, 0) != 0) return failed("bytes without steps");
  if (tidegate_session_bytes(model, BATCH, (size_t)-1) != 0) return failed("bytes of too many");
  if (tidegate_session_new(model, BATCH, 0) != NULL) return failed("a session without steps");
  y[0][0][0] = 3;
  if (tidegate_step(session, x[0][0], y[0][0]) != TIDEGATE_NO_STEP) return failed("a step");
  if (tidegate_run(session, x[0][0], y[0][0], STEPS + 1) != TIDEGATE_LENGTH) return failed("long");
  if (tidegate_run(session, x[0][0], y[0][0], 0) != TIDEGATE_LENGTH) return failed("no steps");
  if (y[0][0][0] != 3) return failed("something has happened");
  return 0;
}

int main(int count, char** arguments) {
  char text[TIDEGATE_TEXT];
  float x[BATCH][STEPS][INPUTS], first[BATCH][FEWER][INPUTS];
  float y[BATCH][STEPS][OUTPUTS], again[BATCH][STEPS][OUTPUTS], less[BATCH][FEWER][OUTPUTS];
  tidegate_model* model;
  tidegate_session *heap, *own;
  size_t row, t, i;
  void* block;
  if (count != 2) return failed("package_c_sequences_test SEQUENCES.tide");
  if (tidegate_load(arguments[1], 1, &model, text) != TIDEGATE_OK) return failed(text);
  if (tidegate_output_size(model, 0) != OUTPUTS) return failed("sizes");
  if (tidegate_input_steps(model, 0, STEPS) != STEPS) return failed("rows of x");
  if (tidegate_output_steps(model, 0, STEPS) != STEPS) return failed("rows of y");
  for (row = 0; row < BATCH; ++row) {
    for (t = 0; t < STEPS; ++t) {
      for (i = 0; i < INPUTS; ++i) x[row][t][i] = (float)(row + t * INPUTS + i) / 16.0F - 1.0F;
    }
    memcpy(first[row], x[row], sizeof first[row]);
  }
  block = aligned_alloc(TIDEGATE_ALIGNMENT, tidegate_session_bytes(model, BATCH, STEPS));
  heap = tidegate_session_new(model, BATCH, STEPS);
  own = tidegate_session_init(model, BATCH, STEPS, block);
  if (refused(model, heap) != 0) return 1;
  tidegate_free(model); /* the sessions go on */

  if (tidegate_run(heap, x[0][0], y[0][0], STEPS) != TIDEGATE_OK) return failed("run");
  if (tidegate_run(heap, first[0][0], less[0][0], FEWER) != TIDEGATE_OK) return failed("fewer");
  if (tidegate_run(heap, x[0][0], again[0][0], STEPS) != TIDEGATE_OK) return failed("again");
  if (memcmp(y, again, sizeof y) != 0) return failed("something was kept");
  if (tidegate_run(own, x[0][0], again[0][0], STEPS) != TIDEGATE_OK) return failed("own memory");
  if (memcmp(y, again, sizeof y) != 0) return failed("own memory gives the same bits");
  for (t = 0; t < FEWER; ++t) { /* one direction has seen the same, the other one has not */
    if (!same(y, less, t, 0)) return failed("forward");
    if (same(y, less, t, UNITS)) return failed("backward");
  }
  tidegate_session_free(heap);
  tidegate_session_free(own);
  free(block);
  return 0;
}
