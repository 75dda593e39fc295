#include "tidegate/session.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <thread>
#include <utility>

#include "core/float_env.h"
#include "every_kind.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

constexpr long kSteps = 21;  // more than the sequence driver projects ahead at once
constexpr ActivationKind kActivations[] = {ActivationKind::tanh, ActivationKind::sigmoid,
                                           ActivationKind::relu, ActivationKind::linear,
                                           ActivationKind::hard_sigmoid};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void steps_equal_sequence(Network& network, long batch) {
  const auto graph = network.graph();
  const auto x = network.normal(batch * kSteps * graph->input_size());
  const auto expected = network.sequence(x, batch, kSteps);
  Session session(graph, batch);
  CHECK(same_bits(stepped(session, x, kSteps), expected));
  session.reset();
  std::vector<float> y(expected.size());
  session.run(x.data(), y.data(), kSteps, 0, 8);
  step_through(session, x, y, kSteps, 8, 10);
  session.run(x.data(), y.data(), kSteps, 10, kSteps);
  CHECK(same_bits(y, expected));
}

Network stack() {
  Network network;
  network.add(OpKind::lstm, 5, 19)
      .add(OpKind::activation, 19, 19, ActivationKind::relu)
      .add(OpKind::gru, 19, 33)
      .add(OpKind::dense, 33, 9, ActivationKind::hard_sigmoid)
      .add(OpKind::gru, 9, 16, ActivationKind::tanh, true, false)
      .add(OpKind::simple_rnn, 16, 70)
      .add(OpKind::dense, 70, 11, ActivationKind::softmax);
  return network;
}

// For many steps, where the scalar target or an emulator runs them.
Network small() {
  Network network;
  network.add(OpKind::lstm, 3, 8).add(OpKind::gru, 8, 9).add(OpKind::dense, 9, 2);
  return network;
}

}  // namespace

TEST_CASE("steps are the bits of the sequence call, for each cell and size") {
  for (const long batch : {1, 2, 3, 7, 20}) {
    for (const long units : {1, 8, 16, 37, 70}) {
      for (const bool bias : {false, true}) {
        const auto one = [&](OpKind kind, bool reset_after) {
          Network network;
          network.add(kind, 5, units, ActivationKind::tanh, bias, reset_after);
          steps_equal_sequence(network, batch);
        };
        CAPTURE(batch);
        CAPTURE(units);
        one(OpKind::lstm, true);
        one(OpKind::gru, true);
        one(OpKind::gru, false);
        one(OpKind::simple_rnn, true);
        one(OpKind::dense, true);
      }
    }
  }
}

TEST_CASE("steps are the bits of the sequence call, for each pair of activations") {
  for (const ActivationKind activation : kActivations) {
    for (const ActivationKind recurrent : kActivations) {
      for (const bool reset_after : {false, true}) {
        Network network;
        network.add(OpKind::gru, 3, 10, activation, true, reset_after, recurrent);
        network.add(OpKind::lstm, 10, 9, activation, true, true, recurrent);
        network.add(OpKind::simple_rnn, 9, 8, activation);
        network.add(OpKind::activation, 8, 8, recurrent);
        steps_equal_sequence(network, 2);
      }
    }
  }
}

TEST_CASE("steps of a stack are the bits of the sequence call") {
  for (const long batch : {1, 2, 5}) {
    Network network = stack();
    steps_equal_sequence(network, batch);
  }
}

