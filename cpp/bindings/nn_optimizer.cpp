// One optimizer step over all variables.

#include <pybind11/stl.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>

#include "bindings/nn.h"
#include "nn/optimizer.h"

namespace tidegate::bindings {
namespace {

constexpr const char* kOp = "optimizer_step";

// Takes the numbers out of the dict: a missing or an unknown one is an error.
class HyperReader {
 public:
  explicit HyperReader(const py::dict& hyper) : hyper_(hyper) {}

  double take(const char* name) {
    const py::handle found = PyDict_GetItemString(hyper_.ptr(), name);
    if (!found) raise_value(kOp, "hyper must hold " + std::string(name), names());
    const double value = PyFloat_AsDouble(found.ptr());
    if (value == -1.0 && PyErr_Occurred() != nullptr) throw py::error_already_set();
    taken_.push_back(name);
    return value;
  }

  void finish() const {
    if (taken_.size() == hyper_.size()) return;
    for (const auto& [key, value] : hyper_) {
      const auto name = py::str(key).cast<std::string>();
      if (std::find(taken_.begin(), taken_.end(), name) == taken_.end()) {
        raise_value(kOp, "hyper must hold nothing that this kind does not use", name);
      }
    }
  }

 private:
  std::string names() const {
    std::string text = "{";
    for (const auto& [key, value] : hyper_) {
      text += (text.size() > 1 ? ", " : "") + py::str(key).cast<std::string>();
    }
    return text + "}";
  }

  const py::dict& hyper_;
  std::vector<std::string_view> taken_;
};

nn::OptimizerHyper hyper_of(const std::string& kind, const py::dict& values, long iteration) {
  nn::OptimizerHyper hyper;
  HyperReader reader(values);
  hyper.iteration = iteration;
  hyper.learning_rate = reader.take("learning_rate");
  if (kind == "sgd") {
    hyper.kind = nn::OptimizerKind::sgd;
    hyper.momentum = reader.take("momentum");
    hyper.nesterov = reader.take("nesterov") != 0;
  } else if (kind == "rmsprop") {
    hyper.kind = nn::OptimizerKind::rmsprop;
    hyper.rho = reader.take("rho");
    hyper.momentum = reader.take("momentum");
    hyper.epsilon = reader.take("epsilon");
    hyper.centered = reader.take("centered") != 0;
  } else if (kind == "adam") {
    hyper.kind = nn::OptimizerKind::adam;
    hyper.beta_1 = reader.take("beta_1");
    hyper.beta_2 = reader.take("beta_2");
    hyper.epsilon = reader.take("epsilon");
    hyper.amsgrad = reader.take("amsgrad") != 0;
  } else {
    raise_value(kOp, "kind must be sgd, rmsprop or adam", "'" + kind + "'");
  }
  reader.finish();
  return hyper;
}

// Places in the kernels' slot array of the slots that Python passes, in Keras' order.
std::vector<int> slot_places(const nn::OptimizerHyper& hyper) {
  switch (hyper.kind) {
    case nn::OptimizerKind::sgd:
      return hyper.momentum != 0 ? std::vector<int>{0} : std::vector<int>{};
    case nn::OptimizerKind::rmsprop: {
      std::vector<int> places{0};
      if (hyper.momentum > 0) places.push_back(1);
      if (hyper.centered) places.push_back(2);
      return places;
    }
    case nn::OptimizerKind::adam:
      break;
  }
  return hyper.amsgrad ? std::vector<int>{0, 1, 2} : std::vector<int>{0, 1};
}

void set_clip(nn::OptimizerHyper& hyper, const std::string& rule, double value) {
  using nn::ClipRule;
  static const std::map<std::string, ClipRule> rules = {
      {"none", ClipRule::none},
      {"clipnorm", ClipRule::clipnorm},
      {"clipvalue", ClipRule::clipvalue},
      {"global_clipnorm", ClipRule::global_clipnorm}};
  const auto found = rules.find(rule);
  if (found == rules.end()) {
    raise_value(kOp, "clip must be none, clipnorm, clipvalue or global_clipnorm", "'" + rule + "'");
  }
  if (found->second != ClipRule::none && !(value > 0)) {
    raise_value(kOp, "a clip value must be greater than 0", std::to_string(value));
  }
  hyper.clip = found->second;
  hyper.clip_value = value;
}

// "slots[3][1]": put together only for an error, a step has dozens of arrays.
struct Name {
  const char* list;
  std::size_t index;
  std::optional<std::size_t> slot = std::nullopt;

