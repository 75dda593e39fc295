#include "core/workers.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

using namespace tidegate;

namespace {

struct Sum {
  std::atomic<int> value{0};
  static void add(void* sum, int index) { static_cast<Sum*>(sum)->value.fetch_add(index); }
};

void add_on(WorkerLoan& loan, Sum& sum) {
  for (int i = 0; i < loan.size(); ++i) loan[i].start({Sum::add, &sum, i + 1});
  for (int i = 0; i < loan.size(); ++i) loan[i].wait();
}

}  // namespace

TEST_CASE("every worker does its task once, again and again") {
  Sum sum;
  WorkerLoan loan(3);
  REQUIRE(loan.size() == 3);
  for (int round = 0; round < 1000; ++round) add_on(loan, sum);
  CHECK(sum.value.load() == 6000);
}

TEST_CASE("a worker that fell asleep wakes up") {
  Sum sum;
  WorkerLoan loan(2);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    add_on(loan, sum);
  }
  CHECK(sum.value.load() == 15);
}

TEST_CASE("two loans at a time share no worker, workers come back") {
  Worker* first = nullptr;
  {
    WorkerLoan a(1), b(1);
    CHECK(&a[0] != &b[0]);
    first = &a[0];
  }
  WorkerLoan again(2);
  CHECK((&again[0] == first || &again[1] == first));
}
