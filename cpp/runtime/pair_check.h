// The stored pair of a file: what came out for which input when it was written.
#pragma once

#include <memory>
#include <string>

#include "runtime/tensor_file.h"
#include "tidegate/graph.h"

namespace tidegate {

// Runs the tensors pair.x.0, pair.x.1, ... ([T, I] or ids [T]) and compares with pair.y.0, ...
// ([T, O]), by what weights of this kind may make of it. An empty text, or what is wrong.
std::string check_pair(const std::shared_ptr<const Graph>& graph, WeightKind kind,
                       const TensorFile& file);

}  // namespace tidegate
