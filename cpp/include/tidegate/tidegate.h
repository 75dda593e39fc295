/* The inference runtime for C: models from `.tide` files, sessions that step or run sequences.
 *
 *   char why[TIDEGATE_TEXT];
 *   tidegate_model* model;
 *   if (tidegate_load("m.tide", 1, &model, why) != TIDEGATE_OK) puts(why);
 *   tidegate_session* session = tidegate_session_new(model, 1, 0);
 *   tidegate_step(session, x, y);
 *   tidegate_session_free(session);
 *   tidegate_free(model);
 *
 * A model that needs whole sequences (both directions, say: tidegate_step_error) runs them in a
 * session that is made for the longest and keeps nothing from one to the next:
 *
 *   tidegate_session* session = tidegate_session_new(model, 1, 100);
 *   tidegate_run(session, x, y, 60);
 *
 * C99. A model is immutable and may be shared by any number of sessions and threads; a session
 * belongs to one thread at a time. Steps and runs allocate nothing, take no lock and make no system
 * call. Letters: batch B, steps T, values per row in I and out O.
 */
#ifndef TIDEGATE_TIDEGATE_H
#define TIDEGATE_TIDEGATE_H

#include <stddef.h>
#include <stdint.h>

#include "tidegate/api.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  TIDEGATE_TEXT = 512,     /* bytes of an error text, its end included */
  TIDEGATE_ALIGNMENT = 64, /* of a session's memory */
};

/* Those up to BYTE_ORDER are of loading. After one of the others nothing has happened. */
typedef enum tidegate_status {
  TIDEGATE_OK,
  TIDEGATE_UNREADABLE, /* the system does not give the file */
  TIDEGATE_MEMORY,     /* there is not enough */
  TIDEGATE_CONTAINER,  /* no safetensors file, or one that contradicts itself */
  TIDEGATE_KIND,       /* a safetensors file, but of no model, or of a newer kind */
  TIDEGATE_CHECKSUM,   /* changed since it was written */
  TIDEGATE_GRAPH,      /* its operations do not fit together or to their tensors */
  TIDEGATE_PAIR,       /* this machine does not compute what is stored */
  TIDEGATE_BYTE_ORDER, /* the processor is big-endian */
  TIDEGATE_ARGUMENT,   /* the graph cannot be called like this: ids for values, no single input */
  TIDEGATE_ID,         /* an id is out of range */
  TIDEGATE_NO_STEP,    /* the model cannot step: tidegate_step_error says why */
  TIDEGATE_LENGTH      /* of a model that cannot step: not 1 step to the session's most, or too few
                          for a convolution */
} tidegate_status;

typedef struct tidegate_model tidegate_model;
typedef struct tidegate_session tidegate_session;

/* What one input is given; the other pointer is null. */
typedef struct tidegate_rows {
  const float* values;
  const int32_t* ids;
} tidegate_rows;

/* Loads a file, or its bytes (of any alignment, not kept). With check_pair the stored input is run
 * and compared. On failure *model is null and `text`, TIDEGATE_TEXT bytes or null, says why. */
TIDEGATE_API tidegate_status tidegate_load(const char* path, int check_pair, tidegate_model** model,
                                           char* text);
TIDEGATE_API tidegate_status tidegate_load_memory(const void* data, size_t size, int check_pair,
                                                  tidegate_model** model, char* text);
/* Sessions that run go on: they hold the weights too. Null is allowed. */
TIDEGATE_API void tidegate_free(tidegate_model* model);

TIDEGATE_API size_t tidegate_input_count(const tidegate_model* model);
TIDEGATE_API int tidegate_reads_ids(const tidegate_model* model, size_t input);
TIDEGATE_API size_t tidegate_input_size(const tidegate_model* model, size_t input);  /* I */
TIDEGATE_API size_t tidegate_input_limit(const tidegate_model* model, size_t input); /* of ids */
TIDEGATE_API size_t tidegate_output_count(const tidegate_model* model);
TIDEGATE_API size_t tidegate_output_size(const tidegate_model* model, size_t output); /* O */
TIDEGATE_API size_t tidegate_state_size(const tidegate_model* model); /* values per row */

/* Empty if the model can step; else why not, with the layer's name. Belongs to the model. */
TIDEGATE_API const char* tidegate_step_error(const tidegate_model* model);
/* Rows per sequence of an input and of an output when T steps run. T, except, of a model that
 * cannot step, where there is one row per sequence or windows make T another number; 0 if a
 * convolution finds no window. */
TIDEGATE_API size_t tidegate_input_steps(const tidegate_model* model, size_t input, size_t steps);
TIDEGATE_API size_t tidegate_output_steps(const tidegate_model* model, size_t output, size_t steps);

/* Bytes that a session of B rows takes. `steps` is read for models that cannot step, the most steps
 * of a sequence. 0 if B, or those steps, are 0 or too many. */
TIDEGATE_API size_t tidegate_session_bytes(const tidegate_model* model, size_t batch, size_t steps);
/* On the heap; null without memory or where tidegate_session_bytes is 0. */
TIDEGATE_API tidegate_session* tidegate_session_new(const tidegate_model* model, size_t batch,
                                                    size_t steps);
/* In the caller's block of tidegate_session_bytes at a multiple of TIDEGATE_ALIGNMENT. */
TIDEGATE_API tidegate_session* tidegate_session_init(const tidegate_model* model, size_t batch,
                                                     size_t steps, void* block);
/* Of either kind; a caller's block stays the caller's. Null is allowed. */
TIDEGATE_API void tidegate_session_free(tidegate_session* session);

/* One step, for one input and one output: x [B, I] or ids [B] -> y [B, O]. */
TIDEGATE_API tidegate_status tidegate_step(tidegate_session* session, const float* x, float* y);
TIDEGATE_API tidegate_status tidegate_step_ids(tidegate_session* session, const int32_t* ids,
                                               float* y);
/* Sequences: x [B, T, I] or ids [B, T] -> y [B, T, O]; where tidegate_input_steps and
 * tidegate_output_steps give another number for T, that one. */
TIDEGATE_API tidegate_status tidegate_run(tidegate_session* session, const float* x, float* y,
                                          size_t steps);
TIDEGATE_API tidegate_status tidegate_run_ids(tidegate_session* session, const int32_t* ids,
                                              float* y, size_t steps);
/* Any graph: one entry of x per input, one pointer of y per output. */
TIDEGATE_API tidegate_status tidegate_run_all(tidegate_session* session, const tidegate_rows* x,
                                              float* const* y, size_t steps);

/* All states to where a new session starts; out to and in from B * tidegate_state_size values. */
TIDEGATE_API void tidegate_reset(tidegate_session* session);
TIDEGATE_API void tidegate_get_state(const tidegate_session* session, float* to);
TIDEGATE_API void tidegate_set_state(tidegate_session* session, const float* from);

#ifdef __cplusplus
}
#endif

#endif
