#include "rnn/cuts.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

using namespace tidegate;

namespace {

void check_cuts(const SequencePlan& plan) {
  const auto chunks = chunk_steps(plan);
  long step = 0;
  for (const Range& chunk : chunks) {
    CHECK(chunk.begin == step);
    CHECK(chunk.end > chunk.begin);
    step = chunk.end;
    const long rows = plan.offset(chunk.end) - plan.offset(chunk.begin);
    const long parts = chunk_count(rows);
    for (long i = 0; i < parts; ++i) {
      const Range part = share(rows, i, parts);
      CHECK(part.end > part.begin);
      CHECK(part.end - part.begin <= kMostChunkRows);
    }
    const bool several = chunk.end - chunk.begin > 1;
    if (several) CHECK(parts == 1);
  }
  CHECK(step == plan.active_steps());
  const auto windows = window_steps(plan, chunks);
  step = 0;
  std::size_t next = 0;
  for (const Range& window : windows) {
    CHECK(window.begin == step);
    step = window.end;
    while (next < chunks.size() && chunks[next].end < window.end) ++next;
    REQUIRE(next < chunks.size());
    CHECK(chunks[next].end == window.end);
    const long length = window.end - window.begin;
    if (window.end < plan.active_steps())
      CHECK(length * length >= plan.active_steps() - 2 * length);
  }
  CHECK(step == plan.active_steps());
}

}  // namespace

TEST_CASE("cuts cover every step once, windows are whole chunks") {
  for (const long batch : {0L, 1L, 3L, 8L, 100L, 130L, 171L, 255L, 256L, 257L, 383L, 384L, 1000L}) {
    for (const long steps : {0L, 1L, 2L, 50L, 1000L}) {
      check_cuts(SequencePlan(batch, steps, false, nullptr));
    }
  }
}

TEST_CASE("cuts of sorted rows, which drop out one after another") {
  for (const long batch : {2L, 90L, 300L, 900L}) {
    const long steps = 40;
    std::vector<std::uint8_t> values;
    std::vector<std::int32_t> lengths, order;
    for (long b = 0; b < batch; ++b) {
      const long n = steps - steps * b / batch;
      for (long t = 0; t < steps; ++t) values.push_back(t < n ? 1 : 0);
      lengths.push_back(static_cast<std::int32_t>(n));
      order.push_back(static_cast<std::int32_t>(b));
    }
    const MaskView view{MaskView::Kind::right, values.data(), lengths.data(), order.data()};
    check_cuts(SequencePlan(batch, steps, false, &view));
  }
}

TEST_CASE("a sequence of 4096 steps of 8 rows is cut every 64 steps") {
  const SequencePlan plan(8, 4096, false, nullptr);
  const auto chunks = chunk_steps(plan);
  CHECK(chunks.size() == 128);
  CHECK(window_steps(plan, chunks).size() == 64);
}

TEST_CASE("the same lengths are cut in the same places, with a mask and without") {
  const long batch = 13, steps = 70;
  const std::vector<std::uint8_t> values(static_cast<std::size_t>(batch * steps), 1);
  std::vector<std::int32_t> lengths(static_cast<std::size_t>(batch), 70), order;
  for (std::int32_t b = 0; b < batch; ++b) order.push_back(b);
  const MaskView view{MaskView::Kind::right, values.data(), lengths.data(), order.data()};
  const auto masked = chunk_steps(SequencePlan(batch, steps, false, &view));
  const auto plain = chunk_steps(SequencePlan(batch, steps, false, nullptr));
  REQUIRE(masked.size() == plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) CHECK(masked[i].end == plain[i].end);
}
