// What a Graph holds: sizes, functions, weights packed for the kernels in use.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/pool.h"
#include "kernels/table.h"
#include "nn/pack.h"
#include "rnn/weights.h"
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
  std::shared_ptr<const PackedWeights<float>> recurrent;
  nn::PackedMatrix<float> dense;  // of Storage::bfloat16: sizes alone
  Buffer dense16;
  Buffer bias;   // dense: padded to whole vectors, zeros if there is none
  Buffer table;  // embedding [V, O]

  bool is_recurrent() const { return recurrent != nullptr; }
  // h, and c of an LSTM.
  int state_pieces() const { return !is_recurrent() ? 0 : recurrent->spec().has_c() ? 2 : 1; }
  std::size_t weight_bytes() const;
  long multiply_adds() const;
};

struct GraphData {
  Storage storage;     // of kernels; tables and biases are float32
  std::size_t inputs;  // how many operations these are, all at the start
  std::vector<GraphOp> ops;
  std::vector<long> outputs;
  std::string step_error;

  GraphOp& op(long position) { return ops[static_cast<std::size_t>(position)]; }
  const GraphOp& op(long position) const { return ops[static_cast<std::size_t>(position)]; }
};

}  // namespace tidegate
