// The cases whose instructions CI counts (.ci/instructions.py compiles this file against the
// library and runs it under callgrind): one thread, fixed values, one dump per case. A case runs
// once unseen, so that what happens on first use (the table of kernels, blocks of the pool) is not
// counted.

#include <valgrind/callgrind.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "core/team.h"
#include "kernels/dispatch.h"
#include "nn/dense.h"
#include "nn/elementwise.h"
#include "nn/embedding.h"
#include "nn/optimizer.h"
#include "nn/product.h"
#include "rnn/backward.h"
#include "rnn/forward.h"
#include "tidegate/session.h"

namespace {

using namespace tidegate;
using Values = std::vector<float>;

std::size_t at(long i) { return static_cast<std::size_t>(i); }

// The same values between -0.5 and 0.5 with every library and compiler.
Values values(long n) {
  static std::uint32_t state = 1;
  Values v(at(n));
  for (float& x : v) {
    state = state * 1664525U + 1013904223U;
    x = static_cast<float>(state >> 8) / 16777216.0F - 0.5F;
  }
  return v;
}

template <class Work>
void count_once(const std::string& name, Work&& work) {
  CALLGRIND_START_INSTRUMENTATION;
  CALLGRIND_ZERO_STATS;
  work();
  CALLGRIND_DUMP_STATS_AT(name.c_str());
  CALLGRIND_STOP_INSTRUMENTATION;
}

// prepare() is never counted.
template <class Prepare, class Work>
void count(const std::string& name, Prepare&& prepare, Work&& work) {
  prepare();
  work();
  prepare();
  count_once(name, work);
}

template <class Work>
void count(const std::string& name, Work&& work) {
  count(
      name, [] {}, work);
}

// One recurrent layer over sequences: outputs and gradients of everything, as a training step wants
// them.
class Layer {
 public:
  Layer(Cell cell, long batch, long steps, long inputs, long units)
      : spec_{cell, inputs, units},
        plan_(batch, steps, false, nullptr),
        kernel_(values(inputs * columns())),
        recurrent_(values(units * columns())),
        bias_(values(spec_.bias_rows() * columns())),
        x_(values(batch * steps * inputs)),
        dy_(values(batch * steps * units)),
        y_(dy_.size()),
        dx_(x_.size()),
        dkernel_(kernel_.size()),
        drecurrent_(recurrent_.size()),
        dbias_(bias_.size()),
        h_(at(batch * units)),
        c_(h_.size()) {
    pack();
    direction_.plan = &plan_;
    direction_.activation = Activation::tanh;
    direction_.recurrent_activation = Activation::sigmoid;
    direction_.x = x_.data();
    direction_.sequences = true;
    direction_.y_row_stride = steps * units;
    direction_.y_step_stride = units;
  }

  void pack() {
    weights_ = std::make_unique<PackedWeights<float>>(spec_, kernel_.data(), recurrent_.data(),
                                                      bias_.data());
    direction_.weights = weights_.get();
  }
  void pack_backward() { weights_->backward(); }
  void forward(bool training) {
    CancelToken cancel;
    const auto mode = training ? std::optional(Remat::full) : std::nullopt;
    saved_.clear();
    recurrent_forward<float>({direction_}, mode, {{y_.data(), h_.data(), c_.data()}}, saved_,
                             cancel);
  }
  void backward() {
    CancelToken cancel;
    recurrent_backward<float>(
        {direction_}, saved_, {{dy_.data(), nullptr, nullptr}},
        {{dx_.data(), dkernel_.data(), drecurrent_.data(), dbias_.data(), h_.data(), c_.data()}},
        cancel);
  }

 private:
  long columns() const { return spec_.gates() * spec_.units; }

