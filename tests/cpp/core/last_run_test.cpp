#include "core/last_run.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>

using namespace tidegate;

TEST_CASE("each thread has a record of its own") {
  last_run() = {"lstm_forward", "avx2", 2, "batch"};
  std::thread other([] {
    CHECK(last_run().threads == 0);
    last_run() = {"gru_forward", "scalar", 1, "single"};
  });
  other.join();
  CHECK(std::string(last_run().op) == "lstm_forward");
  CHECK(last_run().threads == 2);
}
