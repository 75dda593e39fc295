// Prints fingerprints of the results of fixed cases. `.ci/same_bits` compares what this says on
// every instruction set and every architecture: the lines must be the same. `bits isas` names those
// sets.
//
// Numbers come from integer arithmetic alone (nn/values.h): a library's own logarithm may differ.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

#include "../rnn/run.h"
#include "hash.h"
#include "kernels/dispatch.h"
#include "nn/dense.h"
#include "nn/elementwise.h"
#include "nn/optimizer.h"
#include "nn/product.h"
#include "tidegate/session.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

constexpr const char* kKindNames[] = {"tanh", "sigmoid", "relu", "linear", "hard_sigmoid", "exp"};
constexpr const char* kCellNames[] = {"lstm", "gru", "gru_before", "simple_rnn"};
constexpr Cell kCells[] = {Cell::lstm, Cell::gru, Cell::gru_before, Cell::simple_rnn};

// Every 1021st of all patterns of float32: normal, subnormal, infinite and NaN.
std::vector<float> patterns() {
  std::vector<float> x;
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += 1021) {
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  }
  return x;
}

// Those of float64, so many that exponents and fractions vary.
std::vector<double> wide_patterns() {
  std::vector<double> x;
  std::uint64_t bits = 0;
  for (int i = 0; i < 1 << 20; ++i) x.push_back(std::bit_cast<double>(bits += 0x9E3779B97F4A7C15U));
  return x;
}

// Called as they are: a driver would flush subnormal values, and AArch64's way to do that differs.
template <class T>
void activations(const std::vector<T>& x) {
  std::vector<T> y(x.size()), dx(x.size());
  for (int kind = 0; kind < 6; ++kind) {
    Hash hash;
    kernels<T>().nn.activation(kind, x.data(), y.data(), static_cast<long>(x.size()));
    hash.add(y);
    kernels<T>().nn.activation_grad(kind, y.data(), x.data(), dx.data(),
                                    static_cast<long>(x.size()));
    hash.add(dx);
    print(kKindNames[kind], kTypeName<T>, hash);
  }
}

void conversions(const std::vector<float>& x) {
  std::vector<bfloat16> narrow(x.size());
  std::vector<float> wide(x.size());
  nn::to_bfloat16(x.data(), narrow.data(), static_cast<long>(x.size()));
  nn::from_bfloat16(narrow.data(), wide.data(), static_cast<long>(x.size()));
  Hash hash;
  hash.add(narrow);
  hash.add(wide);
  print("conversion", "bfloat16", hash);
}

// Finite values, and now and then one that a careless minimum or maximum would lose.
template <class T>
std::vector<T> strange(long n, std::uint32_t seed) {
  using Limits = std::numeric_limits<T>;
  const T odd[] = {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), T(-0.0), T(0)};
  std::vector<T> x = values<T>(n, seed);
  for (long i = 0; i < n; i += 37) x[at(i)] = odd[i % 5];
  return x;
}

template <class T>
void rows_of(const char* name, const std::vector<T>& x, long columns) {
  const long rows = static_cast<long>(x.size()) / columns;
  std::vector<T> y(x.size()), dx(x.size()), loss(at(rows));
  std::vector<std::int32_t> labels;
  for (long r = 0; r < rows; ++r) labels.push_back(static_cast<std::int32_t>(r % columns));
  nn::softmax(x.data(), y.data(), rows, columns);
  Hash hash;
  hash.add(y);
  nn::softmax_backward(y.data(), x.data(), dx.data(), rows, columns);
  hash.add(dx);
  nn::softmax_cross_entropy<T>(
      {rows, columns, x.data(), labels.data(), nullptr, loss.data(), dx.data()});
  hash.add(loss);
  hash.add(dx);
  print(name, kTypeName<T>, hash);
}

template <class T>
void dense() {
  const long rows = 53, inputs = 37, units = 45;
  const auto x = values<T>(rows * inputs, 1), w = values<T>(inputs * units, 2);
  const auto bias = values<T>(units, 3), dy = values<T>(rows * units, 4);
  const nn::DenseWeights<T> weights(w.data(), inputs, units);
  std::vector<T> y(at(rows * units)), dx(at(rows * inputs)), dw(at(inputs * units)), db(at(units));
  nn::dense_forward<T>({x.data(), rows, &weights, bias.data(), 0, y.data()}, nullptr);
  nn::dense_backward<T>(
      {x.data(), rows, &weights, y.data(), dy.data(), 0, dx.data(), dw.data(), db.data()}, nullptr);
  Hash hash;
  for (const auto& part : {y, dx, dw, db}) hash.add(part);
  print("dense, forward and back", kTypeName<T>, hash);
}

template <class T>
void optimizer(const char* name, nn::OptimizerHyper hyper) {
  const long n = 5003;
  std::vector<T> w = values<T>(n, 1), g = strange<T>(n, 2);
  if (hyper.clip != nn::ClipRule::clipvalue) g = values<T>(n, 2);  // a norm would be NaN
  std::vector<T> slot[3] = {values<T>(n, 3), values<T>(n, 4), values<T>(n, 5)};
  for (auto& s : slot) std::for_each(s.begin(), s.end(), [](T& v) { v = std::fabs(v); });
  nn::OptimizerVariables all;
  auto& list = [&]() -> auto& {
    if constexpr (std::is_same_v<T, float>)
      return all.f32;
    else
      return all.f64;
  }
  ();
  list.push_back({w.data(), g.data(), {slot[0].data(), slot[1].data(), slot[2].data()}, n, 0.01});
  Hash hash;
  for (; hyper.iteration < 3; ++hyper.iteration) {
    nn::optimizer_step(hyper, all);
    hash.add(w);
  }
  for (const auto& s : slot) hash.add(s);
  print(name, kTypeName<T>, hash);
}

