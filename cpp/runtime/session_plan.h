// What lies in the block of a session: every operation with its arguments filled in once, row
// pointers, states, scratch.
//
// A plan of steps holds one row of each value per row of the batch. A step only chooses between two
// sets of arguments (states are double buffered) and points what comes from outside and goes there
// at the caller's rows. A plan of whole sequences (graphs that cannot step) holds all steps of each
// value, step after step: row t * batch + r.
#pragma once

#include <cstddef>

#include "kernels/inference_table.h"
#include "runtime/graph_data.h"

namespace tidegate {

// Where a value is found after its operation ran at a step of either parity.
struct Value {
  const float* const* rows[2];
  long width;
  long steps;  // of whole sequences, of the run in progress
};

// One recurrent operation; [parity] of the step. The reset-before GRU has a second half.
struct RecurrentPlan {
  using Args = RecurrentStepArgs<float>;
  void (*kernel)(const Args&);
  void (*candidate_kernel)(const Args&);  // null for the other cells
  Args args[2];
  Args candidate[2];
  bool go_backwards, return_sequences;  // of whole sequences
  float* panels[3];                     // h, h, c or null, of `panel_size` values
  long panel_size;
};

// One convolution.
struct ConvPlan {
  const GraphOp* op;
  ProductArgs<float>* products;  // [groups]
  const float** a;               // [rows] where windows start
  float** c;                     // [rows] of one group
  // Of steps: [B][2 * window][I], a ring of the last `window` rows, each written twice so that a
  // window lies in one piece. Of sequences: [steps and padding][B][I].
  float* history;
  long window;    // (K - 1) * dilation + 1
  long position;  // of the next row in the ring
};

struct StepOp {
  OpKind kind;  // input: rows are copied
  const GraphOp* op;
  ActivationKind activation;
  float alpha, epsilon;
  long width;                 // values per row of the result
  const Value* const* reads;  // what it reads
  long read_count;
  const float* const* in[2];  // [parity] row pointers of the first
  float* const* out;          // row pointers of the result; recurrent: see RecurrentPlan
  RecurrentPlan* recurrent;   // null for other kinds, so are the next ones
  ConvPlan* conv;
  float* running;              // pooling: [B][width + 2] or [B][width]
  const float* factor;         // scale, layer_normalization: [width] or null
  const float* offset;         // [width] or null
  ProductArgs<float> product;  // dense
  Value* result;               // null for a copy
};

// One array that is carried from step to step. A recurrent h has two panels, used in turn; all
// others are updated in place.
struct StatePiece {
  float* panel[2];  // [B] rows of `units` values, `stride` apart
  long units, stride;
  float start;     // what a new session holds
  ConvPlan* conv;  // of a ring, else null
};

// Rows of an input that holds values, or rows of an embedding's table, set at every step.
struct InputPlan {
  long input;          // position among the inputs
  const float* table;  // null: values
  const float** rows;
  long width;
  Value* value;
  bool sequence;
  const std::int8_t* table8;  // of 8 bits in place of `table`: where its rows become float32
  const float* table_scales;
  float* table_rows;  // as many as `rows`, of `width`
};

struct OutputPlan {
  float** rows;  // set at every step
  long width;
  const Value* value;
};

struct SessionPlan {
  std::size_t bytes;
  long batch;
  long steps;  // of whole sequences: the most that a run may have; 0: a plan of steps
  int parity;  // of the next step: states are read from panel[parity]
  const InferenceKernels* kernels;
  void (*product)(const ProductArgs<float>&);  // of dense operations
  StepOp* ops;
  StepOp* ops_end;
  StatePiece* pieces;
  StatePiece* pieces_end;
  InputPlan* inputs;
  InputPlan* inputs_end;
  OutputPlan* outputs;
  OutputPlan* outputs_end;
};

// Bytes that a session of `batch` rows takes; `steps` > 0 for whole sequences of up to that many
// steps. SIZE_MAX if they cannot be addressed.
std::size_t plan_bytes(const GraphData& graph, long batch, long steps);

// Fills the block of plan_bytes bytes, aligned to 64; the plan lies at its start. States are those
// of a new session.
SessionPlan* make_plan(const GraphData& graph, long batch, long steps, void* block);

}  // namespace tidegate
