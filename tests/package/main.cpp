// Graphs made through the public headers alone: a dense layer that steps, and one whose steps are
// turned round, which runs whole sequences. Returns 0 if all is right.
#include <tidegate/graph.h>
#include <tidegate/session.h>

#include <cstddef>
#include <string>

namespace {

using tidegate::Graph;
using tidegate::OpKind;
using tidegate::OpSpec;
using tidegate::Session;

// y = relu(x * W + b), with its steps from the last to the first if `turned`.
std::shared_ptr<const Graph> dense(bool turned) {
  const float kernel[] = {1, 2, 3, 4, 5, 6};  // [2, 3]
  const float bias[] = {0, -100, 1};
  OpSpec ops[3];
  ops[0].kind = OpKind::input;
  ops[0].outputs = 2;
  ops[1].kind = OpKind::dense;
  ops[1].inputs = 2;
  ops[1].outputs = 3;
  ops[1].activation = tidegate::ActivationKind::relu;
  ops[1].kernel = kernel;
  ops[1].bias = bias;
  ops[2].kind = OpKind::reverse;
  ops[2].inputs = ops[2].outputs = 3;
  tidegate::GraphSpec spec;
  spec.ops = ops;
  spec.count = turned ? 3 : 2;
  std::string error;
  return Graph::make(spec, &error);
}

bool is(const float* y, float a, float b, float c) { return y[0] == a && y[1] == b && y[2] == c; }

bool steps() {
  const auto graph = dense(false);
  if (graph == nullptr) return false;
  Session session(graph, 1);
  const float x[] = {10, 1};
  float y[3] = {};
  return session.step(x, y) == Session::kDone && is(y, 14, 0, 37);
}

bool sequences() {
  const auto graph = dense(true);
  if (graph == nullptr || graph->can_step() || graph->output_steps(0, 2) != 2) return false;
  alignas(Session::kAlignment) static std::byte block[1 << 14];
  if (Session::bytes(*graph, 1, 0) != 0 || Session::bytes(*graph, 1, 4) > sizeof block)
    return false;
  Session session(graph, 1, block, 4);
  const float x[] = {10, 1, 0, 100};  // [2, 2]
  float y[6] = {};
  if (session.step(x, y) != Session::kRefused || y[0] != 0) return false;
  if (session.run(x, y, 5, 0, 5) != Session::kRefused) return false;
  if (session.run(x, y, 2, 0, 2) != Session::kDone) return false;
  return is(y, 400, 400, 601) && is(y + 3, 14, 0, 37);
}

}  // namespace

int main() {
  if (!steps()) return 1;
  return sequences() ? 0 : 2;
}
