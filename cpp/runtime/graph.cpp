#include "tidegate/graph.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "core/saturated.h"
#include "kernels/inference.h"
#include "kernels/narrow.h"
#include "kernels/table.h"
#include "runtime/graph_check.h"
#include "runtime/graph_data.h"

namespace tidegate {
namespace {

constexpr long kAnyId = std::numeric_limits<std::int32_t>::max();

static_assert(static_cast<int>(ActivationKind::tanh) == static_cast<int>(Activation::tanh));
static_assert(static_cast<int>(ActivationKind::sigmoid) == static_cast<int>(Activation::sigmoid));
static_assert(static_cast<int>(ActivationKind::relu) == static_cast<int>(Activation::relu));
static_assert(static_cast<int>(ActivationKind::linear) == static_cast<int>(Activation::linear));
static_assert(static_cast<int>(ActivationKind::hard_sigmoid) ==
              static_cast<int>(Activation::hard_sigmoid));

constexpr const char* kOutOfMemory = "there is not enough memory for the weights";

Cell cell_of(const OpSpec& op) {
  if (op.kind == OpKind::lstm) return Cell::lstm;
  if (op.kind == OpKind::simple_rnn) return Cell::simple_rnn;
  return op.reset_after ? Cell::gru : Cell::gru_before;
}

// `count` values and zeros up to `padded`; all zeros without `from`.
Block copy_values(const float* from, std::size_t count, std::size_t padded) {
  Block block(saturated_mul(padded, sizeof(float)));
  if (!block) return block;
  float* to = block.as<float>();
  if (from != nullptr) std::copy_n(from, count, to);
  std::fill(from == nullptr ? to : to + count, to + padded, 0.0F);
  return block;
}

Block pack_dense(const OpSpec& spec, long lanes, WeightKind kind) {
  const auto width =
      saturated_round_up(static_cast<std::size_t>(spec.outputs), static_cast<std::size_t>(lanes));
  const std::size_t values = saturated_mul(width, spec.inputs);
  Block full(saturated_mul(values, sizeof(float)));
  if (!full) return full;
  const nn::PackedView<float> view{full.as<float>(), spec.inputs, spec.outputs, lanes};
  nn::pack_panels<float>({spec.kernel, spec.inputs, spec.outputs, spec.outputs, false}, lanes, 0,
                         view.panels(), full.as<float>());
  if (kind == WeightKind::float32) return full;
  Block half(values * sizeof(bfloat16));
  if (half) narrow_panels(view.at, view.rows, view.columns, 4, lanes, half.as<bfloat16>());
  return half;
}

// False if there was not enough memory.
bool make_op(const OpSpec& spec, WeightKind kind, GraphOp& op) {
  op.kind = spec.kind;
  op.inputs = spec.inputs;
  op.outputs = spec.outputs;
  op.softmax = spec.activation == ActivationKind::softmax;
  op.activation = static_cast<int>(op.softmax ? ActivationKind::linear : spec.activation);
  op.recurrent_activation = static_cast<int>(spec.recurrent_activation);
  const auto outputs = static_cast<std::size_t>(spec.outputs);
  if (is_recurrent(spec.kind)) {
    op.recurrent = CellWeights(CellSpec{cell_of(spec), spec.inputs, spec.outputs},
                               {spec.kernel, spec.recurrent_kernel, spec.bias}, kind);
    return static_cast<bool>(op.recurrent);
  }
  if (spec.kind == OpKind::dense) {
    const long lanes = inference_kernels().lanes;
    op.kernel = pack_dense(spec, lanes, kind);
    const float* at = kind == WeightKind::float32 ? op.kernel.as<float>() : nullptr;
    op.dense = {at, spec.inputs, spec.outputs, lanes};
    op.bias = copy_values(spec.bias, outputs,
                          saturated_round_up(outputs, static_cast<std::size_t>(lanes)));
    return op.kernel && op.bias;
  }
  if (spec.kind == OpKind::input) {
    op.ids = spec.ids;
    op.limit = spec.ids ? kAnyId : 0;
  } else if (spec.kind == OpKind::embedding) {
    const std::size_t values = saturated_mul(outputs, spec.inputs);
    op.table = copy_values(spec.kernel, values, values);
    return static_cast<bool>(op.table);
  }
  return true;
}

// What an input of ids may hold is what every embedding that reads it has.
void limit_ids(GraphData& data, const GraphOp& embedding) {
  long& limit = data.op(embedding.reads.front()).limit;
  limit = std::min(limit, embedding.inputs);
}

std::vector<long> outputs_of(const GraphSpec& spec) {
  if (spec.outputs == nullptr) return {static_cast<long>(spec.count) - 1};
  return {spec.outputs, spec.outputs + spec.output_count};
}

}  // namespace

std::size_t GraphOp::weight_bytes() const {
  return recurrent.bytes() + kernel.bytes() + bias.bytes() + table.bytes();
}

long GraphOp::multiply_adds() const {
  if (is_recurrent()) return (inputs + outputs) * recurrent.spec().gates() * outputs;
  return kind == OpKind::dense ? inputs * outputs : 0;
}

std::shared_ptr<const Graph> Graph::make(const GraphSpec& spec, std::string* error) {
  std::string found = isa_choice().error;
  if (found.empty()) found = graph_fault(spec);
  auto data = std::make_unique<GraphData>();
  for (std::size_t i = 0; i < spec.count && found.empty(); ++i) {
    GraphOp op{};
    op.reads = reads_of(spec, i);
    if (!make_op(spec.ops[i], spec.weights, op)) found = kOutOfMemory;
    data->ops.push_back(std::move(op));
    if (spec.ops[i].kind == OpKind::input) ++data->inputs;
    if (spec.ops[i].kind == OpKind::embedding) limit_ids(*data, data->ops.back());
  }
  if (!found.empty()) {
    if (error != nullptr) *error = std::move(found);
    return nullptr;
  }
  data->kind = spec.weights;
  data->step_error = step_fault(spec);
  data->outputs = outputs_of(spec);
  return std::shared_ptr<const Graph>(new Graph(std::move(data)));
}

Graph::Graph(std::unique_ptr<const GraphData> data) : data_(std::move(data)) {}
Graph::~Graph() = default;

std::size_t Graph::input_count() const { return data_->inputs; }
bool Graph::reads_ids(std::size_t input) const { return data_->ops[input].ids; }
long Graph::input_size(std::size_t input) const { return data_->ops[input].outputs; }
long Graph::input_limit(std::size_t input) const { return data_->ops[input].limit; }
std::size_t Graph::output_count() const { return data_->outputs.size(); }

long Graph::output_size(std::size_t output) const {
  return data_->op(data_->outputs[output]).outputs;
}

const std::string& Graph::step_error() const { return data_->step_error; }

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
