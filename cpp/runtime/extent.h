// How many steps the values of a whole sequence have.
#pragma once

#include "runtime/graph_data.h"

namespace tidegate {

// Rows of zeros around a sequence of `steps`, and how many windows there are; 0 if none fits.
struct ConvExtent {
  long before, padded, windows;
};
ConvExtent conv_extent(const GraphOp& op, long steps);

// Steps of the operation's value where what it reads has `steps`; 0 if a window does not fit.
long steps_after(const GraphOp& op, long steps);

}  // namespace tidegate
