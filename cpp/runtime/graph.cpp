#include "tidegate/graph.h"

#include <algorithm>
#include <utility>

#include "kernels/inference.h"
#include "runtime/extent.h"
#include "runtime/graph_check.h"
#include "runtime/graph_data.h"
#include "runtime/pack_op.h"

namespace tidegate {
namespace {

constexpr const char* kOutOfMemory = "there is not enough memory for the weights";

// What an input of ids may hold is what every embedding that reads it has.
void limit_ids(GraphData& data, const GraphOp& embedding) {
  long& limit = data.op(embedding.reads.front()).limit;
  limit = std::min(limit, embedding.inputs);
}

// Who reads what, and who may write to the caller's rows.
void count_uses(GraphData& data) {
  for (const GraphOp& op : data.ops) {
    for (const long read : op.reads) ++data.op(read).uses;
  }
  for (std::size_t o = 0; o < data.outputs.size(); ++o) {
    GraphOp& op = data.op(data.outputs[o]);
    if (op.computes() && op.output < 0) {
      op.output = static_cast<long>(o);
    } else {
      ++op.uses;
    }
  }
}

std::vector<long> outputs_of(const GraphSpec& spec) {
  if (spec.outputs == nullptr) return {static_cast<long>(spec.count) - 1};
  return {spec.outputs, spec.outputs + spec.output_count};
}

}  // namespace

std::shared_ptr<const Graph> Graph::make(const GraphSpec& spec, std::string* error) {
  std::vector<bool> sequences;
  std::string found = isa_choice().error;
  if (found.empty()) found = graph_fault(spec, &sequences);
  auto data = std::make_unique<GraphData>();
  for (std::size_t i = 0; i < spec.count && found.empty(); ++i) {
    GraphOp op{};
    if (!pack_op(spec.ops[i], spec.weights, op)) found = kOutOfMemory;
    op.reads = reads_of(spec, i);
    op.sequence = sequences[i];
    op.reads_bounded = std::all_of(op.reads.begin(), op.reads.end(),
                                   [&](long read) { return data->op(read).bounded; });
    op.bounded = gives_bounded(spec.ops[i], op.reads_bounded);
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
  count_uses(*data);
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

bool Graph::input_is_sequence(std::size_t input) const { return data_->ops[input].sequence; }

bool Graph::output_is_sequence(std::size_t output) const {
  return data_->op(data_->outputs[output]).sequence;
}

long Graph::output_steps(std::size_t output, long steps) const {
  std::vector<long> found;
  found.reserve(data_->ops.size());
  for (const GraphOp& op : data_->ops) {
    if (op.kind == OpKind::input) {
      found.push_back(op.sequence ? steps : 1);
      continue;
    }
    const long first = found[static_cast<std::size_t>(op.reads.front())];
    for (const long read : op.reads) {
      if (found[static_cast<std::size_t>(read)] != first) return 0;
    }
    found.push_back(steps_after(op, first));
    if (found.back() < 1) return 0;
  }
  return found[static_cast<std::size_t>(data_->outputs[output])];
}

const std::string& Graph::step_error() const { return data_->step_error; }

long Graph::state_size() const {
  long values = 0;
  if (!can_step()) return 0;
  for (const GraphOp& op : data_->ops) values += op.state_size();
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
