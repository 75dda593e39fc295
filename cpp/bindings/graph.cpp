// Graphs of the inference runtime: operations as Python describes them, checked and handed on.

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include "bindings/session.h"
#include "runtime/op_names.h"
#include "tidegate/model_file.h"

namespace tidegate::bindings {
namespace {

constexpr const char* kGraph = "graph";

template <class Enum, std::size_t N>
Enum named(const std::array<const char*, N>& names, const char* what, const std::string& value) {
  Enum found{};
  if (find_name(names, value, &found)) return found;
  std::string all;
  for (const char* name : names) all += std::string(all.empty() ? "" : ", ") + name;
  raise_value(kGraph, std::string(what) + " is one of " + all, "'" + value + "'");
}

std::vector<long> positions(const py::sequence& sequence) {
  std::vector<long> found;
  for (const py::handle one : sequence) found.push_back(one.cast<long>());
  return found;
}

// A kernel as it is kept: one of three arrays, and of int8 the scales beside it.
struct KernelArg {
  ArrayArg<float> full, scale;
  ArrayArg<std::uint16_t> half;
  ArrayArg<std::int8_t> whole;

  void read(WeightKind kind, const char* name, py::handle array, Axes shape, py::handle scales,
            std::size_t count) {
    if (kind == WeightKind::int8) {
      whole = array_arg<std::int8_t>(kGraph, name, array, shape);
      scale = array_arg<float>(kGraph, "a scale", scales, {{"N", count}});
    } else if (kind != WeightKind::float32) {
      half = array_arg<std::uint16_t>(kGraph, name, array, shape);
    } else {
      full = array_arg<float>(kGraph, name, array, shape);
    }
  }
};

// One operation as `Operation.fields()` describes it. Keeps the arrays until the graph is made.
class OpArgs {
 public:
  OpArgs(const py::dict& fields, WeightKind kind) {
    const auto text = [&](const char* name) { return fields[name].cast<std::string>(); };
    const auto number = [&](const char* name) { return fields[name].cast<long>(); };
    const auto flag = [&](const char* name) { return fields[name].cast<bool>(); };
    name_ = text("name");
    reads_ = positions(fields["reads"]);
    spec_.kind = named<OpKind>(kOpNames, "an operation", text("kind"));
    spec_.inputs = number("inputs");
    spec_.outputs = number("outputs");
    spec_.activation = named<ActivationKind>(kActivationNames, "an activation", text("activation"));
    spec_.recurrent_activation =
        named<ActivationKind>(kActivationNames, "an activation", text("recurrent_activation"));
    spec_.alpha = fields["alpha"].cast<float>();
    spec_.reset_after = flag("reset_after");
    spec_.go_backwards = flag("go_backwards");
    spec_.return_sequences = flag("return_sequences");
    spec_.ids = flag("ids");
    spec_.sequence = flag("sequence");
    spec_.epsilon = fields["epsilon"].cast<float>();
    spec_.kernel_size = number("kernel_size");
    spec_.strides = number("strides");
    spec_.dilation = number("dilation");
    spec_.groups = number("groups");
    spec_.padding = named<Padding>(kPaddingNames, "a padding", text("padding"));
    read_weights(fields, kind);
  }
  // Valid while this object is.
  OpSpec spec() const {
    OpSpec spec = spec_;
    spec.name = name_.c_str();
    spec.reads = reads_.data();
    spec.read_count = reads_.size();
    return spec;
  }

