#include "core/workers.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

#include "core/affinity.h"
#include "core/relax.h"

namespace tidegate {
namespace {

std::atomic<bool> abandoned{false};

// Looks until done() is true or kAwake has passed, with between() from time to time; says which.
template <class Done, class Between>
bool looks_awake(Done&& done, Between&& between) {
  const auto until = std::chrono::steady_clock::now() + kAwake;
  do {
    for (int i = 0; i < 64; ++i) {
      if (done()) return true;
      relax();
    }
    between();
    sched_yield();  // returns at once where nobody else wants this processor
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

// Idle workers. Never destroyed: its threads may outlive every static object.
struct Pool {
  std::mutex mutex;
  std::vector<Worker*>
      idle;  // with room for all that were created, so that giving back never fails
  std::size_t created = 0;

  void expect_one_more() {
    const std::lock_guard lock(mutex);
    idle.reserve(created + 1);
    ++created;
  }
  void expect_one_less() {
    const std::lock_guard lock(mutex);
    --created;
  }
  // Last lent, first lent again: its cache is warm. Never allocates.
  void take_back(const std::vector<Worker*>& workers) {
    const std::lock_guard lock(mutex);
    idle.insert(idle.end(), workers.rbegin(), workers.rend());
  }
};

Pool& pool() {
  static Pool& only = *new Pool;
  return only;
}

void* thread_main(void* worker) {
  static_cast<Worker*>(worker)->serve();
  return nullptr;
}

// Null where the system refuses a thread. Signals stay with the threads that Python knows.
Worker* start_thread() {
  auto worker = std::make_unique<Worker>();
  pool().expect_one_more();
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int refused = pthread_create(&thread, nullptr, thread_main, worker.get());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (refused != 0) {
    pool().expect_one_less();
    return nullptr;
  }
  pthread_detach(thread);
  return worker.release();
}

}  // namespace

void Worker::start(const Task& task) {
  task_ = task;
  caller_.store(sched_getcpu(), std::memory_order_relaxed);
  state_.store(kBusy, std::memory_order_release);
  state_.notify_one();
}

void Worker::wait() {
  const auto done = [this] {
    return state_.load(std::memory_order_acquire) != kBusy || abandoned.load();
  };
  if (looks_awake(done, [] {})) return;
  while (!done()) state_.wait(kBusy, std::memory_order_acquire);
}

void Worker::rouse() {
  caller_.store(sched_getcpu(), std::memory_order_relaxed);
  std::uint32_t expected = kAsleep;
  if (state_.compare_exchange_strong(expected, kIdle)) state_.notify_one();
}

void Worker::await_task() {
  const auto given = [this] { return state_.load(std::memory_order_acquire) == kBusy; };
  const auto aside = [this] { leave_processor(caller_.load(std::memory_order_relaxed)); };
  while (!looks_awake(given, aside)) {
    std::uint32_t expected = kIdle;
    if (state_.compare_exchange_strong(expected, kAsleep)) {
      state_.wait(kAsleep, std::memory_order_acquire);
    }
  }
  aside();
}

void Worker::serve() {
  for (;;) {
    await_task();
    task_.run(task_.context, task_.index);
    state_.store(kIdle, std::memory_order_release);
    state_.notify_one();
  }
}

void abandon_workers() { abandoned.store(true); }

int workers_awake() {
  const std::lock_guard lock(pool().mutex);
  const std::vector<Worker*>& idle = pool().idle;
  return static_cast<int>(std::count_if(idle.begin(), idle.end(), std::mem_fn(&Worker::awake)));
}

void rouse_workers(int count) {
  int missing = count;
  {
    const std::lock_guard lock(pool().mutex);
    for (auto worker = pool().idle.rbegin(); worker != pool().idle.rend() && missing > 0;
         ++worker) {
      (*worker)->rouse();
      --missing;
    }
  }
  if (missing > 0) const WorkerLoan started(count);
}

// Those that are awake first: they begin at once.
WorkerLoan::WorkerLoan(int count) {
  workers_.reserve(static_cast<std::size_t>(count));
  {
    const std::lock_guard lock(pool().mutex);
    std::vector<Worker*>& idle = pool().idle;
    for (const bool awake : {true, false}) {
      for (std::size_t i = idle.size(); i > 0 && size() < count; --i) {
        if (awake && !idle[i - 1]->awake()) continue;
        workers_.push_back(idle[i - 1]);
        idle.erase(idle.begin() + static_cast<std::ptrdiff_t>(i - 1));
      }
    }
  }
  try {
    while (size() < count) {
      Worker* worker = start_thread();
      if (worker == nullptr) return;
      workers_.push_back(worker);
    }
  } catch (...) {
    pool().take_back(workers_);
    throw;
  }
}

WorkerLoan::~WorkerLoan() { pool().take_back(workers_); }

}  // namespace tidegate
