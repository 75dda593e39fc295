/* main STEPS.tide: loads an LSTM of 3 inputs, from its path and from memory, and shows that sessions
 * on the heap and in the program's own memory, steps and runs, and a state carried over agree. */
#define _ISOC11_SOURCE /* aligned_alloc */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tidegate/tidegate.h>

enum { STEPS = 10, INPUTS = 3, MOST = 64 };

static int failed(const char* what) {
  fprintf(stderr, "%s\n", what);
  return 1;
}

static tidegate_model* load_bytes(const char* path) {
  static unsigned char bytes[1 << 20];
  char text[TIDEGATE_TEXT];
  tidegate_model* model;
  FILE* file = fopen(path, "rb");
  size_t size;
  if (file == NULL) return NULL;
  size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  bytes[size - 1] ^= 1; /* a changed file is seen */
  if (tidegate_load_memory(bytes, size, 1, &model, text) != TIDEGATE_CHECKSUM) return NULL;
  if (model != NULL || strstr(text, "SHA-256") == NULL) return NULL;
  bytes[size - 1] ^= 1;
  return tidegate_load_memory(bytes, size, 1, &model, NULL) == TIDEGATE_OK ? model : NULL;
}

int main(int count, char** arguments) {
  char text[TIDEGATE_TEXT];
  float x[STEPS][INPUTS], stepped[STEPS][MOST], ran[STEPS][MOST], state[4 * MOST];
  tidegate_model *model, *again;
  tidegate_session *first, *second;
  size_t outputs, t, i;
  void* block;
  if (count != 2) return failed("package_c_test STEPS.tide");
  if (tidegate_load("no such file", 1, &model, text) != TIDEGATE_UNREADABLE) return failed("path");
  if (tidegate_load(arguments[1], 1, &model, text) != TIDEGATE_OK) return failed(text);
  again = load_bytes(arguments[1]);
  if (again == NULL) return failed("load_memory");
  outputs = tidegate_output_size(model, 0);
  if (tidegate_input_size(model, 0) != INPUTS || outputs > MOST) return failed("sizes");
  if (tidegate_step_error(model)[0] != '\0') return failed("a model that steps");
  if (tidegate_output_steps(model, 0, STEPS) != STEPS) return failed("a row of y per step");
  for (t = 0; t < STEPS; ++t) {
    for (i = 0; i < INPUTS; ++i) x[t][i] = (float)(t * INPUTS + i) / 16.0F - 1.0F;
  }
  block = aligned_alloc(TIDEGATE_ALIGNMENT, tidegate_session_bytes(again, 1, 0));
  first = tidegate_session_new(model, 1, 0);
  second = tidegate_session_init(again, 1, 0, block);
  tidegate_free(model);
  tidegate_free(again); /* the sessions go on */
  for (t = 0; t < STEPS; ++t) {
    if (t == STEPS / 2) { /* in the middle to the other session and back */
      tidegate_get_state(first, state);
      tidegate_set_state(second, state);
      tidegate_reset(first);
      tidegate_get_state(second, state);
      tidegate_set_state(first, state);
    }
    if (tidegate_step(first, x[t], stepped[t]) != TIDEGATE_OK) return failed("step");
  }
  tidegate_reset(second);
  if (tidegate_run(second, x[0], &ran[0][0], STEPS) != TIDEGATE_OK) return failed("run");
  for (t = 0; t < STEPS; ++t) {
    if (memcmp(stepped[t], &ran[0][0] + t * outputs, outputs * sizeof(float)) != 0) {
      return failed("a run must have the bits of its steps");
    }
  }
  if (tidegate_step_ids(first, (const int32_t*)0, ran[0]) != TIDEGATE_ARGUMENT) {
    return failed("ids for values");
  }
  if (tidegate_run(first, NULL, ran[0], 1) != TIDEGATE_ARGUMENT) return failed("no values");
  tidegate_session_free(first);
  tidegate_session_free(second);
  free(block);
  return 0;
}
