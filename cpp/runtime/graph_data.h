// What a Graph holds: sizes, functions, weights packed for the kernels in use.
#pragma once

#include <string>
#include <vector>

#include "core/block.h"
#include "nn/panels.h"
#include "runtime/cell_weights.h"
#include "runtime/compact_weights.h"
#include "tidegate/graph.h"

namespace tidegate {

// A right operand for the product kernels.
struct PackedKernel {
  nn::PackedView<float> view;  // of fewer bits: sizes alone
  Block values;                // empty then
};

struct GraphOp {
  OpKind kind;
  std::vector<long> reads;
  long output;  // which output of the graph it is written to, -1 for none
  long uses;    // how many operations read it, and further outputs that hold it too
  long inputs, outputs;
  ActivationKind activation;
  int recurrent_activation;  // of kernels/gates.h
  float alpha, epsilon;
  bool ids;       // input
  bool sequence;  // whether its value has a row per step
  bool go_backwards, return_sequences;
  long limit;  // input: ids are in [0, limit); 0 for values
  long kernel_size, strides, dilation, groups;
  Padding padding;
  CellWeights recurrent;
  std::vector<PackedKernel>
      products;                // dense: one; conv1d: one per group, [K * I/groups, O/groups]
  CompactWeights compact;      // kernels of recurrent and dense operations in fewer bits
  Block table;                 // embedding [V, O]; scale and layer_normalization [O], null for none
  Block table8, table_scales;  // embedding of 8 bits: [V, O] and [V] in place of it
  bool bounded;                // all that it gives lies in [-1, 1]
  bool reads_bounded;          // so does all that it reads
  Block bias;  // [O]; dense: padded to whole vectors, zeros if there is none; else null for none

  bool is_recurrent() const { return static_cast<bool>(recurrent); }
  // An input and an embedding are row pointers.
  bool computes() const { return kind != OpKind::input && kind != OpKind::embedding; }
  // Steps that a causal convolution looks back.
  long steps_before() const { return (kernel_size - 1) * dilation; }
  int state_pieces() const;
  long state_size() const;  // values per row of all pieces
  std::size_t weight_bytes() const;
  long multiply_adds() const;
};

struct GraphData {
  WeightKind kind;
  std::size_t inputs;  // how many operations these are, all at the start
  std::vector<GraphOp> ops;
  std::vector<long> outputs;
  std::string step_error;

  GraphOp& op(long position) { return ops[static_cast<std::size_t>(position)]; }
  const GraphOp& op(long position) const { return ops[static_cast<std::size_t>(position)]; }
};

}  // namespace tidegate
