// The inference runtime: graphs, sessions, everything of a session but `step`.

#include "bindings/session.h"

#include <algorithm>
#include <string>

#include "bindings/recurrent.h"
#include "nn/embedding.h"

namespace tidegate::bindings {
namespace {

constexpr const char* kGraph = "graph";
constexpr const char* kRun = "run";
constexpr const char* kState = "state";

// The time of a step: weights come from a cache at about this rate, products are made at that one.
constexpr double kBytesPerMicrosecond = 100e3;
constexpr double kProductsPerMicrosecond = 40e3;
constexpr double kLongStep = 5.0;  // microseconds
// Between two looks at signals.
constexpr double kRunChunk = 500.0;  // microseconds

double microseconds(const Graph& graph, long batch) {
  const double stream = static_cast<double>(graph.weight_bytes()) / kBytesPerMicrosecond;
  const double products = static_cast<double>(graph.multiply_adds()) * static_cast<double>(batch);
  // A table is read at one row per id.
  return graph.reads_ids() ? products / kProductsPerMicrosecond
                           : std::max(stream, products / kProductsPerMicrosecond);
}

OpKind kind_arg(const std::string& kind) {
  if (kind == "embedding") return OpKind::embedding;
  if (kind == "simple_rnn") return OpKind::simple_rnn;
  if (kind == "lstm") return OpKind::lstm;
  if (kind == "gru") return OpKind::gru;
  if (kind == "dense") return OpKind::dense;
  if (kind == "activation") return OpKind::activation;
  raise_value(kGraph, "an operation is one of embedding, simple_rnn, lstm, gru, dense, activation",
              "'" + kind + "'");
}

ActivationKind activation_kind(const char* name, const std::string& value) {
  if (value == "softmax") return ActivationKind::softmax;
  return static_cast<ActivationKind>(activation_arg(kGraph, name, value));
}

// One operation as Python passes it: (kind, inputs, outputs, activation, recurrent_activation,
// reset_after, kernel, recurrent_kernel, bias). Keeps the arrays until the graph is made.
class OpArgs {
 public:
  explicit OpArgs(const py::tuple& fields) {
    if (fields.size() != 9) raise_value(kGraph, "an operation has 9 fields", shape(fields));
    spec_.kind = kind_arg(fields[0].cast<std::string>());
    spec_.inputs = fields[1].cast<long>();
    spec_.outputs = fields[2].cast<long>();
    spec_.activation = activation_kind("activation", fields[3].cast<std::string>());
    spec_.recurrent_activation =
        activation_kind("recurrent_activation", fields[4].cast<std::string>());
    spec_.reset_after = fields[5].cast<bool>();
    if (spec_.inputs < 1 || spec_.outputs < 1) {
      raise_value(kGraph, "sizes must be positive", shape(fields));
    }
    read_weights(fields);
  }
  const OpSpec& spec() const { return spec_; }

 private:
  static std::string shape(const py::tuple& fields) {
    return py::cast<std::string>(py::str(fields));
  }
  void read_weights(const py::tuple& fields) {
    const auto inputs = static_cast<std::size_t>(spec_.inputs);
    const auto outputs = static_cast<std::size_t>(spec_.outputs);
    const bool gru = spec_.kind == OpKind::gru;
    const bool recurrent = gru || spec_.kind == OpKind::lstm || spec_.kind == OpKind::simple_rnn;
    const std::size_t columns = checked_mul(outputs, spec_.kind == OpKind::lstm ? 4 : gru ? 3 : 1);
    if (spec_.kind == OpKind::activation) return;
    kernel_ = array_arg<float>(kGraph, "kernel", fields[6], {{"I", inputs}, {"G*H", columns}});
    spec_.kernel = kernel_.data();
    if (recurrent) {
      recurrent_kernel_ = array_arg<float>(kGraph, "recurrent_kernel", fields[7],
                                           {{"H", outputs}, {"G*H", columns}});
      spec_.recurrent_kernel = recurrent_kernel_.data();
    }
    if (spec_.kind == OpKind::embedding) return;
    bias_ = gru && spec_.reset_after
                ? optional_array_arg<float>(kGraph, "bias", fields[8], {{"2", 2}, {"3H", columns}})
                : optional_array_arg<float>(kGraph, "bias", fields[8], {{"G*H", columns}});
    spec_.bias = bias_.data();
  }

