#include "tidegate/graph.h"

#include <algorithm>
#include <utility>

#include "core/checked.h"
#include "kernels/dispatch.h"
#include "kernels/narrow.h"
#include "runtime/graph_data.h"

namespace tidegate {
namespace {

static_assert(static_cast<int>(ActivationKind::tanh) == static_cast<int>(Activation::tanh));
static_assert(static_cast<int>(ActivationKind::sigmoid) == static_cast<int>(Activation::sigmoid));
static_assert(static_cast<int>(ActivationKind::relu) == static_cast<int>(Activation::relu));
static_assert(static_cast<int>(ActivationKind::linear) == static_cast<int>(Activation::linear));
static_assert(static_cast<int>(ActivationKind::hard_sigmoid) ==
              static_cast<int>(Activation::hard_sigmoid));

bool is_recurrent(OpKind kind) {
  return kind == OpKind::simple_rnn || kind == OpKind::lstm || kind == OpKind::gru;
}

bool has_kernel(OpKind kind) { return kind != OpKind::activation; }

// An empty text if operation `index` is right by itself and fits behind the one before it.
std::string fault(const OpSpec* ops, std::size_t index) {
  const OpSpec& op = ops[index];
  const auto sizes = [&] {
    return "inputs " + std::to_string(op.inputs) + ", outputs " + std::to_string(op.outputs);
  };
  if (op.inputs < 1 || op.outputs < 1) return "sizes must be positive. Received: " + sizes();
  if (op.kind == OpKind::embedding && index > 0) return "an embedding can only come first";
  if (op.kind == OpKind::activation && op.inputs != op.outputs) {
    return "an activation has as many outputs as inputs. Received: " + sizes();
  }
  if (index > 0 && ops[index - 1].outputs != op.inputs) {
    return "inputs must be the outputs of the operation before, " +
           std::to_string(ops[index - 1].outputs) + ". Received: " + std::to_string(op.inputs);
  }
  if (has_kernel(op.kind) && op.kernel == nullptr) return "the kernel is missing";
  if (is_recurrent(op.kind)) {
    if (op.recurrent_kernel == nullptr) return "the recurrent kernel is missing";
    if (op.activation == ActivationKind::softmax ||
        op.recurrent_activation == ActivationKind::softmax) {
      return "softmax is no activation of a recurrent layer";
    }
  }
  return "";
}

Cell cell_of(const OpSpec& op) {
  if (op.kind == OpKind::lstm) return Cell::lstm;
  if (op.kind == OpKind::simple_rnn) return Cell::simple_rnn;
  return op.reset_after ? Cell::gru : Cell::gru_before;
}

Buffer copy_values(const float* from, std::size_t count, std::size_t padded) {
  Buffer buffer = pool_take(checked_mul(padded, sizeof(float)));
  float* to = buffer.as<float>();
  if (from != nullptr) std::copy_n(from, count, to);
  std::fill(from == nullptr ? to : to + count, to + padded, 0.0F);
  return buffer;
}

void narrow_dense(GraphOp& op) {
  nn::PackedView<float>& view = op.dense.view;
  op.dense16 = pool_take(op.dense.buffer.bytes() / 2);
  narrow_panels(view.at, view.rows, view.columns, 4, view.lanes, op.dense16.as<bfloat16>());
  op.dense.buffer = Buffer();
  view.at = nullptr;
}

GraphOp make_op(const OpSpec& spec, Storage storage) {
  GraphOp op{};
  op.kind = spec.kind;
  op.inputs = spec.inputs;
  op.outputs = spec.outputs;
  op.softmax = spec.activation == ActivationKind::softmax;
  op.activation = static_cast<int>(op.softmax ? ActivationKind::linear : spec.activation);
  op.recurrent_activation = static_cast<int>(spec.recurrent_activation);
  const auto outputs = static_cast<std::size_t>(spec.outputs);
  if (is_recurrent(spec.kind)) {
    op.recurrent = std::make_unique<const PackedWeights<float>>(
        CellSpec{cell_of(spec), spec.inputs, spec.outputs}, spec.kernel, spec.recurrent_kernel,
        spec.bias, storage);
  } else if (spec.kind == OpKind::dense) {
    const long lanes = kernels<float>().lanes;
    op.dense =
        nn::pack<float>({spec.kernel, spec.inputs, spec.outputs, spec.outputs, false}, lanes);
    if (storage == Storage::bfloat16) narrow_dense(op);
    op.bias =
        copy_values(spec.bias, outputs, checked_round_up(outputs, static_cast<std::size_t>(lanes)));
  } else if (spec.kind == OpKind::embedding) {
    const std::size_t values = checked_mul(static_cast<std::size_t>(spec.inputs), outputs);
    op.table = copy_values(spec.kernel, values, values);
  }
  return op;
}

}  // namespace

std::size_t GraphOp::weight_bytes() const {
  if (recurrent) return recurrent->bytes();
  return bias.bytes() + table.bytes() + dense.buffer.bytes() + dense16.bytes();
}

long GraphOp::multiply_adds() const {
  if (recurrent) return (inputs + outputs) * recurrent->spec().gates() * outputs;
  return kind == OpKind::dense ? inputs * outputs : 0;
}

std::shared_ptr<const Graph> Graph::make(const OpSpec* ops, std::size_t count, std::string* error,
                                         WeightKind weights) {
  std::string found = count == 0 ? "there must be at least one operation" : "";
  for (std::size_t i = 0; i < count && found.empty(); ++i) {
    found = fault(ops, i);
    if (!found.empty()) found = "operation " + std::to_string(i) + ": " + found;
  }
  if (!found.empty()) {
    if (error != nullptr) *error = std::move(found);
    return nullptr;
  }
  auto data = std::make_unique<GraphData>();
  data->storage = weights == WeightKind::bfloat16 ? Storage::bfloat16 : Storage::full;
  for (std::size_t i = 0; i < count; ++i) data->ops.push_back(make_op(ops[i], data->storage));
  return std::shared_ptr<const Graph>(new Graph(std::move(data)));
}

Graph::Graph(std::unique_ptr<const GraphData> data) : data_(std::move(data)) {}
Graph::~Graph() = default;

bool Graph::reads_ids() const { return data_->ops.front().kind == OpKind::embedding; }

long Graph::input_size() const { return reads_ids() ? 1 : data_->ops.front().inputs; }

long Graph::input_limit() const { return reads_ids() ? data_->ops.front().inputs : 0; }

long Graph::output_size() const { return data_->ops.back().outputs; }

long Graph::state_size() const {
  long values = 0;
  for (const GraphOp& op : data_->ops) values += op.state_pieces() * op.outputs;
  return values;
}

long Graph::multiply_adds() const {
  long count = 0;
  for (const GraphOp& op : data_->ops) count += op.multiply_adds();
  return count;
}

std::size_t Graph::weight_bytes() const {
  std::size_t bytes = 0;
  for (const GraphOp& op : data_->ops) bytes += op.weight_bytes();
  return bytes;
}

}  // namespace tidegate
