// The graph of a file: JSON text that names tensors.
//
//   {"operations": [{"kind": "lstm", "name": "lstm", "reads": [0], "inputs": 3, "outputs": 8,
//                    "activation": "tanh", "kernel": "lstm.kernel", ...}, ...],
//    "outputs": [2], "weights": "float32"}
//
// Entries of an operation are the fields of OpSpec by name; one that is left out has its default.
// Tensors are F32, but for the kernels that "weights" keeps in fewer bits: BF16, F16, or I8 with
// "kernel_scale" and "recurrent_kernel_scale" beside them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/block.h"
#include "runtime/tensor_file.h"
#include "tidegate/graph.h"

namespace tidegate {

// Owns what its spec points at, but for the tensors.
struct GraphText {
  std::vector<OpSpec> ops;
  std::vector<std::string> names;
  std::vector<std::vector<long>> reads;
  std::vector<long> outputs;
  std::vector<Block> aligned;  // copies of tensors that lie at an odd place in the file
  WeightKind weights = WeightKind::float32;

  GraphSpec spec() const;
};

// An empty text, or what is wrong. Sizes are checked against the tensors, all of which are used.
std::string read_graph_text(std::string_view text, const TensorFile& file, GraphText* graph);

}  // namespace tidegate
