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

// TIDEGATE_SPLIT for one test case.
class Split {
 public:
  explicit Split(const char* value) { setenv("TIDEGATE_SPLIT", value, 1); }
  ~Split() { unsetenv("TIDEGATE_SPLIT"); }
  Split(const Split&) = delete;
  Split& operator=(const Split&) = delete;
};

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

TEST_CASE("TIDEGATE_SPLIT forces the kind of schedule") {
  {
    const Split split("batch");
    CHECK(std::string(choose_schedule(query(32, 512), 8).name()) == "batch");
    CHECK(choose_schedule(query(3, 512), 8).threads() == 3);
  }
  {
    const Split split("units");
    CHECK(std::string(choose_schedule(query(32, 64), 3).name()) == "units");
  }
  {
    const Split split("2d");
    const Schedule s = choose_schedule(query(32, 128), 8);
    CHECK(std::string(s.name()) == "2d");
    CHECK(s.threads() == 8);
  }
  const Split split("rows");
  CHECK_THROWS_AS(choose_schedule(query(32, 64), 2), std::invalid_argument);
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