  OpSpec spec_;
  ArrayArg<float> kernel_, recurrent_kernel_, bias_;
};

WeightKind weight_kind(const std::string& weights) {
  if (weights == "float32") return WeightKind::float32;
  if (weights == "bfloat16") return WeightKind::bfloat16;
  raise_value(kGraph, "weights must be float32 or bfloat16", "'" + weights + "'");
}

std::unique_ptr<GraphObject> make_graph(const py::sequence& operations,
                                        const std::string& weights) {
  std::vector<OpArgs> args;
  for (const py::handle operation : operations) args.emplace_back(operation.cast<py::tuple>());
  std::vector<OpSpec> specs;
  specs.reserve(args.size());
  for (const OpArgs& arg : args) specs.push_back(arg.spec());
  std::string error;
  auto graph = Graph::make(specs.data(), specs.size(), &error, weight_kind(weights));
  if (graph == nullptr) throw py::value_error("[graph] " + error);
  return std::make_unique<GraphObject>(GraphObject{std::move(graph)});
}

std::unique_ptr<SessionObject> make_session(const GraphObject& graph, long batch) {
  if (batch < 1 || Session::bytes(*graph.graph, batch) == 0) {
    raise_value("session", "batch must be a positive number of rows", std::to_string(batch));
  }
  return std::make_unique<SessionObject>(graph.graph, batch);
}

// The steps of a sequence, a chunk at a time between looks at signals.
template <class X>
py::array run_sequence(SessionObject& s, const X* x, std::size_t steps) {
  Output<float> y({static_cast<std::size_t>(s.batch), steps, static_cast<std::size_t>(s.outputs)});
  const auto total = static_cast<long>(steps);
  const double step = microseconds(*s.session.graph(), s.batch) + 0.05;
  const long chunk = std::max(1L, static_cast<long>(kRunChunk / step));
  const Claim claim(kRun, s);
  RunScope scope;
  for (long t = 0; t < total && !scope.token()->poll(); t += chunk) {
    s.session.run(x, y.data(), total, t, std::min(total, t + chunk));
  }
  scope.finish();
  return y.take();
}

py::array run(SessionObject& s, py::handle x_arg) {
  const auto batch = static_cast<std::size_t>(s.batch);
  if (s.limit > 0) {
    const auto ids = array_arg<std::int32_t>(kRun, "x", x_arg, {{"B", batch}, {"T"}},
                                             "ids are an int32 array [B, T]");
    const auto n = static_cast<long>(ids.size());
    const long bad = nn::first_bad_id(ids.data(), n, s.limit);
    if (bad >= 0) raise_bad_id(kRun, ids.data()[bad], bad, s.limit);
    return run_sequence(s, ids.data(), ids.dim(1));
  }
  const auto x = array_arg<float>(kRun, "x", x_arg,
                                  {{"B", batch}, {"T"}, {"I", static_cast<std::size_t>(s.inputs)}},
                                  "B is the batch of the session, model.stream(batch=B)");
  return run_sequence(s, x.data(), x.dim(1));
}

std::size_t state_values(const SessionObject& s) {
  return static_cast<std::size_t>(s.session.graph()->state_size() * s.batch);
}

py::array get_state(SessionObject& s) {
  Output<float> state({state_values(s)});
  const Claim claim(kState, s);
  s.session.get_state(state.data());
  return state.take();
}

void set_state(SessionObject& s, py::handle values) {
  const auto state = array_arg<float>(kState, "state", values, {{"N", state_values(s)}});
  const Claim claim(kState, s);
  s.session.set_state(state.data());
}

}  // namespace

SessionObject::SessionObject(std::shared_ptr<const Graph> graph, long rows)
    : session(std::move(graph), rows), batch(rows) {
  const Graph& g = *session.graph();
  inputs = g.input_size();
  outputs = g.output_size();
  limit = g.input_limit();
  long_step = microseconds(g, rows) > kLongStep;
  if (limit > 0) narrow.resize(static_cast<std::size_t>(rows));
}

void check_idle(const char* op, const SessionObject& object) {
  if (!object.busy) return;
  throw std::runtime_error("[" + std::string(op) +
                           "] a session has one user at a time. Received: a call while another "
                           "thread computes. Hint: a session per thread, session.graph.session().");
}

void raise_bad_id(const char* op, long long id, long position, long limit) {
  throw py::index_error("[" + std::string(op) + "] ids must be in [0, input_dim) = [0, " +
                        std::to_string(limit) + "). Received: " + std::to_string(id) +
                        " at position " + std::to_string(position) + ".");
}

void init_session(py::module_& module) {
  py::class_<GraphObject>(module, "Graph",
                          "Operations with packed weights, which sessions share. Immutable.")
      .def(py::init(&make_graph), py::arg("operations"), py::arg("weights") = "float32")
      .def_property_readonly("reads_ids", [](const GraphObject& g) { return g.graph->reads_ids(); })
      .def_property_readonly("input_size",
                             [](const GraphObject& g) { return g.graph->input_size(); })
      .def_property_readonly("output_size",
                             [](const GraphObject& g) { return g.graph->output_size(); })
      .def_property_readonly("state_size",
                             [](const GraphObject& g) { return g.graph->state_size(); })
      .def_property_readonly("multiply_adds",
                             [](const GraphObject& g) { return g.graph->multiply_adds(); })
      .def_property_readonly("nbytes",
                             [](const GraphObject& g) { return g.graph->weight_bytes(); });
  py::class_<SessionObject> session(module, "Session", "A graph in use: states and scratch.");
  session.def(py::init(&make_session), py::arg("graph"), py::arg("batch") = 1)
      .def_property_readonly("batch", [](const SessionObject& s) { return s.batch; })
      .def_property_readonly("nbytes", [](const SessionObject& s) { return s.session.bytes(); })
      .def("run", &run, py::arg("x"), "x [B, T, I] or ids [B, T]: y [B, T, O].")
      .def("reset",
           [](SessionObject& s) {
             const Claim claim("reset", s);
             s.session.reset();
           })
      .def("get_state", &get_state, "All states, [piece][B][H] in one axis.")
      .def("set_state", &set_state, py::arg("state"));
  add_step(session);
}

}  // namespace tidegate::bindings