TEST_CASE("ids read rows of the table, one out of range changes nothing") {
  Network network;
  network.add(OpKind::embedding, 6, 4).add(OpKind::gru, 4, 7);
  const auto graph = network.graph();
  CHECK(graph->reads_ids());
  CHECK(graph->input_limit() == 6);
  const std::vector<std::int32_t> ids{5, 0, 3, 3, 1, 2};  // [B 2, T 3]
  std::vector<float> rows;
  for (const std::int32_t id : ids) {
    const float* row = network.ops().front().kernel + id * 4;
    rows.insert(rows.end(), row, row + 4);
  }
  Network rest;
  rest.ops().push_back(network.ops()[1]);
  const auto expected = rest.sequence(rows, 2, 3);
  Session session(graph, 2);
  std::vector<float> y(expected.size());
  CHECK(session.run(ids.data(), y.data(), 3, 0, 3) == -1);
  CHECK(same_bits(y, expected));

  std::vector<float> before(at(2 * graph->state_size())), after(before.size());
  session.get_state(before.data());
  const std::vector<float> untouched = y;
  for (const std::int32_t bad : {6, -1, std::numeric_limits<std::int32_t>::min()}) {
    const std::int32_t step[2] = {0, bad};
    CHECK(session.step(step, y.data()) == 1);
    const std::int32_t sequence[4] = {0, 0, 0, bad};
    CHECK(session.run(sequence, y.data(), 2, 0, 2) == 3);
  }
  session.get_state(after.data());
  CHECK(same_bits(before, after));
  CHECK(same_bits(y, untouched));

  Network table;
  table.add(OpKind::embedding, 6, 4);
  Session lookup(table.graph(), 2);
  const std::int32_t pair[2] = {5, 1};
  std::vector<float> found(8);
  CHECK(lookup.step(pair, found.data()) == -1);
  CHECK(std::memcmp(found.data() + 4, table.ops().front().kernel + 4, 4 * sizeof(float)) == 0);
}

TEST_CASE("a state that was taken out and put into another session goes on with the same bits") {
  Network network = stack();
  const auto graph = network.graph();
  const auto x = network.normal(3 * kSteps * 5);
  const auto expected = network.sequence(x, 3, kSteps);
  for (const long cut : {0L, 1L, 6L, 7L}) {  // both parities of the double buffer
    std::vector<float> y(expected.size());
    Session first(graph, 3);
    step_through(first, x, y, kSteps, 0, cut);
    std::vector<float> state(at(3 * graph->state_size()));
    first.get_state(state.data());
    Session second(graph, 3);
    step_through(second, x, y, kSteps, 0, 3);  // other states, the other parity
    second.set_state(state.data());
    step_through(second, x, y, kSteps, cut, kSteps);
    std::vector<float> again(expected.size());
    Session whole(graph, 3);
    step_through(whole, x, again, kSteps, 0, kSteps);
    for (long r = 0; r < 3; ++r) {
      const long begin = (r * kSteps + cut) * graph->output_size();
      const long end = (r + 1) * kSteps * graph->output_size();
      CHECK(std::memcmp(y.data() + begin, again.data() + begin, at(end - begin) * sizeof(float)) ==
            0);
    }
    CHECK(same_bits(again, expected));
  }
}

TEST_CASE("sessions of one graph do not see each other; the graph outlives the names for it") {
  Network network = stack();
  auto graph = network.graph();
  const auto x = network.normal(kSteps * 5), other = network.normal(kSteps * 5);
  const auto expected = network.sequence(x, 1, kSteps);
  Session a(graph, 1), b(graph, 1);
  CHECK(a.bytes() == Session::bytes(*graph, 1));
  graph.reset();
  std::vector<float> y(expected.size()), noise(expected.size());
  for (long t = 0; t < kSteps; ++t) {
    step_through(a, x, y, kSteps, t, t + 1);
    step_through(b, other, noise, kSteps, t, t + 1);
  }
  CHECK(same_bits(y, expected));
  CHECK(!same_bits(noise, expected));
  Session moved(std::move(a));
  moved.reset();
  CHECK(same_bits(stepped(moved, x, kSteps), expected));
  b = std::move(moved);
  b.reset();
  CHECK(same_bits(stepped(b, x, kSteps), expected));
}

TEST_CASE("ten thousand steps are the bits of one sequence call, handed on in the middle") {
  constexpr long kMany = 10000, kMiddle = 5001;
  Network network = small();
  const auto graph = network.graph();
  const auto x = network.normal(kMany * 3);
  const auto expected = network.sequence(x, 1, kMany);
  Session whole(graph, 1);
  CHECK(same_bits(stepped(whole, x, kMany), expected));
  Session first(graph, 1), second(graph, 1);
  std::vector<float> y(expected.size()), state(at(graph->state_size()));
  step_through(first, x, y, kMany, 0, kMiddle);
  first.get_state(state.data());
  second.set_state(state.data());
  step_through(second, x, y, kMany, kMiddle, kMany);
  CHECK(same_bits(y, expected));
}