  CellSpec spec_;
  SequencePlan plan_;
  Values kernel_, recurrent_, bias_, x_, dy_, y_, dx_, dkernel_, drecurrent_, dbias_, h_, c_;
  std::unique_ptr<PackedWeights<float>> weights_;
  Direction<float> direction_{};
  std::vector<Saved<float>> saved_;
};

void count_cell(const std::string& name, Cell cell) {
  Layer layer(cell, 32, 6, 64, 128);
  count(name + "_inference", [&] { layer.forward(false); });
  count(name + "_training_forward", [&] { layer.forward(true); });
  count(
      name + "_training_backward", [&] { layer.forward(true); }, [&] { layer.backward(); });
}

void count_small_batches() {
  Layer row(Cell::lstm, 1, 20, 64, 128);
  count("lstm_one_row", [&] { row.forward(false); });

  const Values kernel = values(32 * 128), recurrent = values(32 * 128), bias = values(128);
  OpSpec ops[2];
  ops[0].kind = OpKind::input;
  ops[0].outputs = 32;
  OpSpec& op = ops[1];
  op.kind = OpKind::lstm;
  op.inputs = op.outputs = 32;
  op.activation = ActivationKind::tanh;
  op.kernel = kernel.data();
  op.recurrent_kernel = recurrent.data();
  op.bias = bias.data();
  GraphSpec spec;
  spec.ops = ops;
  spec.count = 2;
  std::string error;
  Session session(Graph::make(spec, &error));
  const Values x = values(32);
  Values y(32);
  const auto step = [&] { session.step(x.data(), y.data()); };
  count("session_step", step);
  // No step takes longer than another: states have two places, so look at more than two.
  for (int i = 0; i < 6; ++i) count_once("equal_step_" + std::to_string(i), step);
}

void count_packing() {
  Layer layer(Cell::lstm, 1, 1, 64, 128);
  count("packing_forward", [&] { layer.pack(); });
  count(
      "packing_backward", [&] { layer.pack(); }, [&] { layer.pack_backward(); });
}

void count_adam() {
  const long n = 10'007;
  Values w = values(n), m(at(n)), v(at(n));
  const Values g = values(n);
  nn::OptimizerHyper hyper;
  hyper.kind = nn::OptimizerKind::adam;
  hyper.learning_rate = 1e-3;
  hyper.beta_1 = 0.9;
  hyper.beta_2 = 0.999;
  hyper.epsilon = 1e-7;
  nn::OptimizerVariables variables;
  variables.f32.push_back({w.data(), g.data(), {m.data(), v.data(), nullptr}, n, 0});
  count("adam", [&] { nn::optimizer_step(hyper, variables); });
}

void count_embedding() {
  const long rows = 100, n = 256, dim = 64;
  const Values table = values(rows * dim), dy = values(n * dim);
  std::vector<std::int32_t> ids(at(n));
  for (long i = 0; i < n; ++i) ids[at(i)] = static_cast<std::int32_t>(i * 37 % rows);
  Values y(dy.size()), dtable(table.size());
  count("embedding_gather",
        [&] { nn::embedding_forward(ids.data(), n, table.data(), dim, y.data()); });
  count("embedding_scatter",
        [&] { nn::embedding_backward(ids.data(), n, dy.data(), dim, rows, dtable.data()); });
}

void count_dense() {
  const long rows = 64, inputs = 128, units = 96;
  const Values kernel = values(inputs * units), bias = values(units), x = values(rows * inputs);
  const Values dy = values(rows * units);
  Values y(dy.size()), dx(x.size()), dw(kernel.size()), db(bias.size());
  const nn::DenseWeights<float> weights(kernel.data(), inputs, units);
  const int act = static_cast<int>(Activation::tanh);
  count("dense_forward", [&] {
    nn::dense_forward<float>({x.data(), rows, &weights, bias.data(), act, y.data()}, nullptr);
  });
  count("dense_backward", [&] {
    nn::dense_backward<float>(
        {x.data(), rows, &weights, y.data(), dy.data(), act, dx.data(), dw.data(), db.data()},
        nullptr);
  });
  count("product", [&] {
    nn::matmul<float>({x.data(), kernel.data(), y.data(), 1, rows, inputs, units, false, false},
                      nullptr);
  });
}

void count_elementwise() {
  const long n = 4'099;
  const Values x = values(n);
  Values y(at(n));
  for (const char* name : {"tanh", "sigmoid", "relu", "hard_sigmoid", "exp"}) {
    const int kind = nn::activation_kind(name);
    count(std::string("activation_") + name, [&] { nn::activate(kind, x.data(), y.data(), n); });
  }
  count("softmax", [&] { nn::softmax(x.data(), y.data(), 40, 100); });
}

}  // namespace

int main() {
  if (RUNNING_ON_VALGRIND == 0 || active_isa() != Isa::avx2) {
    std::fputs("instructions: only under valgrind --tool=callgrind, with TIDEGATE_ISA=avx2\n",
               stderr);
    return 1;
  }
  set_thread_limit(1);
  count_cell("lstm", Cell::lstm);
  count_cell("gru", Cell::gru);
  count_cell("simple_rnn", Cell::simple_rnn);
  count_small_batches();
  count_packing();
  count_adam();
  count_embedding();
  count_dense();
  count_elementwise();
  return 0;
}
