// A model as the inference runtime sees it: a closed list of operations with static sizes and
// weights of its own, each reading values of operations before it. Immutable; any number of
// sessions and threads may share it.
//
// C++17. Letters: I values per row in, O out, H units, G gates (LSTM 4: i f c o; GRU 3: z r h;
// SimpleRNN 1), K kernel size. Matrices are row-major, as Keras lays them out.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "tidegate/api.h"
#include "tidegate/operation.h"

namespace tidegate {

// How the kernels of recurrent and dense operations are kept. In float32; in 16 bits, half the
// bytes to read per step, rounded from float32 or given so; or as they are given in whole numbers
// with a scale per column, a quarter of the bytes: then rows become such numbers too while they are
// multiplied, and tables of embeddings have a scale per row. All else is float32 in all of them.
enum class WeightKind { float32, bfloat16, float16, int8 };

// All that a graph is made of; read while it is made and not kept.
struct GraphSpec {
  const OpSpec* ops = nullptr;  // inputs first, then each operation after all that it reads
  std::size_t count = 0;
  const long* outputs = nullptr;  // whose values leave the graph, in this order; null: the last one
  std::size_t output_count = 1;
  WeightKind weights = WeightKind::float32;
};

struct GraphData;

class TIDEGATE_API Graph {
 public:
  // Checks and packs. Null if the operations do not fit together; `error` then says why.
  static std::shared_ptr<const Graph> make(const GraphSpec& spec, std::string* error);
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  std::size_t input_count() const;
  bool reads_ids(std::size_t input = 0) const;
  long input_size(std::size_t input = 0) const;         // values per row of x; 1 for ids
  long input_limit(std::size_t input = 0) const;        // ids are in [0, limit); 0 for values
  bool input_is_sequence(std::size_t input = 0) const;  // a row per step, or one per sequence
  std::size_t output_count() const;
  long output_size(std::size_t output = 0) const;  // values per row of y
  bool output_is_sequence(std::size_t output = 0) const;
  // Rows per sequence of an output where the inputs have `steps`, for graphs that run whole
  // sequences. 0 if a convolution finds no window, or lengths differ where values are joined.
  long output_steps(std::size_t output, long steps) const;
  // Empty if the graph can run one step at a time; else why not, with the operation's name.
  const std::string& step_error() const;
  bool can_step() const { return step_error().empty(); }

  // Values per row that a session carries from step to step; 0 if the graph cannot step.
  long state_size() const;
  long multiply_adds() const;        // per row and step
  std::size_t weight_bytes() const;  // as packed

  const GraphData& data() const { return *data_; }

 private:
  explicit Graph(std::unique_ptr<const GraphData> data);

  std::unique_ptr<const GraphData> data_;
};

}  // namespace tidegate
