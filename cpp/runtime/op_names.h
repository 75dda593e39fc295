// What kinds are called in files and in Python, in the order of the enumerations.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "tidegate/graph.h"

namespace tidegate {

inline constexpr std::array kOpNames = {"input",
                                        "embedding",
                                        "simple_rnn",
                                        "lstm",
                                        "gru",
                                        "dense",
                                        "activation",
                                        "add",
                                        "multiply",
                                        "average",
                                        "maximum",
                                        "minimum",
                                        "subtract",
                                        "concatenate",
                                        "layer_normalization",
                                        "scale",
                                        "conv1d",
                                        "global_average_pooling",
                                        "global_max_pooling",
                                        "reverse"};
inline constexpr std::array kActivationNames = {
    "tanh", "sigmoid", "relu", "linear", "hard_sigmoid", "softmax", "leaky_relu", "elu", "silu"};
inline constexpr std::array kWeightNames = {"float32", "bfloat16", "float16", "int8"};
inline constexpr std::array kPaddingNames = {"causal", "valid", "same"};
static_assert(kOpNames.size() == static_cast<std::size_t>(OpKind::reverse) + 1);
static_assert(kWeightNames.size() == static_cast<std::size_t>(WeightKind::int8) + 1);
static_assert(kActivationNames.size() == static_cast<std::size_t>(ActivationKind::silu) + 1);

// False if there is none of this name.
template <class Enum, std::size_t N>
bool find_name(const std::array<const char*, N>& names, std::string_view name, Enum* value) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return false;
  *value = static_cast<Enum>(found - names.begin());
  return true;
}

}  // namespace tidegate
