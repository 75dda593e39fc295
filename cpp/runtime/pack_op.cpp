#include "runtime/pack_op.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/saturated.h"
#include "kernels/inference.h"
#include "kernels/table.h"
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

// `count` values and zeros up to `padded`; all zeros without `from`.
template <class T>
Block copy_values(const T* from, std::size_t count, std::size_t padded) {
  Block block(saturated_mul(padded, sizeof(T)));
  if (!block) return block;
  T* to = block.as<T>();
  if (from != nullptr) std::copy_n(from, count, to);
  std::fill(from == nullptr ? to : to + count, to + padded, T(0));
  return block;
}

// Nothing for null. False if there was not enough memory.
template <class T>
bool copy_if(const T* from, std::size_t count, Block& to) {
  if (from != nullptr) to = copy_values(from, count, count);
  return from == nullptr || to;
}

PackedKernel pack_kernel(const nn::MatrixView<float>& matrix) {
  const long lanes = inference_kernels().lanes;
  const auto width =
      saturated_round_up(static_cast<std::size_t>(matrix.columns), static_cast<std::size_t>(lanes));
  const std::size_t values = saturated_mul(width, matrix.rows);
  PackedKernel kernel{{nullptr, matrix.rows, matrix.columns, lanes},
                      Block(saturated_mul(values, sizeof(float)))};
  if (!kernel.values) return kernel;
  float* full = kernel.values.as<float>();
  nn::pack_panels<float>(matrix, lanes, 0, kernel.view.panels(), full);
  kernel.view.at = full;
  return kernel;
}

void set_sizes(const OpSpec& spec, GraphOp& op) {
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
}

bool pack_conv(const OpSpec& spec, GraphOp& op) {
  const long rows = spec.kernel_size * (spec.inputs / spec.groups);
  const long columns = spec.outputs / spec.groups;
  bool packed = copy_if(spec.bias, static_cast<std::size_t>(spec.outputs), op.bias);
  for (long group = 0; group < spec.groups && packed; ++group) {
    const float* kernel = spec.kernel + group * columns;
    op.products.push_back(pack_kernel({kernel, rows, columns, spec.outputs, false}));
    packed = static_cast<bool>(op.products.back().values);
  }
  return packed;
}

bool pack_dense(const OpSpec& spec, WeightKind kind, GraphOp& op) {
  const auto outputs = static_cast<std::size_t>(spec.outputs);
  const long lanes = inference_kernels().lanes;
  op.bias =
      copy_values(spec.bias, outputs, saturated_round_up(outputs, static_cast<std::size_t>(lanes)));
  if (kind == WeightKind::float32) {
    op.products.push_back(
        pack_kernel({spec.kernel, spec.inputs, spec.outputs, spec.outputs, false}));
    return op.products.back().values && op.bias;
  }
  op.products.push_back({{nullptr, spec.inputs, spec.outputs, lanes}, Block()});
  op.compact = CompactWeights(kind, spec);
  return op.compact && op.bias;
}

bool pack_recurrent(const OpSpec& spec, WeightKind kind, GraphOp& op) {
  const CellSpec cell{cell_of(spec), spec.inputs, spec.outputs};
  op.recurrent = CellWeights(cell, {spec.kernel, spec.recurrent_kernel, spec.bias}, kind);
  if (kind == WeightKind::float32) return op.is_recurrent();
  op.compact = CompactWeights(kind, cell, spec);
  return op.is_recurrent() && op.compact;
}

bool pack_embedding(const OpSpec& spec, WeightKind kind, GraphOp& op) {
  const auto ids = static_cast<std::size_t>(spec.inputs);
  const std::size_t values = saturated_mul(ids, spec.outputs);
  if (kind != WeightKind::int8) return copy_if(spec.kernel, values, op.table);
  return copy_if(spec.kernel8, values, op.table8) &&
         copy_if(spec.kernel_scale, ids, op.table_scales);
}

bool into_one(ActivationKind kind) {
  return kind == ActivationKind::tanh || kind == ActivationKind::sigmoid ||
         kind == ActivationKind::hard_sigmoid || kind == ActivationKind::softmax;
}

}  // namespace

bool pack_op(const OpSpec& spec, WeightKind kind, GraphOp& op) {
  set_sizes(spec, op);
  const auto outputs = static_cast<std::size_t>(spec.outputs);
  if (is_recurrent(spec.kind)) return pack_recurrent(spec, kind, op);
  if (spec.kind == OpKind::dense) return pack_dense(spec, kind, op);
  if (spec.kind == OpKind::conv1d) return pack_conv(spec, op);
  if (spec.kind == OpKind::embedding) return pack_embedding(spec, kind, op);
  if (spec.kind == OpKind::scale || spec.kind == OpKind::layer_normalization) {
    return copy_if(spec.kernel, outputs, op.table) && copy_if(spec.bias, outputs, op.bias);
  }
  return true;
}

bool gives_bounded(const OpSpec& op, bool reads) {
  switch (op.kind) {
    case OpKind::lstm:
    case OpKind::gru:
      return into_one(op.activation) && into_one(op.recurrent_activation);
    case OpKind::simple_rnn:
    case OpKind::dense:
    case OpKind::activation:
    case OpKind::conv1d:
      return into_one(op.activation);
    case OpKind::concatenate:
    case OpKind::reverse:
      return reads;
    default:
      return false;
  }
}

int GraphOp::state_pieces() const {
  if (is_recurrent()) return recurrent.spec().has_c() ? 2 : 1;
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
  std::size_t bytes = recurrent.bytes() + compact.bytes() + bias.bytes() + table.bytes() +
                      table8.bytes() + table_scales.bytes();
  for (const PackedKernel& kernel : products) bytes += kernel.values.bytes();
  return bytes;
}

long GraphOp::multiply_adds() const {
  if (is_recurrent()) return (inputs + outputs) * recurrent.spec().gates() * outputs;
  long count = 0;
  for (const PackedKernel& kernel : products) {
    count += kernel.view.rows * kernel.view.columns;
  }
  return count;
}

}  // namespace tidegate
