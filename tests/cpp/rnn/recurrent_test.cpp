#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/last_run.h"
#include "core/team.h"
#include "run.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

template <class T>
std::vector<T> results_with(Case c, int threads, Split split) {
  const Limit limit(threads);
  c.split = split;
  const Run<T> run(c);
  CHECK(run.sizes_as_foretold());
  return run.results();
}

template <class T>
void same_bits_for_every_schedule(const Case& c) {
  const auto one = results_with<T>(c, 1, Split::automatic);
  for (const auto& [threads, kind] :
       {std::pair{2, Split::batch}, {3, Split::units}, {8, Split::both}}) {
    const Split split = kind;  // clang 14 captures no structured binding
    const auto many = results_with<T>(c, threads, split);
    REQUIRE(one.size() == many.size());
    CHECK_MESSAGE(std::memcmp(one.data(), many.data(), one.size() * sizeof(T)) == 0, "cell ",
                  static_cast<int>(c.cell), " mask ", c.mask, " split ", static_cast<int>(split),
                  " H ", c.units);
  }
}

constexpr Cell kCells[] = {Cell::lstm, Cell::gru, Cell::gru_before, Cell::simple_rnn};

}  // namespace

TEST_CASE("results are the same bits for every number of threads and every schedule") {
  for (const Cell cell : kCells) {
    for (const int mask : {0, 1, 2, 3}) {
      for (const Dropout dropout : {Dropout::none, Dropout::one_mask, Dropout::per_gate}) {
        const int directions = mask % 2 + 1;
        same_bits_for_every_schedule<float>(
            {cell, 5, 6, 5, 37, directions, mask, dropout, mask != 2});
        same_bits_for_every_schedule<double>(
            {cell, 3, 4, 3, 19, directions, mask, dropout, mask == 2});
      }
    }
  }
}

TEST_CASE("sizes around the vector width and single rows, steps, inputs and units") {
  for (const Cell cell : kCells) {
    for (const long units : {1L, 7L, 16L, 17L, 64L, 65L}) {
      same_bits_for_every_schedule<float>({cell, 1, 3, 1, units, 1, 0, Dropout::none, true});
      same_bits_for_every_schedule<float>({cell, 7, 1, 9, units, 2, 0, Dropout::none, false});
    }
  }
}

TEST_CASE("more rows than one chunk of the weight gradients") {
  same_bits_for_every_schedule<float>({Cell::lstm, 9, 61, 4, 8, 1, 1, Dropout::none, true});
}

TEST_CASE("no time and no rows give states through and zero gradients") {
  for (const Cell cell : kCells) {
    same_bits_for_every_schedule<float>({cell, 3, 0, 2, 5, 1, 0, Dropout::none, true});
    same_bits_for_every_schedule<float>({cell, 0, 3, 2, 5, 1, 0, Dropout::none, true});
  }
}

namespace {

// 40 rows and 23 steps, six of them in a chunk: four windows, chunks of masked rows of all sizes.
Case many_windows(Cell cell, int mask, Dropout dropout) {
  return {cell, 40, 23, 3, 19, mask % 2 + 1, mask, dropout, mask != 2};
}

template <class T>
void same_bits_in_exact_modes(Case c) {
  const auto full = results_with<T>(c, 1, Split::automatic);
  const auto check = [&](const char* what, int threads, Split split) {
    const auto found = results_with<T>(c, threads, split);
    REQUIRE(found.size() == full.size());
    const bool same = std::memcmp(full.data(), found.data(), full.size() * sizeof(T)) == 0;
    CHECK_MESSAGE(same, what, " cell ", static_cast<int>(c.cell), " mask ", c.mask, " split ",
                  static_cast<int>(split), " dropout ", static_cast<int>(c.dropout));
  };
  const auto check_all = [&](const char* what) {
    check(what, 1, Split::batch);
    check(what, 3, Split::units);
    check(what, 4, Split::both);
  };
  c.mode = Remat::recompute;
  check_all("recompute");
  c.shrunk = Remat::checkpoint;
  check("recompute, then checkpoint", 2, Split::batch);
  c.mode = Remat::full;
  check("full, then checkpoint", 1, Split::batch);
  c.shrunk = Remat::recompute;
  check("full, then recompute", 2, Split::units);
  c.shrunk = std::nullopt;
  c.mode = Remat::checkpoint;
  check_all("checkpoint");
}

}  // namespace

TEST_CASE("exact memory modes give the same bits") {
  for (const Cell cell : kCells) {
    for (const int mask : {0, 1, 2, 3}) {
      const Dropout dropout = mask % 2 == 0 ? Dropout::per_gate : Dropout::one_mask;
      same_bits_in_exact_modes<float>(many_windows(cell, mask, dropout));
    }
    same_bits_in_exact_modes<float>(many_windows(cell, 0, Dropout::none));
    same_bits_in_exact_modes<double>(many_windows(cell, 3, Dropout::none));
    same_bits_in_exact_modes<float>({cell, 3, 0, 2, 5, 1, 0, Dropout::none, true});
    same_bits_in_exact_modes<float>({cell, 3, 100, 2, 17, 1, 0, Dropout::none, true});
    same_bits_in_exact_modes<float>({cell, 400, 3, 2, 7, 1, 1, Dropout::none, true});
  }
}

TEST_CASE("all kept, in windows where it leaves the last cache: the same bits") {
  Case c{Cell::gru, 400, 210, 2, 16, 1, 0, Dropout::none, true};
  const Run<float> run(c);
  REQUIRE(run.saved_bytes() > static_cast<std::size_t>(kLastCache));
  CHECK(results_with<float>(c, 3, Split::automatic) == run.results());
  c.mode = Remat::checkpoint;
  CHECK(results_with<float>(c, 1, Split::automatic) == run.results());
}

TEST_CASE("bfloat16 rounds what is saved and nothing else") {
  for (const Cell cell : kCells) {
    for (const int mask : {0, 1, 2, 3}) {
      Case c = many_windows(cell, mask, Dropout::none);
      const Run<float> full(c);
      c.mode = Remat::bfloat16;
      same_bits_for_every_schedule<float>(c);
      const Run<float> rounded(c);
      const auto& a = full.results();
      const auto& b = rounded.results();
      const long outputs = c.batch * c.units * c.directions * (c.sequences ? c.steps : 1);
      CHECK(std::memcmp(a.data(), b.data(), at(outputs) * sizeof(float)) == 0);
      double difference = 0, norm = 0;
      for (std::size_t i = at(outputs); i < a.size(); ++i) {
        difference += (a[i] - b[i]) * (a[i] - b[i]);
        norm += a[i] * a[i];
      }
      CHECK(difference > 0);
      CHECK(difference < 1e-3 * norm);  // 3 %; a value is off by up to 0.4 %
      CHECK(rounded.saved_bytes() <= full.saved_bytes() / 2);
    }
  }
}

TEST_CASE("truncated: modes and schedules agree, a border past the end changes nothing") {
  for (const Cell cell : kCells) {
    for (const int mask : {0, 3}) {
      Case c = many_windows(cell, mask, Dropout::one_mask);
      const auto whole = results_with<float>(c, 1, Split::automatic);
      c.truncate = 23;
      CHECK(results_with<float>(c, 1, Split::automatic) == whole);
      c.truncate = 5;
      CHECK(results_with<float>(c, 1, Split::automatic) != whole);
      same_bits_in_exact_modes<float>(c);
    }
  }
}
