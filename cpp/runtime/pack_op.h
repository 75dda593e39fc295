// From the description of an operation to its packed form.
#pragma once

#include "runtime/graph_data.h"

namespace tidegate {

// All of `op` but what it has from its place in the graph. False if there was not enough memory.
bool pack_op(const OpSpec& spec, WeightKind kind, GraphOp& op);

}  // namespace tidegate
