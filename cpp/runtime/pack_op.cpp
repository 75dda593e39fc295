#include "runtime/pack_op.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "core/checked.h"
#include "kernels/dispatch.h"
#include "kernels/narrow.h"
#include "runtime/graph_check.h"

namespace tidegate {
namespace {

constexpr long kAnyId = std::numeric_limits<std::int32_t>::max();

static_assert(static_cast<int>(ActivationKind::tanh) == static_cast<int>(Activation::tanh));
static_assert(static_cast<int>(ActivationKind::sigmoid) == static_cast<int>(Activation::sigmoid));
static_assert(static_cast<int>(ActivationKind::relu) == static_cast<int>(Activation::relu));
static_assert(static_cast<int>(ActivationKind::linear) == static_cast<int>(Activation::linear));
static_assert(static_cast<int>(ActivationKind::hard_sigmoid) ==
              static_cast<int>(Activation::hard_sigmoid));

Cell cell_of(const OpSpec& op) {
  if (op.kind == OpKind::lstm) return Cell::lstm;
  if (op.kind == OpKind::simple_rnn) return Cell::simple_rnn;
  return op.reset_after ? Cell::gru : Cell::gru_before;
}

// `padded` values, zeros behind the first `count`, zeros alone for null.
Buffer copy_values(const float* from, std::size_t count, std::size_t padded) {
  Buffer buffer = pool_take(checked_mul(padded, sizeof(float)));
  float* to = buffer.as<float>();
  if (from != nullptr) std::copy_n(from, count, to);
  std::fill(from == nullptr ? to : to + count, to + padded, 0.0F);
  return buffer;
}

Buffer copy_if(const float* from, std::size_t count) {
  return from == nullptr ? Buffer() : copy_values(from, count, count);
}

PackedKernel pack_kernel(const nn::MatrixView<float>& matrix, Storage storage) {
  PackedKernel kernel;
  kernel.full = nn::pack<float>(matrix, kernels<float>().lanes);
  if (storage == Storage::bfloat16) {
    nn::PackedView<float>& view = kernel.full.view;
    kernel.narrow = pool_take(kernel.full.buffer.bytes() / 2);
    narrow_panels(view.at, view.rows, view.columns, 4, view.lanes, kernel.narrow.as<bfloat16>());
    kernel.full.buffer = Buffer();
    view.at = nullptr;
  }
  return kernel;
}

GraphOp sizes_of(const OpSpec& spec) {
  GraphOp op{};
  op.kind = spec.kind;
  op.output = -1;
  op.inputs = spec.inputs;
  op.outputs = spec.outputs;
  op.activation = spec.activation;
  op.recurrent_activation = static_cast<int>(spec.recurrent_activation);
  op.alpha = spec.alpha;
  op.epsilon = spec.epsilon;
  op.ids = spec.kind == OpKind::input && spec.ids;
  op.go_backwards = spec.go_backwards;
  op.return_sequences = spec.return_sequences;
  op.limit = op.ids ? kAnyId : 0;
  op.kernel_size = spec.kernel_size;
  op.strides = spec.strides;
  op.dilation = spec.dilation;
  op.groups = spec.groups;
  op.padding = spec.padding;
  return op;
}

}  // namespace

GraphOp pack_op(const OpSpec& spec, std::vector<long> reads, Storage storage) {
  GraphOp op = sizes_of(spec);
  op.reads = std::move(reads);
  const auto outputs = static_cast<std::size_t>(spec.outputs);
  if (is_recurrent(spec.kind)) {
    op.recurrent = std::make_shared<const PackedWeights<float>>(
        CellSpec{cell_of(spec), spec.inputs, spec.outputs}, spec.kernel, spec.recurrent_kernel,
        spec.bias, storage);
  } else if (spec.kind == OpKind::dense) {
    op.products.push_back(
        pack_kernel({spec.kernel, spec.inputs, spec.outputs, spec.outputs, false}, storage));
    const auto lanes = static_cast<std::size_t>(kernels<float>().lanes);
    op.bias = copy_values(spec.bias, outputs, checked_round_up(outputs, lanes));
  } else if (spec.kind == OpKind::conv1d) {
    const long rows = spec.kernel_size * (spec.inputs / spec.groups);
    const long columns = spec.outputs / spec.groups;
    for (long group = 0; group < spec.groups; ++group) {
      op.products.push_back(pack_kernel(
          {spec.kernel + group * columns, rows, columns, spec.outputs, false}, Storage::full));
    }
    op.bias = copy_if(spec.bias, outputs);
  } else if (spec.kind == OpKind::embedding) {
    const std::size_t values = checked_mul(static_cast<std::size_t>(spec.inputs), outputs);
    op.table = copy_values(spec.kernel, values, values);
  } else if (spec.kind == OpKind::scale || spec.kind == OpKind::layer_normalization) {
    op.table = copy_if(spec.kernel, outputs);
    op.bias = copy_if(spec.bias, outputs);
  }
  return op;
}

int GraphOp::state_pieces() const {
  if (is_recurrent()) return recurrent->spec().has_c() ? 2 : 1;
  if (kind == OpKind::conv1d) return steps_before() > 0 && padding == Padding::causal ? 1 : 0;
  if (kind == OpKind::global_average_pooling) return 2;
  return kind == OpKind::global_max_pooling ? 1 : 0;
}

long GraphOp::state_size() const {
  if (state_pieces() == 0) return 0;
  if (kind == OpKind::conv1d) return steps_before() * inputs;
  if (kind == OpKind::global_average_pooling) return outputs + 2;
  return state_pieces() * outputs;
}

std::size_t GraphOp::weight_bytes() const {
  if (recurrent) return recurrent->bytes();
  std::size_t bytes = bias.bytes() + table.bytes();
  for (const PackedKernel& kernel : products) bytes += kernel.bytes();
  return bytes;
}

long GraphOp::multiply_adds() const {
  if (recurrent) return (inputs + outputs) * recurrent->spec().gates() * outputs;
  long count = 0;
  for (const PackedKernel& kernel : products) {
    count += kernel.full.view.rows * kernel.full.view.columns;
  }
  return count;
}

}  // namespace tidegate
