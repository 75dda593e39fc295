// Sessions of the inference runtime, everything of them but `step`.

#include "bindings/session.h"

#include <algorithm>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "core/checked.h"
#include "nn/embedding.h"

namespace tidegate::bindings {
namespace {

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

std::unique_ptr<SessionObject> make_session(const GraphObject& graph, long batch, long steps) {
  if (!graph.graph->can_step() && steps < 1) {
    raise_value("session", graph.graph->step_error() + "; steps must be positive",
                std::to_string(steps), "graph.session(batch, steps=T) runs sequences of up to T");
  }
  if (batch < 1 || Session::bytes(*graph.graph, batch, steps) == 0) {
    raise_value("session", "batch must be a positive number of rows", std::to_string(batch));
  }
  return std::make_unique<SessionObject>(graph.graph, batch, steps);
}

// What a call of run reads. Keeps the arrays.
struct Sequences {
  std::vector<ArrayArg<float>> values;
  std::vector<ArrayArg<std::int32_t>> ids;
  std::vector<InputRows> rows;
  std::optional<std::size_t> steps;  // T, once it is known
};

// Whether a run reads a row per step of this input; graphs that can step always do.
bool has_steps(const Graph& graph, std::size_t input) {
  return graph.can_step() || graph.input_is_sequence(input);
}

void add_ids(const SessionObject& s, std::size_t input, py::handle x, Sequences& to) {
  const Graph& graph = *s.session.graph();
  const Axis rows{"B", static_cast<std::size_t>(s.batch)}, steps{"T", to.steps};
  const bool sequence = has_steps(graph, input);
  const auto ids =
      sequence
          ? array_arg<std::int32_t>(kRun, "x", x, {rows, steps}, "ids are an int32 array [B, T]")
          : array_arg<std::int32_t>(kRun, "x", x, {rows}, "ids are an int32 array [B]");
  const long limit = graph.input_limit(input);
  const long bad = nn::first_bad_id(ids.data(), static_cast<long>(ids.size()), limit);
  if (bad >= 0) raise_bad_id(kRun, ids.data()[bad], bad, limit);
  if (sequence) to.steps = ids.dim(1);
  to.rows.push_back({nullptr, ids.data()});
  to.ids.push_back(ids);
}

void add_values(const SessionObject& s, std::size_t input, py::handle x, Sequences& to) {
  const Graph& graph = *s.session.graph();
  const Axis rows{"B", static_cast<std::size_t>(s.batch)}, steps{"T", to.steps};
  const Axis width{"I", static_cast<std::size_t>(graph.input_size(input))};
  const char* hint = "B is the batch of the session, model.stream(batch=B)";
  const bool sequence = has_steps(graph, input);
  const auto values = sequence ? array_arg<float>(kRun, "x", x, {rows, steps, width}, hint)
                               : array_arg<float>(kRun, "x", x, {rows, width}, hint);
  if (sequence) to.steps = values.dim(1);
  to.rows.push_back({values.data(), nullptr});
  to.values.push_back(values);
}

void add_sequence(const SessionObject& s, std::size_t input, py::handle x, Sequences& to) {
  if (s.session.graph()->reads_ids(input)) {
    add_ids(s, input, x, to);
  } else {
    add_values(s, input, x, to);
  }
}

// The shape of an output over `steps` steps.
std::vector<std::size_t> output_shape(const SessionObject& s, std::size_t output, long steps) {
  const Graph& graph = *s.session.graph();
  std::vector<std::size_t> shape{static_cast<std::size_t>(s.batch)};
  if (graph.can_step()) {
    shape.push_back(static_cast<std::size_t>(steps));
  } else if (graph.output_is_sequence(output)) {
    shape.push_back(static_cast<std::size_t>(graph.output_steps(output, steps)));
  }
  shape.push_back(static_cast<std::size_t>(graph.output_size(output)));
  return shape;
}

void check_steps(const SessionObject& s, long steps) {
  const Graph& graph = *s.session.graph();
  if (graph.can_step()) return;
  if (steps < 1 || steps > s.session.steps()) {
    raise_value(kRun,
                "a sequence must have 1 step or more and at most the session's steps, " +
                    std::to_string(s.session.steps()),
                std::to_string(steps), "graph.session(batch, steps=T) runs sequences of up to T");
  }
  for (std::size_t o = 0; o < graph.output_count(); ++o) {
    if (graph.output_steps(o, steps) < 1) {
      raise_value(kRun,
                  "a sequence must be as long as the windows of every convolution, and values "
                  "that are joined of one length",
                  std::to_string(steps));
    }
  }
}

// The steps of a sequence, a chunk at a time between looks at signals; or all at once where the
// graph cannot step.
void run_steps(SessionObject& s, const InputRows* x, float* const* y, long total) {
  const Graph& graph = *s.session.graph();
  const double step = microseconds(graph, s.batch) + 0.05;
  const long chunk = graph.can_step() ? std::max(1L, static_cast<long>(kRunChunk / step)) : total;
  const Claim claim(kRun, s);
  RunScope scope;
  for (long t = 0; t < total && !scope.token()->poll(); t += chunk) {
    s.session.run(x, y, total, t, std::min(total, t + chunk));
  }
  scope.finish();
}

py::object run(SessionObject& s, py::handle x) {
  const Graph& graph = *s.session.graph();
  Sequences in;
  if (graph.input_count() == 1) {
    add_sequence(s, 0, x, in);
  } else {
    const auto arrays = arrays_arg(kRun, "x", x, graph.input_count(), "inputs");
    for (std::size_t i = 0; i < arrays.size(); ++i) add_sequence(s, i, arrays[i], in);
  }
  const auto total = static_cast<long>(in.steps.value_or(1));
  check_steps(s, total);
  std::vector<Output<float>> out;
  std::vector<float*> y;
  for (std::size_t o = 0; o < graph.output_count(); ++o) {
    out.emplace_back(output_shape(s, o, total));
    y.push_back(out.back().data());
  }
  run_steps(s, in.rows.data(), y.data(), total);
  if (out.size() == 1) return out.front().take();
  py::list results;
  for (Output<float>& one : out) results.append(one.take());
  return results;
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

SessionObject::SessionObject(std::shared_ptr<const Graph> graph, long rows, long steps)
    : session(std::move(graph), rows, steps), batch(rows) {
  const Graph& g = *session.graph();
  if (!session) throw std::bad_alloc();
  inputs = g.input_size();
  outputs = g.output_size();
  limit = g.input_limit();
  long_step = microseconds(g, rows) > kLongStep;
  one_of_each = g.input_count() == 1 && g.output_count() == 1;
  steps_one = one_of_each && g.can_step();
  for (std::size_t i = 0; i < g.input_count(); ++i) ids += g.reads_ids(i) ? 1 : 0;
  narrow.resize(ids * static_cast<std::size_t>(rows));
}

std::vector<py::object> arrays_arg(const char* op, const char* name, py::handle value,
                                   std::size_t count, const char* what) {
  const std::string rule = std::string(name) + " must be a list or tuple of " +
                           std::to_string(count) + " arrays, one for each of the graph's " + what;
  if (!py::isinstance<py::list>(value) && !py::isinstance<py::tuple>(value)) {
    raise_type(op, rule, Py_TYPE(value.ptr())->tp_name);
  }
  std::vector<py::object> arrays;
  for (const py::handle one : value) arrays.push_back(py::reinterpret_borrow<py::object>(one));
  if (arrays.size() != count) raise_value(op, rule, std::to_string(arrays.size()));
  return arrays;
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
  py::class_<SessionObject> session(module, "Session", "A graph in use: states and scratch.");
  session.def(py::init(&make_session), py::arg("graph"), py::arg("batch") = 1, py::arg("steps") = 0)
      .def_property_readonly("batch", [](const SessionObject& s) { return s.batch; })
      .def_property_readonly("steps", [](const SessionObject& s) { return s.session.steps(); })
      .def_property_readonly("nbytes", [](const SessionObject& s) { return s.session.bytes(); })
      .def("run", &run, py::arg("x"), "Each x [B, T, I] or ids [B, T]: each y [B, T, O].")
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
