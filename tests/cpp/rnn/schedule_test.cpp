#include "rnn/schedule.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include "../limit.h"
#include "core/workers.h"

using namespace tidegate;
using tidegate::test::Limit;

namespace {

ScheduleQuery query(long rows, long units, long steps = 100) {
  return {.spec = {Cell::lstm, 64, units},
          .rows = rows,
          .total = rows * steps,
          .unit_panels = (units + 15) / 16,
          .weight_bytes = 16 * units * (units + 64)};
}

}  // namespace

TEST_CASE("tiny work stays on one thread, large work is shared") {
  const Limit limit(2);
  for (int i = 0; i < 5; ++i) CHECK(team_for(query(1, 8), 1) == 1);
  CHECK(team_for(query(32, 128), 1) == 2);
  CHECK(std::string(choose_schedule(query(32, 128), 1).name()) == "single");
}

TEST_CASE("small work is shared with threads that look for work, and has them look") {
  const Limit limit(2);
  const auto soon = [](auto&& done) {
    for (int i = 0; i < 10000000 && !done(); ++i) std::this_thread::yield();
    return done();
  };
  const ScheduleQuery small = query(8, 16, 10);
  REQUIRE(soon([] { return workers_awake() == 0; }));
  CHECK(team_for(small, 1) == 1);
  CHECK(soon([&] { return team_for(small, 1) == 2; }));
}

TEST_CASE("many rows split the batch, few rows or large weights the units") {
  CHECK(std::string(choose_schedule(query(32, 128), 2).name()) == "batch");
  CHECK(std::string(choose_schedule(query(1, 256), 2).name()) == "units");
  CHECK(std::string(choose_schedule(query(32, 512), 2).name()) == "units");
}

TEST_CASE("a split can be forced") {
  const auto forced = [](ScheduleQuery q, Split split, int threads) {
    q.split = split;
    return choose_schedule(q, threads);
  };
  CHECK(std::string(forced(query(32, 512), Split::batch, 8).name()) == "batch");
  CHECK(forced(query(3, 512), Split::batch, 8).threads() == 3);
  CHECK(std::string(forced(query(32, 64), Split::units, 3).name()) == "units");
  const Schedule s = forced(query(32, 128), Split::both, 8);
  CHECK(std::string(s.name()) == "2d");
  CHECK(s.threads() == 8);
}

TEST_CASE("TIDEGATE_SPLIT names it") {
  for (const auto& [name, split] : {std::pair{"", Split::automatic},
                                    {"batch", Split::batch},
                                    {"units", Split::units},
                                    {"2d", Split::both}}) {
    setenv("TIDEGATE_SPLIT", name, 1);
    CHECK(split_from_environment() == split);
  }
  setenv("TIDEGATE_SPLIT", "rows", 1);
  CHECK_THROWS_AS(split_from_environment(), std::invalid_argument);
  unsetenv("TIDEGATE_SPLIT");
  CHECK(split_from_environment() == Split::automatic);
}

TEST_CASE("shares cover everything once") {
  long next = 0;
  for (long i = 0; i < 7; ++i) {
    const Range r = share(23, i, 7);
    CHECK(r.begin == next);
    next = r.end;
  }
  CHECK(next == 23);
}
