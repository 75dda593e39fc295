#include "tidegate/graph.h"

#include <doctest/doctest.h>

#include "every_kind.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

std::string error_of(Network& network) {
  std::string error;
  CHECK(network.make(&error) == nullptr);
  CHECK(network.make(nullptr) == nullptr);
  return error;
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("sizes of a graph") {
  Network network;
  network.add(OpKind::lstm, 3, 8).add(OpKind::gru, 8, 5).add(OpKind::dense, 5, 2);
  const auto graph = network.graph();
  CHECK(graph->input_size() == 3);
  CHECK(graph->output_size() == 2);
  CHECK(graph->state_size() == 2 * 8 + 5);
  CHECK(graph->multiply_adds() == (3 + 8) * 4 * 8 + (8 + 5) * 3 * 5 + 5 * 2);
  CHECK(graph->weight_bytes() >= 4U * at(graph->multiply_adds()));
  CHECK(!graph->reads_ids());
  CHECK(graph->input_limit() == 0);
}

TEST_CASE("weights are copied") {
  Network network;
  network.add(OpKind::dense, 2, 1);
  std::vector<float> kernel{1, 2};
  network.ops().front().kernel = kernel.data();
  network.ops().front().bias = nullptr;
  network.ops().front().activation = ActivationKind::linear;
  Session session(network.graph());
  kernel = {7, 7};
  const float x[2] = {1, 1};
  float y = 0;
  session.step(x, &y);
  CHECK(y == 3);
}

TEST_CASE("operations that do not fit are refused, with the reason") {
  std::string error;
  CHECK(Graph::make(GraphSpec{}, &error) == nullptr);
  CHECK(has(error, "at least one operation"));

  Network gap;
  gap.add(OpKind::lstm, 3, 8).add(OpKind::dense, 7, 2);
  CHECK(has(error_of(gap), "operation 2: inputs must be the outputs of what it reads, 8"));
  CHECK(has(error_of(gap), "8. Received: 7"));

  Network late;
  late.add(OpKind::dense, 3, 8).add(OpKind::embedding, 8, 2);
  CHECK(has(error_of(late), "an embedding reads an input of ids"));

  Network empty;
  empty.add(OpKind::dense, 3, 8);
  empty.ops().front().outputs = 0;
  CHECK(has(error_of(empty), "sizes must be positive"));

  Network wide;
  wide.add(OpKind::activation, 3, 8);
  CHECK(has(error_of(wide), "as many outputs as inputs"));

  Network bare;
  bare.add(OpKind::gru, 3, 8);
  bare.ops().front().recurrent_kernel = nullptr;
  CHECK(has(error_of(bare), "the recurrent kernel is missing"));
  bare.ops().front().kernel = nullptr;
  CHECK(has(error_of(bare), "the kernel is missing"));

  Network soft;
  soft.add(OpKind::lstm, 3, 8, ActivationKind::softmax);
  CHECK(has(error_of(soft), "softmax is no activation of a recurrent layer"));
}

TEST_CASE("specifications that no file can hold are refused too") {
  const auto fault = [](std::vector<OpSpec> ops) {
    std::string error;
    const auto graph = Graph::make({.ops = ops.data(), .count = ops.size()}, &error);
    CHECK(graph == nullptr);
    return error;
  };
  const OpSpec ids{.kind = OpKind::input, .outputs = 1, .ids = true};
  CHECK(has(fault({ids}), "ids cannot leave the graph"));
  const OpSpec input{.kind = OpKind::input, .outputs = 3};
  OpSpec join{.kind = OpKind::add, .inputs = 3, .outputs = 3};
  join.read_count = 2;
  CHECK(has(fault({input, join}), "without a list of what it reads, an operation reads one"));
  const OpSpec huge{.kind = OpKind::input, .outputs = long{1} << 62};
  CHECK(has(fault({huge}), "sizes must be below 2^31"));
}

TEST_CASE("a graph of every kind: sizes, what is named when it cannot step") {
  const auto graph = EveryKind(false).graph();
  CHECK(graph->input_count() == 2);
  CHECK(graph->input_size(0) == 4);
  CHECK(!graph->reads_ids(0));
  CHECK(graph->reads_ids(1));
  CHECK(graph->input_limit(1) == 9);
  CHECK(graph->output_count() == 2);
  CHECK(graph->output_size(1) == 12);
  CHECK(graph->output_is_sequence(0));
  CHECK(!graph->output_is_sequence(1));
  CHECK(graph->can_step());
  // conv: 4 rows of 8; lstm h, c; gru, simple_rnn h; the mean and its count; the largest
  CHECK(graph->state_size() == 4 * 8 + 4 * 6 + 6 + 2 + 6);

  const auto whole = EveryKind(true).graph();
  CHECK(has(whole->step_error(), "operation 4 cannot run step by step: its windows reach"));
  CHECK(whole->state_size() == 0);
  CHECK(whole->output_steps(0, 13) == 13);
  CHECK(whole->output_steps(1, 13) == 1);
  CHECK(Session::bytes(*whole, 1, 0) == 0);
  CHECK(Session::bytes(*whole, 1, 99) > Session::bytes(*whole, 1, 1));
}

TEST_CASE("an operation is named in errors") {
  Network gap;
  gap.add(OpKind::lstm, 3, 8).add(OpKind::dense, 7, 2);
  gap.ops()[1].name = "head";
  CHECK(has(error_of(gap), "operation 2 'head': inputs must be the outputs"));
}
