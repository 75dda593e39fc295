// What a Graph holds: sizes, functions, weights packed for the kernels in use.
#pragma once

#include <string>
#include <vector>

#include "core/block.h"
#include "nn/panels.h"
#include "runtime/cell_weights.h"
#include "tidegate/graph.h"

namespace tidegate {

struct GraphOp {
  OpKind kind;
  std::vector<long> reads;
  long inputs, outputs;
  int activation, recurrent_activation;  // of kernels/gates.h; softmax is apart
  bool softmax;
  bool ids;
  long limit;  // input: ids are in [0, limit); 0 for values
  CellWeights recurrent;
  nn::PackedView<float> dense;  // of bfloat16: sizes alone
  Block kernel;                 // of `dense`, float32 or bfloat16
  Block bias;                   // dense: padded to whole vectors, zeros if there is none
  Block table;                  // embedding [V, O]

  bool is_recurrent() const {
    return kind == OpKind::simple_rnn || kind == OpKind::lstm || kind == OpKind::gru;
  }
  // h, and c of an LSTM.
  int state_pieces() const { return !is_recurrent() ? 0 : recurrent.spec().has_c() ? 2 : 1; }
  std::size_t weight_bytes() const;
  long multiply_adds() const;
};

struct GraphData {
  WeightKind kind;     // of kernels; tables and biases are float32
  std::size_t inputs;  // how many operations these are, all at the start
  std::vector<GraphOp> ops;
  std::vector<long> outputs;
  std::string step_error;

  GraphOp& op(long position) { return ops[static_cast<std::size_t>(position)]; }
  const GraphOp& op(long position) const { return ops[static_cast<std::size_t>(position)]; }
};

}  // namespace tidegate
