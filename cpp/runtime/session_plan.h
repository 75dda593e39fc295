// What lies in the block of a session: every operation with its arguments filled in once, row
// pointers, states, scratch. A step only chooses between two sets of arguments (states are double
// buffered) and points what comes from outside and goes there at the caller's rows.
#pragma once

#include <cstddef>

#include "kernels/inference_table.h"
#include "runtime/graph_data.h"

namespace tidegate {

// Where a value is found after its operation ran at a step of either parity.
struct Value {
  const float* const* rows[2];
  long width;
};

// One recurrent operation; [parity] of the step. The reset-before GRU has a second half.
struct RecurrentPlan {
  using Args = RecurrentStepArgs<float>;
  void (*kernel)(const Args&);
  void (*candidate_kernel)(const Args&);  // null for the other cells
  Args args[2];
  Args candidate[2];
};

struct StepOp {
  OpKind kind;  // input: rows are copied
  bool softmax;
  int activation;
  long width;                 // values per row of the result
  const float* const* in[2];  // [parity] row pointers of what is read, of the first if several
  float* const* out;          // row pointers of the result; recurrent: see RecurrentPlan
  RecurrentPlan* recurrent;   // null for other kinds
  const Value* const* reads;  // of operations on several values, else null
  long read_count;
  ProductArgs<float> product;  // dense
};

// h or c of one recurrent operation. h has two panels, used in turn; c is updated in place.
struct StatePiece {
  float* panel[2];  // [B] rows of `stride`
  long units, stride;
};

// Rows of an input that holds values, or rows of an embedding's table, set at every step.
struct InputPlan {
  long input;          // position among the inputs
  const float* table;  // null: values
  const float** rows;  // [B]
  long width;
};

struct OutputPlan {
  float** rows;  // [B], set at every step
  long width;
};

struct SessionPlan {
  std::size_t bytes;
  long batch;
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

// Bytes that a session of `batch` rows takes; SIZE_MAX if they cannot be addressed.
std::size_t plan_bytes(const GraphData& graph, long batch);

// Fills the block of plan_bytes bytes, aligned to 64; the plan lies at its start. States are zero.
SessionPlan* make_plan(const GraphData& graph, long batch, void* block);

}  // namespace tidegate
