#include "core/team.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../limit.h"
#include "core/float_env.h"

using namespace tidegate;
using tidegate::test::Limit;

namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

bool denormals_survive() {
  volatile float least = std::numeric_limits<float>::min();
  volatile float half = least * 0.5F;
  return half > 0.0F;
}

}  // namespace

TEST_CASE("every member runs once and knows the size that was obtained") {
  const Limit limit(8);
  for (const int want : {-1, 0, 1, 2, 3, 7, 8, 9, 100}) {
    CAPTURE(want);
    std::vector<std::atomic<int>> runs(128);
    std::atomic<int> wrong_size{0};
    const int expected = std::clamp(want, 1, 8);
    const int size = run_team(want, [&](Member member) {
      ++runs[at(member.index)];
      wrong_size += member.size != expected;
    });
    CHECK(size == expected);
    CHECK(wrong_size == 0);
    for (int index = 0; index < 128; ++index) {
      CHECK(runs[at(index)] == (index < expected ? 1 : 0));
    }
  }
}

TEST_CASE("member 0 is the thread that called") {
  const Limit limit(3);
  const std::thread::id caller = std::this_thread::get_id();
  std::thread::id zero;
  run_team(3, [&](Member member) {
    if (member.index == 0) {
      zero = std::this_thread::get_id();
    }
  });
  CHECK(zero == caller);
}

TEST_CASE("limits: the machine's, an explicit one above the cores, absurd ones refused") {
  CHECK(thread_limit() >= 1);
  CHECK(threads_available() == thread_limit());
  {
    const Limit limit(17);
    CHECK(thread_limit() == 17);
    CHECK(threads_available() == 17);
  }
  CHECK_THROWS_AS(set_thread_limit(-1), std::invalid_argument);
  CHECK_THROWS_AS(set_thread_limit(kMaxThreads + 1), std::invalid_argument);
}

TEST_CASE("a late concurrent call gets what is left, at least one") {
  const Limit limit(4);
  std::vector<int> available;
  std::vector<int> obtained;
  run_team(3, [&](Member member) {
    if (member.index == 0) {
      std::thread late([&] {
        available.push_back(threads_available());
        obtained.push_back(run_team(4, [&](Member inner) {
          if (inner.index == 0) {
            std::thread later([&] { available.push_back(threads_available()); });
            later.join();
          }
        }));
      });
      late.join();
    }
  });
  CHECK(available == std::vector<int>{1, 1});
  CHECK(obtained == std::vector<int>{1});
  CHECK(threads_available() == 4);
}

TEST_CASE("a call from inside a team runs alone") {
  const Limit limit(4);
  std::atomic<int> sum{0};
  std::atomic<int> seen{0};
  run_team(2, [&](Member) {
    seen += threads_available();
    sum += run_team(4, [](Member) {});
  });
  CHECK(sum == 2);
  CHECK(seen == 2);
}

TEST_CASE("an exception of any member comes out after the region, and the account is square") {
  const Limit limit(4);
  for (int thrower = 0; thrower < 4; ++thrower) {
    CHECK_THROWS_WITH_AS(run_team(4,
                                  [thrower](Member member) {
                                    if (member.index == thrower) {
                                      throw std::runtime_error("member failed");
                                    }
                                  }),
                         "member failed", std::runtime_error);
  }
  CHECK_THROWS_AS(run_team(1, [](Member) { throw std::bad_alloc(); }), std::bad_alloc);
  CHECK(threads_available() == 4);
}

TEST_CASE("denormals are flushed on every member and kept on the caller afterwards") {
  const Limit limit(4);
  for (const int want : {1, 4}) {
    std::atomic<int> surviving{0};
    const int members = run_team(want, [&](Member) { surviving += denormals_survive(); });
    CHECK(members <= want);
    CHECK(surviving == (FlushDenormals::kPossible ? 0 : members));
    CHECK(denormals_survive());
  }
}

TEST_CASE("a barrier separates the writes before it from the reads after it") {
  const Limit limit(9);
  for (const int size : {1, 2, 3, 4, 5, 8, 9}) {
    CAPTURE(size);
    constexpr int kRounds = 300;
    std::vector<int> cells(at(size), 0);
    std::atomic<int> wrong{0};
    Barrier barrier(size);
    const int obtained = run_team(size, [&](Member member) {
      for (int round = 1; round <= kRounds; ++round) {
        cells[at(member.index)] = round;
        wrong += !barrier.wait(member.index, nullptr);
        for (const int cell : cells) {
          wrong += cell != round;
        }
        wrong += !barrier.wait(member.index, nullptr);
      }
    });
    CHECK(obtained == size);
    CHECK(wrong == 0);
  }
}

TEST_CASE("a request frees the waiting members, and later waits fail at once") {
  const Limit limit(4);
  Barrier barrier(4);
  CancelToken token;
  std::atomic<int> freed{0};
  run_team(4, [&](Member member) {
    if (member.index == 3) {  // never comes
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      token.request();
      return;
    }
    freed += !barrier.wait(member.index, &token);
    freed += !barrier.wait(member.index, &token);
  });
  CHECK(freed == 6);
}

#if !defined(__SANITIZE_THREAD__)  // the sanitizer does not follow a fork of a threaded process
TEST_CASE("a forked child runs alone and does not hang") {
  const Limit limit(4);
  run_team(4, [](Member) {});
  const pid_t child = fork();
  if (child == 0) {
    alarm(10);
    const int size = run_team(4, [](Member) {});
    _exit(size == 1 && threads_available() == 1 ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(threads_available() == 4);
}
#endif
