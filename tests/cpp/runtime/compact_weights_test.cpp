#include "runtime/compact_weights.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "core/float16.h"
#include "network.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

constexpr long kSteps = 7;

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// The kernels of a network in fewer bits, as a file or Python gives them, and what they stand for.
class Rounded {
 public:
  Rounded(const Network& network, WeightKind kind) : kind_(kind) {
    OpSpec input;
    input.kind = OpKind::input;
    input.outputs = const_cast<Network&>(network).ops().front().inputs;
    full_.push_back(input);
    for (OpSpec op : const_cast<Network&>(network).ops()) {
      const long gates = op.kind == OpKind::lstm ? 4 : op.kind == OpKind::gru ? 3 : 1;
      const long columns = gates * op.outputs;
      round(&op.kernel, &op.kernel16, &op.kernel8, &op.kernel_scale, op.inputs, columns);
      if (op.kind != OpKind::dense) {
        round(&op.recurrent_kernel, &op.recurrent_kernel16, &op.recurrent_kernel8,
              &op.recurrent_kernel_scale, op.outputs, columns);
      }
      full_.push_back(op);
    }
  }
  // From float32 values that the numbers stand for, or from the numbers alone.
  std::shared_ptr<const Graph> graph(WeightKind kind, bool values, std::string* error) const {
    std::vector<OpSpec> ops = full_;
    for (OpSpec& op : ops) {
      if (!values) op.kernel = op.recurrent_kernel = nullptr;
    }
    GraphSpec spec;
    spec.ops = ops.data();
    spec.count = ops.size();
    spec.weights = kind;
    return Graph::make(spec, error);
  }
  std::shared_ptr<const Graph> graph(WeightKind kind, bool values) const {
    std::string error;
    auto graph = this->graph(kind, values, &error);
    REQUIRE_MESSAGE(graph != nullptr, error);
    return graph;
  }
  std::vector<OpSpec>& ops() { return full_; }

 private:
  void round(const float** full, const std::uint16_t** half, const std::int8_t** whole,
             const float** scale, long rows, long columns) {
    std::vector<float> values(*full, *full + rows * columns);
    if (kind_ == WeightKind::int8) {
      std::vector<std::int8_t> q(values.size());
      std::vector<float> scales(at(columns));
      for (long c = 0; c < columns; ++c) {
        for (long k = 0; k < rows; ++k) {
          scales[at(c)] = std::max(scales[at(c)], std::fabs(values[at(k * columns + c)]) / 127);
        }
        for (long k = 0; k < rows; ++k) {
          const std::size_t i = at(k * columns + c);
          q[i] = static_cast<std::int8_t>(std::lrint(values[i] / scales[at(c)]));
          values[i] = scales[at(c)] * q[i];
        }
      }
      *whole = keep(whole_, q);
      *scale = keep(floats_, scales);
    } else {
      std::vector<std::uint16_t> bits;
      for (float& v : values) {
        const bool b = kind_ == WeightKind::bfloat16;
        bits.push_back(b ? to_bfloat16(v).bits : to_float16(v).bits);
        v = b ? to_float(bfloat16{bits.back()}) : to_float(float16{bits.back()});
      }
      *half = keep(halves_, bits);
    }
    *full = keep(floats_, values);
  }
  template <class T>
  static const T* keep(std::deque<std::vector<T>>& all, const std::vector<T>& values) {
    all.push_back(values);
    return all.back().data();
  }

  WeightKind kind_;
  std::deque<std::vector<float>> floats_;
  std::deque<std::vector<std::uint16_t>> halves_;
  std::deque<std::vector<std::int8_t>> whole_;
  std::vector<OpSpec> full_;
};

Network layers(long units) {
  Network network;
  network.add(OpKind::lstm, 5, units)
      .add(OpKind::gru, units, units)
      .add(OpKind::dense, units, 9)
      .add(OpKind::gru, 9, units, ActivationKind::tanh, true, false)
      .add(OpKind::simple_rnn, units, 2 * units)
      .add(OpKind::dense, 2 * units, units);
  return network;
}

}  // namespace

TEST_CASE("kernels of 16 bits give the bits of float32 kernels that are rounded so") {
  for (const WeightKind kind : {WeightKind::bfloat16, WeightKind::float16}) {
    for (const long units : {1, 16, 33, 70}) {
      Network network = layers(units);
      const Rounded rounded(network, kind);
      for (const long batch : {1, 2, 7}) {
        CAPTURE(units);
        CAPTURE(batch);
        const auto x = network.normal(batch * kSteps * 5);
        Session full(rounded.graph(WeightKind::float32, true), batch);
        Session narrow(rounded.graph(kind, true), batch);
        Session given(rounded.graph(kind, false), batch);
        const auto expected = stepped(full, x, kSteps);
        CHECK(same_bits(stepped(narrow, x, kSteps), expected));
        CHECK(same_bits(stepped(given, x, kSteps), expected));
      }
    }
  }
}

