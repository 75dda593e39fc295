#include "runtime/extent.h"

#include <algorithm>

namespace tidegate {

ConvExtent conv_extent(const GraphOp& op, long steps) {
  const long reach = op.steps_before();
  long before = 0, after = 0;
  if (op.padding == Padding::causal) before = reach;
  if (op.padding == Padding::same) {
    const long windows = (steps + op.strides - 1) / op.strides;
    const long around = std::max(0L, (windows - 1) * op.strides + reach + 1 - steps);
    before = around / 2;
    after = around - before;
  }
  const long padded = before + steps + after;
  return {before, padded, padded <= reach ? 0 : (padded - reach - 1) / op.strides + 1};
}

long steps_after(const GraphOp& op, long steps) {
  if (op.kind == OpKind::conv1d) return conv_extent(op, steps).windows;
  const bool ends = op.kind == OpKind::global_average_pooling ||
                    op.kind == OpKind::global_max_pooling ||
                    (op.is_recurrent() && !op.return_sequences);
  return ends ? 1 : steps;
}

}  // namespace tidegate
