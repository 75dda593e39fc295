#include "core/cancel.h"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

using namespace tidegate;

namespace {

struct Asked {
  int times = 0;
  int stop_at = 0;  // 0: never
};

bool ask(void* context) {
  auto& asked = *static_cast<Asked*>(context);
  return ++asked.times == asked.stop_at;
}

void poll_for(CancelToken& token, std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end && !token.poll()) {
  }
}

}  // namespace

TEST_CASE("a token without a callback is only a flag") {
  CancelToken token;
  CHECK_FALSE(token.poll());
  token.request();
  CHECK(token.requested());
  CHECK(token.poll());
}

TEST_CASE("the callback is asked rarely, and not at all in a short call") {
  Asked asked;
  CancelToken token(ask, &asked);
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(token.poll());
  }
  CHECK(asked.times == 0);
  poll_for(token, std::chrono::milliseconds(110));
  CHECK(asked.times >= 2);
  CHECK(asked.times <= 5);
}

TEST_CASE("a callback that says stop sets the flag for good") {
  Asked asked{0, 2};
  CancelToken token(ask, &asked);
  poll_for(token, std::chrono::milliseconds(2000));
  CHECK(token.requested());
  CHECK(asked.times == 2);
  CHECK(token.poll());
  CHECK(asked.times == 2);
}

TEST_CASE("another thread sees the request") {
  CancelToken token;
  std::thread other([&token] {
    while (!token.requested()) {
      std::this_thread::yield();
    }
  });
  token.request();
  other.join();
  CHECK(token.requested());
}
