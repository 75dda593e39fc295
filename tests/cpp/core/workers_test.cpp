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

// Whether it becomes true: a busy machine may take the processor from any thread for a while.
template <class Done>
bool soon(Done&& done) {
  for (int i = 0; i < 5000 && !done(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return done();
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

TEST_CASE("idle workers fall asleep, and look for work again when roused") {
  { const WorkerLoan some(2); }
  CHECK(soon([] { return workers_awake() == 0; }));
  CHECK(soon([] { return rouse_workers(2), workers_awake() >= 2; }));
  Sum sum;
  WorkerLoan loan(2);
  add_on(loan, sum);
  CHECK(sum.value.load() == 3);
}

TEST_CASE("rousing starts the workers that are missing") {
  const WorkerLoan all(64);  // more than were created before
  REQUIRE(all.size() == 64);
  REQUIRE(workers_awake() == 0);
  CHECK(soon([] { return rouse_workers(1), workers_awake() == 1; }));
}