 private:
  void read_weights(const py::dict& fields, WeightKind kind) {
    if (spec_.inputs < 1 || spec_.outputs < 1 || spec_.kernel_size < 1 || spec_.groups < 1) return;
    const auto inputs = static_cast<std::size_t>(spec_.inputs);
    const auto outputs = static_cast<std::size_t>(spec_.outputs);
    const py::object kernel = fields["kernel"], bias = fields["bias"];
    const py::object scale = fields["kernel_scale"];
    const bool gru = spec_.kind == OpKind::gru;
    switch (spec_.kind) {
      case OpKind::simple_rnn:
      case OpKind::lstm:
      case OpKind::gru: {
        const std::size_t columns = checked_mul(outputs, spec_.kind == OpKind::lstm ? 4
                                                         : gru                      ? 3
                                                                                    : 1);
        kernel_.read(kind, "kernel", kernel, {{"I", inputs}, {"G*H", columns}}, scale, columns);
        recurrent_kernel_.read(kind, "recurrent_kernel", fields["recurrent_kernel"],
                               {{"H", outputs}, {"G*H", columns}}, fields["recurrent_kernel_scale"],
                               columns);
        bias_ = gru && spec_.reset_after
                    ? optional_array_arg<float>(kGraph, "bias", bias, {{"2", 2}, {"3H", columns}})
                    : optional_array_arg<float>(kGraph, "bias", bias, {{"G*H", columns}});
        break;
      }
      case OpKind::embedding:
        kernel_.read(kind == WeightKind::int8 ? kind : WeightKind::float32, "embeddings", kernel,
                     {{"V", inputs}, {"O", outputs}}, scale, inputs);
        break;
      case OpKind::dense:
        kernel_.read(kind, "kernel", kernel, {{"I", inputs}, {"O", outputs}}, scale, outputs);
        bias_ = optional_array_arg<float>(kGraph, "bias", bias, {{"O", outputs}});
        break;
      case OpKind::conv1d:
        kernel_.full =
            array_arg<float>(kGraph, "kernel", kernel,
                             {{"K", static_cast<std::size_t>(spec_.kernel_size)},
                              {"I/groups", inputs / static_cast<std::size_t>(spec_.groups)},
                              {"O", outputs}});
        bias_ = optional_array_arg<float>(kGraph, "bias", bias, {{"O", outputs}});
        break;
      case OpKind::layer_normalization:
        kernel_.full = optional_array_arg<float>(kGraph, "gamma", kernel, {{"O", outputs}});
        bias_ = optional_array_arg<float>(kGraph, "beta", bias, {{"O", outputs}});
        break;
      case OpKind::scale:
        kernel_.full = array_arg<float>(kGraph, "scale", kernel, {{"O", outputs}});
        bias_ = optional_array_arg<float>(kGraph, "offset", bias, {{"O", outputs}});
        break;
      default:
        return;
    }
    spec_.kernel = kernel_.full.data();
    spec_.kernel16 = kernel_.half.data();
    spec_.kernel8 = kernel_.whole.data();
    spec_.kernel_scale = kernel_.scale.data();
    spec_.recurrent_kernel = recurrent_kernel_.full.data();
    spec_.recurrent_kernel16 = recurrent_kernel_.half.data();
    spec_.recurrent_kernel8 = recurrent_kernel_.whole.data();
    spec_.recurrent_kernel_scale = recurrent_kernel_.scale.data();
    spec_.bias = bias_.data();
  }

  OpSpec spec_;
  std::string name_;
  std::vector<long> reads_;
  KernelArg kernel_, recurrent_kernel_;
  ArrayArg<float> bias_;
};

std::unique_ptr<GraphObject> make_graph(const py::sequence& operations,
                                        const py::sequence& output_positions,
                                        const std::string& weights) {
  const auto kind = named<WeightKind>(kWeightNames, "weights", weights);
  std::vector<OpArgs> args;
  for (const py::handle operation : operations) args.emplace_back(operation.cast<py::dict>(), kind);
  std::vector<OpSpec> ops;
  std::transform(args.begin(), args.end(), std::back_inserter(ops),
                 [](const OpArgs& arg) { return arg.spec(); });
  const std::vector<long> outputs = positions(output_positions);
  GraphSpec spec;
  spec.ops = ops.data();
  spec.count = ops.size();
  spec.outputs = outputs.data();
  spec.output_count = outputs.size();
  spec.weights = kind;
  std::string error;
  auto graph = Graph::make(spec, &error);
  if (graph == nullptr) throw py::value_error("[graph] " + error);
  return std::make_unique<GraphObject>(GraphObject{std::move(graph)});
}

std::unique_ptr<GraphObject> load(const py::bytes& data, bool check_pair) {
  const std::string_view bytes = data;
  FileError error;
  LoadOptions options;
  options.check_pair = check_pair;
  auto graph = load_graph(bytes.data(), bytes.size(), &error, options);
  if (graph == nullptr) throw py::value_error(error.text);
  return std::make_unique<GraphObject>(GraphObject{std::move(graph)});
}

}  // namespace

void init_graph(py::module_& module) {
  py::class_<GraphObject>(module, "Graph",
                          "Operations with packed weights, which sessions share. Immutable.")
      .def(py::init(&make_graph), py::arg("operations"), py::arg("outputs"),
           py::arg("weights") = "float32")
      .def_property_readonly("step_error",
                             [](const GraphObject& g) { return g.graph->step_error(); })
      .def_property_readonly("state_size",
                             [](const GraphObject& g) { return g.graph->state_size(); })
      .def_property_readonly("multiply_adds",
                             [](const GraphObject& g) { return g.graph->multiply_adds(); })
      .def_property_readonly("nbytes",
                             [](const GraphObject& g) { return g.graph->weight_bytes(); });
  module.def("load_graph", &load, py::arg("data"), py::arg("check_pair") = true,
             "The graph of the bytes of a .tide file.");
}

}  // namespace tidegate::bindings