template <class T>
void optimizers() {
  nn::OptimizerHyper hyper{.learning_rate = 0.1,
                           .momentum = 0.9,
                           .rho = 0.9,
                           .beta_1 = 0.9,
                           .beta_2 = 0.999,
                           .epsilon = 1e-7,
                           .nesterov = true,
                           .centered = true,
                           .amsgrad = true};
  hyper.clip_value = 0.5;
  hyper.kind = nn::OptimizerKind::sgd;
  optimizer<T>("sgd", hyper);
  hyper.clip = nn::ClipRule::clipvalue;
  hyper.kind = nn::OptimizerKind::rmsprop;
  optimizer<T>("rmsprop, clipvalue", hyper);
  hyper.clip = nn::ClipRule::global_clipnorm;
  hyper.kind = nn::OptimizerKind::adam;
  optimizer<T>("adam, global_clipnorm", hyper);
}

// Forward, backward, states, masks, dropout, both directions; tiles of every size.
template <class T>
void cells(Storage storage, const char* type) {
  for (const Cell cell : kCells) {
    Hash hash;
    for (const long units : {1L, 7L, 16L, 37L}) {
      for (const long batch : {1L, 2L, 11L}) {
        for (const int mask : {0, 3}) {
          const Dropout dropout = batch == 2 ? Dropout::per_gate : Dropout::none;
          const Case c{cell, batch, 7, 19, units, mask == 0 ? 1 : 2, mask, dropout, true};
          hash.add(Run<T>(c, storage).results());
        }
      }
    }
    print((std::string(kCellNames[static_cast<int>(cell)]) + ", forward and back").c_str(), type,
          hash);
  }
}

// Numbers of 8 bits, the ends of the range among them, as many as `from` has.
std::vector<std::int8_t> whole(const std::vector<float>& from) {
  std::vector<std::int8_t> q;
  for (const float v : from) {
    q.push_back(static_cast<std::int8_t>(std::fmax(-127.0F, std::fmin(127.0F, v * 100.0F))));
  }
  return q;
}

// A stack as an exported model has it, step by step and from a state that was set.
void session(OpKind kind, WeightKind weights, const char* type) {
  const long inputs = 9, units = 37, outputs = 5, batch = 3;
  const long gates = kind == OpKind::lstm ? 4 : kind == OpKind::gru ? 3 : 1;
  const auto w = values<float>(inputs * gates * units, 1, 0.5);
  const auto u = values<float>(units * gates * units, 2, 0.3);
  const auto b = values<float>(2 * gates * units, 3);
  const auto head = values<float>(units * outputs, 4);
  OpSpec input{.kind = OpKind::input, .outputs = inputs};
  OpSpec layer{.kind = kind, .inputs = inputs, .outputs = units};
  layer.activation = ActivationKind::tanh;
  layer.kernel = w.data();
  layer.recurrent_kernel = u.data();
  layer.bias = b.data();
  OpSpec dense{.kind = OpKind::dense, .inputs = units, .outputs = outputs};
  dense.activation = ActivationKind::softmax;
  dense.kernel = head.data();
  const auto w8 = whole(w), u8 = whole(u), head8 = whole(head);
  const auto scales = values<float>(gates * units, 6, 0.01);
  layer.kernel8 = w8.data();
  layer.recurrent_kernel8 = u8.data();
  dense.kernel8 = head8.data();
  layer.kernel_scale = layer.recurrent_kernel_scale = dense.kernel_scale = scales.data();
  const OpSpec ops[] = {input, layer, dense};
  std::string error;
  const auto graph = Graph::make({.ops = ops, .count = 3, .weights = weights}, &error);
  if (graph == nullptr) throw std::invalid_argument(error);
  Session session(graph, batch);
  std::vector<float> y(at(batch * outputs)), state(at(batch * graph->state_size()));
  Hash hash;
  for (std::uint32_t t = 0; t < 50; ++t) {
    if (t == 25) session.set_state(values<float>(static_cast<long>(state.size()), 5).data());
    session.step(values<float>(batch * inputs, 10 + t).data(), y.data());
    hash.add(y);
  }
  session.get_state(state.data());
  hash.add(state);
  const char* name = kind == OpKind::lstm ? "lstm" : kind == OpKind::gru ? "gru" : "simple_rnn";
  print((std::string(name) + ", session").c_str(), type, hash);
}

template <class T>
void all_of(const std::vector<T>& sample) {
  activations(sample);
  rows_of("softmax, cross entropy", values<T>(70 * 29, 6), 29);
  rows_of("softmax of strange values", strange<T>(70 * 29, 7), 29);
  dense<T>();
  optimizers<T>();
  cells<T>(Storage::full, kTypeName<T>);
}

}  // namespace

int main(int argc, char**) {
  if (argc > 1) {
    for (const Isa isa : available_isas()) std::printf("%s\n", isa_name(isa));
    return 0;
  }
  const std::vector<float> sample = patterns();
  conversions(sample);
  all_of<float>(sample);
  all_of<double>(wide_patterns());
  cells<float>(Storage::bfloat16_products, "bfloat16");
  for (const OpKind kind : {OpKind::lstm, OpKind::gru, OpKind::simple_rnn}) {
    session(kind, WeightKind::float32, "float32");
    session(kind, WeightKind::bfloat16, "bfloat16");
    session(kind, WeightKind::float16, "float16");
    session(kind, WeightKind::int8, "int8");
  }
  return 0;
}
