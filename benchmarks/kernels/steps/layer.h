// One recurrent layer, input as wide as the layer, with made-up weights.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../values.h"
#include "tidegate/graph.h"

namespace steps {

struct CellKind {
  const char* name;
  tidegate::OpKind kind;
  long gates;
};
constexpr CellKind kLstm = {"lstm", tidegate::OpKind::lstm, 4};
constexpr CellKind kGru = {"gru", tidegate::OpKind::gru, 3};
constexpr CellKind kSimpleRnn = {"simple_rnn", tidegate::OpKind::simple_rnn, 1};

// Values of at most `scale` as whole numbers of 8 bits.
inline std::vector<std::int8_t> whole(const Values& from, float scale) {
  std::vector<std::int8_t> bytes;
  for (const float value : from) bytes.push_back(static_cast<std::int8_t>(value / scale * 127));
  return bytes;
}

// Null, with `error`, if there is no such layer.
inline std::shared_ptr<const tidegate::Graph> layer(const CellKind& cell,
                                                    tidegate::WeightKind weights, long units,
                                                    std::string* error) {
  const long columns = cell.gates * units;
  const float scale = 1.0F / static_cast<float>(units);
  const Values kernel = values(units * columns, scale), recurrent = values(units * columns, scale);
  const Values bias = values(2 * columns, 0.1F);
  const auto kernel8 = whole(kernel, scale), recurrent8 = whole(recurrent, scale);
  const Values scales(static_cast<std::size_t>(columns), scale / 127);
  tidegate::OpSpec ops[2];
  ops[0].kind = tidegate::OpKind::input;
  ops[0].outputs = units;
  ops[1].kind = cell.kind;
  ops[1].inputs = ops[1].outputs = units;
  ops[1].activation = tidegate::ActivationKind::tanh;
  ops[1].kernel = kernel.data();
  ops[1].recurrent_kernel = recurrent.data();
  ops[1].kernel8 = kernel8.data();
  ops[1].recurrent_kernel8 = recurrent8.data();
  ops[1].kernel_scale = ops[1].recurrent_kernel_scale = scales.data();
  ops[1].bias = bias.data();
  tidegate::GraphSpec spec;
  spec.ops = ops;
  spec.count = 2;
  spec.weights = weights;
  return tidegate::Graph::make(spec, error);
}

}  // namespace steps
