#include "core/affinity.h"

#include <doctest/doctest.h>
#include <sched.h>

#include <thread>

using namespace tidegate;

namespace {

void pin(int processor) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  CPU_SET(static_cast<std::size_t>(processor), &mask);
  REQUIRE(sched_setaffinity(0, sizeof(mask), &mask) == 0);
}

}  // namespace

TEST_CASE("the affinity mask of the thread counts") {
  CHECK(affinity_processors() >= 1);
  std::thread pinned([] {
    pin(sched_getcpu());
    CHECK(affinity_processors() == 1);
  });
  pinned.join();
}

TEST_CASE("a thread leaves the processor it is told to, where it may run elsewhere") {
  const int processors = affinity_processors();
  std::thread thread([processors] {
    CHECK_FALSE(leave_processor(-1));
    bool left = false;
    for (int i = 0; i < 1000 && !left; ++i) {  // the system may move it between the two lines
      const int here = sched_getcpu();
      left = leave_processor(here);
    }
    CHECK(left == (processors > 1));
    CHECK(affinity_processors() == processors);
    pin(sched_getcpu());
    CHECK_FALSE(leave_processor(sched_getcpu()));
    CHECK(affinity_processors() == 1);
  });
  thread.join();
}
