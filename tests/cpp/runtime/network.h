// Networks for tests of the runtime, and the same layers run by the drivers of whole sequences.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "nn/dense.h"
#include "nn/elementwise.h"
#include "rnn/forward.h"
#include "tidegate/session.h"

namespace tidegate::test {

inline std::size_t at(long i) { return static_cast<std::size_t>(i); }

class Network {
 public:
  explicit Network(unsigned seed = 5) : random_(seed) {}

  std::vector<float> normal(long n) {
    std::normal_distribution<float> d;
    std::vector<float> v(at(n));
    for (float& x : v) x = 0.5F * d(random_);
    return v;
  }
  Network& add(OpKind kind, long inputs, long outputs,
               ActivationKind activation = ActivationKind::tanh, bool bias = true,
               bool reset_after = true,
               ActivationKind recurrent_activation = ActivationKind::sigmoid) {
    const long gates = kind == OpKind::lstm ? 4 : kind == OpKind::gru ? 3 : 1;
    OpSpec op;
    op.kind = kind;
    op.inputs = inputs;
    op.outputs = outputs;
    op.activation = activation;
    op.recurrent_activation = recurrent_activation;
    op.reset_after = reset_after;
    op.kernel = keep(normal(inputs * gates * outputs));
    op.recurrent_kernel = keep(normal(outputs * gates * outputs));
    if (bias) op.bias = keep(normal(2 * gates * outputs));
    ops_.push_back(op);
    return *this;
  }
  std::vector<OpSpec>& ops() { return ops_; }
  // The operations behind an input that fits the first.
  std::shared_ptr<const Graph> make(std::string* error) const {
    std::vector<OpSpec> all(1);
    all.front().kind = OpKind::input;
    all.front().outputs = 1;
    if (!ops_.empty()) {
      all.front().ids = ops_.front().kind == OpKind::embedding;
      if (!all.front().ids) all.front().outputs = ops_.front().inputs;
    }
    all.insert(all.end(), ops_.begin(), ops_.end());
    GraphSpec spec;
    spec.ops = all.data();
    spec.count = all.size();
    return Graph::make(spec, error);
  }
  std::shared_ptr<const Graph> graph() const {
    std::string error;
    auto graph = make(&error);
    if (graph == nullptr) throw std::invalid_argument(error);
    return graph;
  }

  // x [B, T, I] -> [B, T, O], layer after layer over the whole sequence.
  std::vector<float> sequence(std::vector<float> x, long batch, long steps) const {
    for (const OpSpec& op : ops_) x = layer(op, x, batch, steps);
    return x;
  }

 private:
  const float* keep(std::vector<float> values) {
    arrays_.push_back(std::move(values));
    return arrays_.back().data();
  }

  static std::vector<float> layer(const OpSpec& op, const std::vector<float>& x, long batch,
                                  long steps) {
    std::vector<float> y(at(batch * steps * op.outputs));
    const long rows = batch * steps;
    const bool softmax = op.activation == ActivationKind::softmax;
    const int kind = static_cast<int>(softmax ? ActivationKind::linear : op.activation);
    if (op.kind == OpKind::dense) {
      const nn::DenseWeights<float> weights(op.kernel, op.inputs, op.outputs);
      nn::dense_forward<float>({x.data(), rows, &weights, op.bias, kind, y.data()}, nullptr);
    } else if (op.kind == OpKind::activation) {
      nn::activate(kind, x.data(), y.data(), static_cast<long>(y.size()));
    } else {
      recurrent(op, x, batch, steps, y);
    }
    if (softmax) nn::softmax(std::vector<float>(y).data(), y.data(), rows, op.outputs);
    return y;
  }

  static void recurrent(const OpSpec& op, const std::vector<float>& x, long batch, long steps,
                        std::vector<float>& y) {
    const Cell cell = op.kind == OpKind::lstm         ? Cell::lstm
                      : op.kind == OpKind::simple_rnn ? Cell::simple_rnn
                      : op.reset_after                ? Cell::gru
                                                      : Cell::gru_before;
    const PackedWeights<float> weights({cell, op.inputs, op.outputs}, op.kernel,
                                       op.recurrent_kernel, op.bias);
    const SequencePlan plan(batch, steps, false, nullptr);
    Direction<float> d{};
    d.weights = &weights;
    d.plan = &plan;
    d.activation = static_cast<Activation>(op.activation);
    d.recurrent_activation = static_cast<Activation>(op.recurrent_activation);
    d.x = x.data();
    d.sequences = true;
    d.y_row_stride = steps * op.outputs;
    d.y_step_stride = op.outputs;
    std::vector<float> h(at(batch * op.outputs)), c(h.size());
    std::vector<Saved<float>> saved;
    CancelToken cancel;
    recurrent_forward<float>({d}, std::nullopt, {{y.data(), h.data(), c.data()}}, saved, cancel);
  }

  std::mt19937 random_;
  std::deque<std::vector<float>> arrays_;
  std::vector<OpSpec> ops_;
};

// Steps [begin, end) of x [B, T, I], one call of step each, into y [B, T, O].
inline void step_through(Session& session, const std::vector<float>& x, std::vector<float>& y,
                         long steps, long begin, long end) {
  const long batch = session.batch();
  const long in = session.graph()->input_size(), out = session.graph()->output_size();
  std::vector<float> x_t(at(batch * in)), y_t(at(batch * out));
  for (long t = begin; t < end; ++t) {
    for (long r = 0; r < batch; ++r) {
      std::copy_n(x.begin() + (r * steps + t) * in, in, x_t.begin() + r * in);
    }
    session.step(x_t.data(), y_t.data());
    for (long r = 0; r < batch; ++r) {
      std::copy_n(y_t.begin() + r * out, out, y.begin() + (r * steps + t) * out);
    }
  }
}

inline std::vector<float> stepped(Session& session, const std::vector<float>& x, long steps) {
  std::vector<float> y(at(session.batch() * steps * session.graph()->output_size()));
  step_through(session, x, y, steps, 0, steps);
  return y;
}

}  // namespace tidegate::test
