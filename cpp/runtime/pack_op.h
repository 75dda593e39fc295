// From the description of an operation to its packed form.
#pragma once

#include "runtime/graph_data.h"

namespace tidegate {

// Fills a new operation, all but what it has from its place in the graph. False if there was not
// enough memory.
bool pack_op(const OpSpec& spec, WeightKind kind, GraphOp& op);

// Whether all that an operation gives lies in [-1, 1]; `reads` says it of all that it reads.
bool gives_bounded(const OpSpec& op, bool reads);

}  // namespace tidegate