  std::string text() const {
    const std::string inner = slot ? "[" + std::to_string(*slot) + "]" : "";
    return list + ("[" + std::to_string(index) + "]") + inner;
  }
};

template <class T>
py::array step_arg(const Name& name, py::handle value, bool writable) {
  if (fits<T>(value, writable)) return py::reinterpret_borrow<py::array>(value);
  return any_rank_arg<T>(kOp, name.text().c_str(), value, writable);  // says what is wrong
}

template <class T>
T* same_shape_arg(const Name& name, py::handle value, const py::array& variable, bool writable) {
  const py::array array = step_arg<T>(name, value, writable);
  const bool same = std::equal(array.shape(), array.shape() + array.ndim(), variable.shape(),
                               variable.shape() + variable.ndim());
  if (!same) {
    raise_value(kOp, name.text() + " must have its variable's shape " + shape_text(variable),
                shape_text(array));
  }
  return static_cast<T*>(const_cast<void*>(array.data()));
}

struct Arrays {
  py::list variables, gradients, slots;
};

template <class T>
nn::OptimizerVariable<T> variable_of(const Arrays& arrays, std::size_t i,
                                     const std::vector<int>& places) {
  py::array w = step_arg<T>({"variables", i}, arrays.variables[i], true);
  nn::OptimizerVariable<T> variable{};
  variable.n = static_cast<long>(w.size());
  variable.w = static_cast<T*>(w.mutable_data());
  variable.g = same_shape_arg<T>({"gradients", i}, arrays.gradients[i], w, false);
  const py::list slots = py::list(arrays.slots[i]);
  if (slots.size() != places.size()) {
    raise_value(kOp,
                Name{"slots", i}.text() + " must hold " + std::to_string(places.size()) + " arrays",
                std::to_string(slots.size()));
  }
  for (std::size_t s = 0; s < places.size(); ++s) {
    variable.slot[places[s]] = same_shape_arg<T>({"slots", i, s}, slots[s], w, true);
  }
  return variable;
}

nn::OptimizerVariables variables_of(const Arrays& arrays, const std::vector<double>& decay,
                                    const std::vector<int>& places) {
  const std::size_t count = arrays.variables.size();
  if (arrays.gradients.size() != count || arrays.slots.size() != count ||
      (!decay.empty() && decay.size() != count)) {
    raise_value(kOp, "variables, gradients, slots and weight_decay must be equally long",
                std::to_string(count) + ", " + std::to_string(arrays.gradients.size()) + ", " +
                    std::to_string(arrays.slots.size()) + ", " + std::to_string(decay.size()));
  }
  nn::OptimizerVariables all;
  for (std::size_t i = 0; i < count; ++i) {
    const double own_decay = decay.empty() ? 0.0 : decay[i];
    if (fits<float>(arrays.variables[i], true) ||
        float_dtype(kOp, "variables", arrays.variables[i]) == Dtype::f32) {
      all.f32.push_back(variable_of<float>(arrays, i, places));
      all.f32.back().decay = own_decay;
    } else {
      all.f64.push_back(variable_of<double>(arrays, i, places));
      all.f64.back().decay = own_decay;
    }
  }
  return all;
}

// Bytes that a step reads or writes.
struct Span {
  const void* begin;
  const void* end;
  bool written;
};

template <class T>
void add_spans(const std::vector<nn::OptimizerVariable<T>>& variables, std::vector<Span>& spans) {
  for (const auto& variable : variables) {
    const long n = variable.n;
    spans.push_back({variable.w, variable.w + n, true});
    spans.push_back({variable.g, variable.g + n, false});
    for (T* slot : variable.slot) {
      if (slot != nullptr) spans.push_back({slot, slot + n, true});
    }
  }
}

// Two threads that write one array would leave anything in it.
void check_apart(const nn::OptimizerVariables& all) {
  std::vector<Span> spans;
  add_spans(all.f32, spans);
  add_spans(all.f64, spans);
  const std::less<const void*> before;
  std::erase_if(spans, [](const Span& span) { return span.begin == span.end; });
  std::sort(spans.begin(), spans.end(),
            [&](const Span& a, const Span& b) { return before(a.begin, b.begin); });
  // The furthest end of what is written, and of anything, so far.
  const void* written_end = nullptr;
  const void* any_end = nullptr;
  for (const Span& span : spans) {
    if (before(span.begin, written_end) || (span.written && before(span.begin, any_end))) {
      raise_value(kOp, "variables and slots must not share memory", "two arrays that overlap",
                  "give each variable slots of its own.");
    }
    any_end = std::max(any_end, span.end, before);
    if (span.written) written_end = std::max(written_end, span.end, before);
  }
}

void step(const std::string& kind, const py::list& variables, const py::list& gradients,
          const py::list& slots, const py::dict& hyper_values, long iteration,
          const std::pair<std::string, double>& clip,
          const std::optional<std::vector<double>>& weight_decay) {
  nn::OptimizerHyper hyper = hyper_of(kind, hyper_values, iteration);
  set_clip(hyper, clip.first, clip.second);
  const nn::OptimizerVariables all =
      variables_of({variables, gradients, slots}, weight_decay.value_or(std::vector<double>{}),
                   slot_places(hyper));
  check_apart(all);
  RunScope scope;
  nn::optimizer_step(hyper, all);
  scope.finish();
}

}  // namespace

void bind_optimizer(py::module_& module) {
  module.def(kOp, &step, py::arg("kind"), py::arg("variables"), py::arg("gradients"),
             py::arg("slots"), py::arg("hyper"), py::arg("iteration"),
             py::arg("clip") = std::pair<std::string, double>("none", 0.0),
             py::arg("weight_decay") = py::none(),
             "Updates all variables and slots in place. iteration: updates made before this one.");
}

}  // namespace tidegate::bindings
