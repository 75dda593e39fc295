// The least program that runs a model, whose size CI measures: main MODEL.tide.
#include <tidegate/model_file.h>
#include <tidegate/session.h>

int main(int count, char** arguments) {
  if (count != 2) return 1;
  const auto graph = tidegate::load_graph(arguments[1], nullptr);
  if (graph == nullptr) return 2;
  tidegate::Session session(graph);
  float x[3] = {0.5F, -0.25F, 1}, y[2] = {};
  for (int i = 0; i < 10; ++i) session.step(x, y);
  return y[0] > 0 && y[0] < 1 && y[1] == y[1] ? 0 : 3;
}
