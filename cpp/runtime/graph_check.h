// The rules that operations of a graph keep.
#pragma once

#include <string>
#include <vector>

#include "tidegate/graph.h"

namespace tidegate {

bool is_recurrent(OpKind kind);

// The positions that an operation reads.
std::vector<long> reads_of(const GraphSpec& spec, std::size_t index);

// An empty text if the graph can be made; then `sequences` says of each operation whether its value
// has a row per step. Else which operation breaks what rule.
std::string graph_fault(const GraphSpec& spec, std::vector<bool>* sequences);

// An empty text if the graph can run step by step; else the first operation that cannot, and why.
std::string step_fault(const GraphSpec& spec);

}  // namespace tidegate
