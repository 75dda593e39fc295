// One dense layer, y = relu(x * W + b), through the public headers alone. Returns 0 if y is right.
#include <tidegate/graph.h>
#include <tidegate/session.h>

#include <string>

int main() {
  const float kernel[] = {1, 2, 3, 4, 5, 6};  // [2, 3]
  const float bias[] = {0, -100, 1};
  tidegate::OpSpec ops[2];
  ops[0].kind = tidegate::OpKind::input;
  ops[0].outputs = 2;
  tidegate::OpSpec& dense = ops[1];
  dense.kind = tidegate::OpKind::dense;
  dense.inputs = 2;
  dense.outputs = 3;
  dense.activation = tidegate::ActivationKind::relu;
  dense.kernel = kernel;
  dense.bias = bias;
  tidegate::GraphSpec spec;
  spec.ops = ops;
  spec.count = 2;
  std::string error;
  const auto graph = tidegate::Graph::make(spec, &error);
  if (graph == nullptr) {
    return 1;
  }
  tidegate::Session session(graph, 1);
  const float x[] = {10, 1};
  float y[3] = {};
  session.step(x, y);
  return y[0] == 14 && y[1] == 0 && y[2] == 37 ? 0 : 2;
}
