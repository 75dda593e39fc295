// From the description of an operation to its packed form.
#pragma once

#include <vector>

#include "runtime/graph_data.h"

namespace tidegate {

GraphOp pack_op(const OpSpec& spec, std::vector<long> reads, Storage storage);

}  // namespace tidegate
