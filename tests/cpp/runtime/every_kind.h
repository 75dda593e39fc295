// Graphs that hold every kind of operation.
#pragma once

#include "network.h"

namespace tidegate::test {

// Two inputs, of 4 values and of ids below 9; two outputs, of 6 and of 12 values. With `whole` also
// what only whole sequences have.
class EveryKind {
 public:
  explicit EveryKind(bool whole) : network_(11) {
    input(4, false);
    input(1, true);
    const long table = add(OpKind::embedding, {1}, 9, 4);
    const long joined = add(OpKind::concatenate, {0, table}, 8, 8);
    const long conv = add(OpKind::conv1d, {joined}, 8, 6, ActivationKind::relu);
    ops_.back().kernel_size = 3;
    ops_.back().dilation = 2;
    ops_.back().groups = 2;
    if (whole) ops_.back().padding = Padding::same;
    const long lstm = add(OpKind::lstm, {conv}, 6, 6, ActivationKind::tanh);
    if (whole) ops_.back().go_backwards = true;
    const long turned = whole ? add(OpKind::reverse, {lstm}, 6, 6) : lstm;
    const long gru = add(OpKind::gru, {turned}, 6, 6, ActivationKind::tanh);
    ops_.back().reset_after = false;
    const long rnn = add(OpKind::simple_rnn, {gru}, 6, 6, ActivationKind::tanh);
    const long sum = add(OpKind::add, {conv, gru, rnn}, 6, 6);
    const long mean = add(OpKind::average, {sum, rnn}, 6, 6);
    const long least = add(OpKind::minimum, {mean, sum}, 6, 6);
    const long most = add(OpKind::maximum, {least, rnn}, 6, 6);
    const long product = add(OpKind::multiply, {most, sum}, 6, 6);
    const long apart = add(OpKind::subtract, {product, conv}, 6, 6);
    const long normal = add(OpKind::layer_normalization, {apart}, 6, 6);
    ops_.back().epsilon = 1e-3F;
    const long scaled = add(OpKind::scale, {normal}, 6, 6);
    const long bent = add(OpKind::activation, {scaled}, 6, 6, ActivationKind::elu);
    ops_.back().alpha = 0.5F;
    const long dense = add(OpKind::dense, {bent}, 6, 6, ActivationKind::softmax);
    const long pooled = add(OpKind::global_average_pooling, {dense}, 6, 6);
    const long largest = add(OpKind::global_max_pooling, {bent}, 6, 6);
    outputs_ = {dense, add(OpKind::concatenate, {pooled, largest}, 12, 12)};
  }

  std::shared_ptr<const Graph> graph() const {
    GraphSpec spec;
    spec.ops = ops_.data();
    spec.count = ops_.size();
    spec.outputs = outputs_.data();
    spec.output_count = outputs_.size();
    std::string error;
    auto graph = Graph::make(spec, &error);
    if (graph == nullptr) throw std::invalid_argument(error);
    return graph;
  }

 private:
  void input(long outputs, bool ids) {
    OpSpec op;
    op.kind = OpKind::input;
    op.outputs = outputs;
    op.ids = ids;
    ops_.push_back(op);
  }
  long add(OpKind kind, std::vector<long> reads, long inputs, long outputs,
           ActivationKind activation = ActivationKind::linear) {
    network_.add(kind, kind == OpKind::conv1d ? kConvRows : inputs, outputs, activation);
    ops_.push_back(network_.ops().back());
    ops_.back().inputs = inputs;
    reads_.push_back(std::move(reads));
    ops_.back().reads = reads_.back().data();
    ops_.back().read_count = reads_.back().size();
    return static_cast<long>(ops_.size()) - 1;
  }

  static constexpr long kConvRows = 3 * 4;  // of its kernel: steps times values of a group

  Network network_;  // keeps the weights
  std::deque<std::vector<long>> reads_;
  std::vector<OpSpec> ops_;
  std::vector<long> outputs_;
};

}  // namespace tidegate::test