// Who steps a session changes with every step.
TEST_CASE("a thousand sessions in turns on eight threads give the bits of one after the other") {
  constexpr long kSessions = 1000, kThreads = 8;
  Network network = small();
  const auto graph = network.graph();
  const auto x = network.normal(kSessions * kSteps * 3);
  std::vector<Session> sessions;
  std::vector<std::vector<float>> inputs, y;
  for (long s = 0; s < kSessions; ++s) {
    sessions.emplace_back(graph, 1);
    inputs.emplace_back(x.begin() + s * kSteps * 3, x.begin() + (s + 1) * kSteps * 3);
    y.emplace_back(at(kSteps * graph->output_size()));
  }
  for (long t = 0; t < kSteps; ++t) {
    std::vector<std::thread> threads;
    for (long i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        for (long s = (i + t) % kThreads; s < kSessions; s += kThreads) {
          step_through(sessions[at(s)], inputs[at(s)], y[at(s)], kSteps, t, t + 1);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  long right = 0;
  for (long s = 0; s < kSessions; ++s) {
    Session alone(graph, 1);
    right += same_bits(stepped(alone, inputs[at(s)], kSteps), y[at(s)]) ? 1 : 0;
  }
  CHECK(right == kSessions);
  CHECK(!same_bits(y.front(), y.back()));
}

TEST_CASE("eight threads with sessions of one graph give the bits of one thread") {
  Network network = stack();
  const auto graph = network.graph();
  const auto x = network.normal(kSteps * 5);
  const auto expected = network.sequence(x, 1, kSteps);
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      std::vector<Session> sessions;
      for (int s = 0; s < 20; ++s) sessions.emplace_back(graph, 1);
      std::vector<std::vector<float>> y(sessions.size(), std::vector<float>(expected.size()));
      for (long t = 0; t < kSteps; ++t) {
        for (std::size_t s = 0; s < y.size(); ++s)
          step_through(sessions[s], x, y[s], kSteps, t, t + 1);
      }
      for (const auto& streamed : y) right += same_bits(streamed, expected) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 8 * 20);
}

TEST_CASE("a session lives in the caller's block, which need not be clean") {
  Network network = stack();
  const auto graph = network.graph();
  const auto x = network.normal(2 * kSteps * 5);
  const std::size_t bytes = Session::bytes(*graph, 2);
  void* block = ::operator new (bytes, std::align_val_t{Session::kAlignment});
  std::memset(block, 0xff, bytes);
  {
    Session session(graph, 2, block);
    CHECK(session.bytes() == bytes);
    CHECK(same_bits(stepped(session, x, kSteps), network.sequence(x, 2, kSteps)));
  }
  ::operator delete (block, std::align_val_t{Session::kAlignment});
}

TEST_CASE("no batch that is not positive or cannot be addressed") {
  Network network;
  network.add(OpKind::lstm, 5, 19);
  const auto graph = network.graph();
  for (const long batch : {0L, -1L, std::numeric_limits<long>::max(), 1L << 40}) {
    CHECK(Session::bytes(*graph, batch) == 0);
    CHECK(!Session(graph, batch));
  }
  CHECK(Session::bytes(*graph, 2) > Session::bytes(*graph, 1));
}

#if defined(__x86_64__)
TEST_CASE("the float environment after a step is the one before, whichever it was") {
  Network network;
  network.add(OpKind::gru, 4, 4);
  Session session(network.graph(), 1);
  const float x[4] = {1, 2, 3, 4};
  float y[4];
  constexpr unsigned kModes = 0xffc0;  // without the sticky flags
  const unsigned before = _mm_getcsr();
  session.step(x, y);
  CHECK((_mm_getcsr() & kModes) == (before & kModes));
  {
    const FlushDenormals flush;
    const unsigned flushing = _mm_getcsr();
    session.step(x, y);
    CHECK((_mm_getcsr() & kModes) == (flushing & kModes));
  }
}
#endif

TEST_CASE("a state that decays into denormals is flushed, and costs nothing") {
  Network network;
  network.add(OpKind::simple_rnn, 1, 1, ActivationKind::linear, false);
  const float kernel = 1, recurrent = 0.5F;
  network.ops().front().kernel = &kernel;
  network.ops().front().recurrent_kernel = &recurrent;
  Session session(network.graph(), 1);
  float x = 1, y = 0;
  session.step(&x, &y);
  x = 0;
  for (int i = 0; i < 127; ++i) session.step(&x, &y);
  CHECK((y == 0) == FlushDenormals::kPossible);
}

namespace {

// Rows [B, T] of both inputs of EveryKind.
struct Sequence {
  Sequence(long batch, long steps)
      : x(Network(3).normal(batch * steps * 4)), ids(at(batch * steps)) {
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int32_t>(i * 5 % 9);
  }
  // Of one step.
  Sequence at_step(long batch, long steps, long t) const {
    Sequence row(batch, 1);
    for (long r = 0; r < batch; ++r) {
      std::copy_n(x.begin() + (r * steps + t) * 4, 4, row.x.begin() + r * 4);
      row.ids[at(r)] = ids[at(r * steps + t)];
    }
    return row;
  }
  std::array<InputRows, 2> rows() const {
    return {InputRows{x.data(), nullptr}, InputRows{nullptr, ids.data()}};
  }

  std::vector<float> x;
  std::vector<std::int32_t> ids;
};

}  // namespace

TEST_CASE("a graph of every kind: runs are steps, states go out and in, a bad id changes nothing") {
  const auto graph = EveryKind(false).graph();
  for (const long batch : {1L, 3L}) {
    const Sequence whole(batch, kSteps);
    std::vector<float> y(at(batch * kSteps * 6)), pooled(at(batch * kSteps * 12));
    float* const out[2] = {y.data(), pooled.data()};
    Session session(graph, batch);
    CHECK(session.run(whole.rows().data(), out, kSteps, 0, kSteps) == Session::kDone);

    session.reset();
    std::vector<float> y_t(at(batch * 6)), pooled_t(at(batch * 12));
    float* const out_t[2] = {y_t.data(), pooled_t.data()};
    std::vector<float> state(at(batch * graph->state_size())), after(state.size());
    for (long t = 0; t < kSteps; ++t) {
      Sequence row = whole.at_step(batch, kSteps, t);
      session.get_state(state.data());
      Session other(graph, batch);
      other.set_state(state.data());
      row.ids.back() = 9;
      CHECK(session.step(row.rows().data(), out_t) == batch + batch - 1);
      session.get_state(after.data());
      CHECK(same_bits(state, after));
      row.ids.back() = whole.ids[at((batch - 1) * kSteps + t)];
      CHECK(other.step(row.rows().data(), out_t) == Session::kDone);
      const std::vector<float> from_other = y_t;
      CHECK(session.step(row.rows().data(), out_t) == Session::kDone);
      CHECK(same_bits(from_other, y_t));
      for (long r = 0; r < batch; ++r) {
        const auto sizes = {std::pair{&y, &y_t}, std::pair{&pooled, &pooled_t}};
        for (const auto& [all, one] : sizes) {
          const long width = static_cast<long>(one->size()) / batch;
          CHECK(std::memcmp(all->data() + (r * kSteps + t) * width, one->data() + r * width,
                            at(width) * sizeof(float)) == 0);
        }
      }
    }
  }
}

TEST_CASE("a graph that cannot step refuses steps and sequences that do not fit") {
  const auto graph = EveryKind(true).graph();
  const Sequence in(2, 5);
  std::vector<float> y(at(2 * 5 * 6)), pooled(at(2 * 12));
  float* const out[2] = {y.data(), pooled.data()};
  CHECK(!Session(graph, 2));
  Session session(graph, 2, 5);
  const auto rows = in.rows();
  CHECK(session.step(rows.data(), out) == Session::kRefused);
  CHECK(session.step(in.x.data(), y.data()) == Session::kRefused);
  CHECK(session.step(in.ids.data(), y.data()) == Session::kRefused);
  CHECK(y == std::vector<float>(y.size()));
  CHECK(session.run(rows.data(), out, 5, 0, 4) == Session::kRefused);
  CHECK(session.run(rows.data(), out, 5, 1, 5) == Session::kRefused);
  CHECK(session.run(rows.data(), out, 6, 0, 6) == Session::kRefused);
  CHECK(session.run(rows.data(), out, 0, 0, 0) == Session::kRefused);
  CHECK(session.run(rows.data(), out, 5, 0, 5) == Session::kDone);
  const std::vector<float> first = y;
  Session roomy(graph, 2, 9);
  CHECK(roomy.run(rows.data(), out, 5, 0, 5) == Session::kDone);
  CHECK(same_bits(first, y));
  std::vector<std::int32_t> ids = in.ids;
  ids[7] = -1;
  const InputRows bad[2] = {rows[0], {nullptr, ids.data()}};
  CHECK(roomy.run(bad, out, 5, 0, 5) == 2 * 5 + 7);
}
