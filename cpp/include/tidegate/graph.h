// A model as the inference runtime sees it: a closed list of operations, one after the other, with
// static sizes and weights of its own. Immutable; any number of sessions and threads may share it.
//
// C++17. Letters: I values per row in, O out, H units, G gates (LSTM 4: i f c o; GRU 3: z r h;
// SimpleRNN 1). Matrices are row-major, as Keras lays them out.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace tidegate {

enum class OpKind { embedding, simple_rnn, lstm, gru, dense, activation };

// softmax (over a row) is for dense and activation only.
enum class ActivationKind { tanh, sigmoid, relu, linear, hard_sigmoid, softmax };

// How the kernels of recurrent and dense operations are kept: as given, or rounded to bfloat16,
// half the bytes to read per step. Sums, states, biases and tables are float32 either way.
enum class WeightKind { float32, bfloat16 };

// One operation. The arrays are read while the graph is made and not kept.
struct OpSpec {
  OpKind kind = OpKind::dense;
  long inputs = 0;   // I; embedding: how many ids there are, V
  long outputs = 0;  // O; a recurrent layer's units H
  ActivationKind activation = ActivationKind::linear;
  ActivationKind recurrent_activation = ActivationKind::sigmoid;  // LSTM, GRU
  bool reset_after = true;                                        // GRU
  const float* kernel = nullptr;            // [I, G*H]; dense [I, O]; embedding: the table [V, O]
  const float* recurrent_kernel = nullptr;  // [H, G*H]
  const float* bias = nullptr;  // [G*H], reset-after GRU [2, 3H], dense [O]; null for none
};

struct GraphData;

class Graph {
 public:
  // Checks and packs. Null if the operations do not fit together; `error` then says why. An
  // embedding can only come first: the graph then reads ids.
  static std::shared_ptr<const Graph> make(const OpSpec* ops, std::size_t count, std::string* error,
                                           WeightKind weights = WeightKind::float32);
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  bool reads_ids() const;
  long input_size() const;           // values per row of x; 1 if the graph reads ids
  long input_limit() const;          // ids are in [0, input_limit()); 0 if the graph reads values
  long output_size() const;          // values per row of y
  long state_size() const;           // values per row that a session carries from step to step
  long multiply_adds() const;        // per row and step
  std::size_t weight_bytes() const;  // as packed

  const GraphData& data() const { return *data_; }

 private:
  explicit Graph(std::unique_ptr<const GraphData> data);

  std::unique_ptr<const GraphData> data_;
};

}  // namespace tidegate
