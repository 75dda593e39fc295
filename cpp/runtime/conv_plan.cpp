#include "runtime/conv_plan.h"

#include <algorithm>

#include "core/saturated.h"
#include "runtime/extent.h"
#include "runtime/row_ops.h"

namespace tidegate {
namespace {

ProductArgs<float> product_args(const GraphOp& op, const PackedKernel& kernel, long row_distance) {
  const nn::PackedView<float>& b = kernel.view;
  ProductArgs<float> args{};
  args.columns = b.columns;
  args.panel_end = b.panels();
  args.segments = op.kernel_size;
  args.segment_length = op.inputs / op.groups;
  args.segment_stride = op.dilation * row_distance;
  args.b = b.at;
  args.b_segment_stride = args.segment_length;
  args.b_rows = b.rows;
  return args;
}

// From windows that start at conv.a to op.out, a group of features after the other.
void multiply(const SessionPlan& plan, const StepOp& op, long rows) {
  ConvPlan& conv = *op.conv;
  const long groups = conv.op->groups;
  const long filters = op.width / groups;
  for (long g = 0; g < groups; ++g) {
    for (long r = 0; r < rows; ++r) conv.c[r] = op.out[r] + g * filters;
    ProductArgs<float>& args = conv.products[g];
    args.rows = rows;
    args.a = conv.a;
    args.c = conv.c;
    plan.kernels->full.product(args);
    for (long r = 0; r < rows; ++r) conv.a[r] += args.segment_length;
  }
  add_rows(op.offset, op.out, rows, op.width);
  activate_rows(*plan.kernels, op.activation, op.alpha, op.out, op.out, rows, op.width);
}

}  // namespace

ConvPlan* build_conv(const GraphOp& op, long batch, long steps, Arena& arena) {
  const long window = op.steps_before() + 1;
  const ConvExtent extent = steps > 0 ? conv_extent(op, steps) : ConvExtent{0, 2 * window, 1};
  const auto rows = saturated_mul(static_cast<std::size_t>(batch), std::max(1L, extent.windows));
  ConvPlan* conv = arena.take<ConvPlan>(1);
  auto* products = arena.take<ProductArgs<float>>(op.products.size());
  const float** a = arena.take<const float*>(rows);
  float** c = arena.take<float*>(rows);
  float* history = arena.take<float>(
      saturated_mul(saturated_mul(static_cast<std::size_t>(batch), extent.padded), op.inputs));
  if (conv == nullptr) return nullptr;
  const long row_distance = steps > 0 ? batch * op.inputs : op.inputs;
  for (std::size_t g = 0; g < op.products.size(); ++g) {
    products[g] = product_args(op, op.products[g], row_distance);
  }
  *conv = {&op, products, a, c, history, window, 0};
  return conv;
}

void step_conv(const SessionPlan& plan, const StepOp& op, const float* const* in) {
  ConvPlan& conv = *op.conv;
  const long width = conv.op->inputs;
  for (long r = 0; r < plan.batch; ++r) {
    float* at = conv.history + (r * 2 * conv.window + conv.position) * width;
    std::copy_n(in[r], width, at);
    std::copy_n(in[r], width, at + conv.window * width);
    conv.a[r] = at + width;
  }
  multiply(plan, op, plan.batch);
  conv.position = conv.position + 1 == conv.window ? 0 : conv.position + 1;
}

void run_conv(const SessionPlan& plan, const StepOp& op, const float* const* in, long steps) {
  ConvPlan& conv = *op.conv;
  const long width = conv.op->inputs;
  const ConvExtent extent = conv_extent(*conv.op, steps);
  const long row = plan.batch * width;
  std::fill_n(conv.history, extent.before * row, 0.0F);
  float* at = conv.history + extent.before * row;
  for (long i = 0; i < steps * plan.batch; ++i) at = std::copy_n(in[i], width, at);
  std::fill_n(at, (extent.padded - extent.before - steps) * row, 0.0F);
  for (long t = 0; t < extent.windows; ++t) {
    for (long r = 0; r < plan.batch; ++r) {
      conv.a[t * plan.batch + r] = conv.history + t * conv.op->strides * row + r * width;
    }
  }
  multiply(plan, op, extent.windows * plan.batch);
}

}  // namespace tidegate
