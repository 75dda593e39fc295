// What the recurrent bindings share with other bindings: packed weights as a Python object.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "bindings/convert.h"
#include "rnn/weights.h"

namespace tidegate::bindings {

// `_core.RecurrentWeights`: float32 or float64, immutable, shared with calls that still run.
struct RecurrentWeights {
  std::variant<std::shared_ptr<const PackedWeights<float>>,
               std::shared_ptr<const PackedWeights<double>>>
      packed;

  const CellSpec& spec() const {
    return std::visit([](const auto& p) -> const CellSpec& { return p->spec(); }, packed);
  }
  Dtype dtype() const { return packed.index() == 0 ? Dtype::f32 : Dtype::f64; }
  template <class T>
  const PackedWeights<T>* as() const {
    return std::get<std::shared_ptr<const PackedWeights<T>>>(packed).get();
  }
};

// One of the closed list of kernels/gates.h; raises ValueError for another name.
Activation activation_arg(const char* op, const char* name, const std::string& value);

}  // namespace tidegate::bindings