TEST_CASE("rows of 8 bits give the same bits in every batch") {
  for (const long units : {1, 16, 33, 70}) {
    Network network = layers(units);
    const Rounded rounded(network, WeightKind::int8);
    const long batch = 7;
    const auto x = network.normal(batch * kSteps * 5);
    Session together(rounded.graph(WeightKind::int8, false), batch);
    const auto found = stepped(together, x, kSteps);
    CAPTURE(units);
    const auto row = static_cast<std::ptrdiff_t>(found.size() / at(batch));
    for (long r = 0; r < batch; ++r) {
      const auto begin = x.begin() + r * kSteps * 5;
      Session alone(together.graph());
      CHECK(same_bits(stepped(alone, {begin, begin + kSteps * 5}, kSteps),
                      {found.begin() + r * row, found.begin() + (r + 1) * row}));
    }
  }
}

// Whole numbers up to 127 are rows that rounding leaves as they are.
TEST_CASE("products of whole numbers are exact") {
  std::mt19937 random(3);
  const auto whole = [&] { return static_cast<int>(random() % 255) - 127; };
  for (const OpKind kind : {OpKind::dense, OpKind::simple_rnn}) {
    for (const long inputs : {1, 3, 64, 67}) {
      for (const long outputs : {1, 8, 31, 140}) {
        for (const long batch : {1, 2, 3, 7}) {
          std::vector<float> x(at(batch * inputs)), scale(at(outputs)), bias(at(outputs));
          std::vector<std::int8_t> w(at(inputs * outputs)), u(at(outputs * outputs), 1);
          for (float& v : x) v = static_cast<float>(whole());
          for (long r = 0; r < batch; ++r) x[at(r * inputs)] = 127;
          for (auto& v : w) v = static_cast<std::int8_t>(whole());
          w.back() = -128;
          for (float& v : scale) v = static_cast<float>(whole()) / 64;
          for (float& v : bias) v = static_cast<float>(whole());
          OpSpec ops[2];
          ops[0].kind = OpKind::input;
          ops[0].outputs = inputs;
          ops[1].kind = kind;
          ops[1].inputs = inputs;
          ops[1].outputs = outputs;
          ops[1].kernel8 = w.data();
          ops[1].recurrent_kernel8 = u.data();
          ops[1].kernel_scale = ops[1].recurrent_kernel_scale = scale.data();
          ops[1].bias = bias.data();
          std::string error;
          Session session(
              Graph::make({.ops = ops, .count = 2, .weights = WeightKind::int8}, &error), batch);
          std::vector<float> found(at(batch * outputs)), wanted(found.size());
          session.step(x.data(), found.data());
          for (long r = 0; r < batch; ++r) {
            for (long c = 0; c < outputs; ++c) {
              float sum = 0;
              for (long k = 0; k < inputs; ++k) {
                const int weight = std::max<int>(w[at(k * outputs + c)], -127);
                sum += x[at(r * inputs + k)] * static_cast<float>(weight);
              }
              wanted[at(r * outputs + c)] = std::fma(sum, scale[at(c)], bias[at(c)]);
            }
          }
          CAPTURE(inputs);
          CAPTURE(outputs);
          CAPTURE(batch);
          CHECK(same_bits(found, wanted));
        }
      }
    }
  }
}

TEST_CASE("a quarter, or half, of the bytes") {
  Network network;
  network.add(OpKind::lstm, 256, 256);
  const auto bytes = [&](WeightKind kind) {
    return static_cast<double>(Rounded(network, kind).graph(kind, false)->weight_bytes());
  };
  const double full = static_cast<double>(network.graph()->weight_bytes());
  CHECK(full / bytes(WeightKind::int8) > 3.9);
  CHECK(full / bytes(WeightKind::float16) > 1.99);
  CHECK(bytes(WeightKind::float16) == bytes(WeightKind::bfloat16));
}

TEST_CASE("kernels that are not given as they are to be kept") {
  Network network;
  network.add(OpKind::gru, 3, 4);
  Rounded rounded(network, WeightKind::int8);
  std::string error;
  CHECK(rounded.graph(WeightKind::float16, false, &error) == nullptr);
  CHECK(error == "operation 1: the kernel is missing");
  rounded.ops()[1].recurrent_kernel_scale = nullptr;
  CHECK(rounded.graph(WeightKind::int8, false, &error) == nullptr);
  CHECK(error == "operation 1: the recurrent kernel of 8 bits or its scale is missing");
  rounded.ops()[1].kernel8 = nullptr;
  CHECK(rounded.graph(WeightKind::int8, true, &error) == nullptr);
  CHECK(error == "operation 1: the kernel of 8 bits or its scale is missing");
}

TEST_CASE("rows that 32 bits could not add up") {
  const std::int8_t byte = 1;
  const float scale = 1;
  OpSpec ops[2];
  ops[0].kind = OpKind::input;
  ops[0].outputs = ops[1].inputs = kLongestByteRow + 1;
  ops[1].outputs = 1;
  ops[1].kernel8 = &byte;
  ops[1].kernel_scale = &scale;
  std::string error;
  CHECK(Graph::make({.ops = ops, .count = 2, .weights = WeightKind::int8}, &error) == nullptr);
  CHECK(error ==
        "operation 1: rows of 8 bits have at most 131072 values. Received: inputs 131073, outputs "
        "1");
}
