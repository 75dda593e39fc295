#include "core/workers.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <chrono>
#include <memory>
#include <mutex>

#include "core/relax.h"

namespace tidegate {
namespace {

// Longer than what Python does between two regions of a training step, shorter than a time slice:
// to wake a thread takes 10 to 60 us, and on virtual machines more.
constexpr std::chrono::microseconds kAwake{500};

// Waits until `state` is no longer `old`: some time awake, then asleep.
void wait_while(const std::atomic<std::uint32_t>& state, std::uint32_t old) {
  const auto changed = [&] { return state.load(std::memory_order_acquire) != old; };
  const auto until = std::chrono::steady_clock::now() + kAwake;
  do {
    for (int i = 0; i < 64; ++i) {
      if (changed()) return;
      relax();
    }
    sched_yield();  // returns at once where nobody else wants this processor
  } while (std::chrono::steady_clock::now() < until);
  while (!changed()) state.wait(old, std::memory_order_acquire);
}

// Idle workers. Never destroyed: its threads may outlive every static object.
struct Pool {
  std::mutex mutex;
  std::vector<Worker*>
      idle;  // with room for all that were created, so that giving back never fails
  std::size_t created = 0;

  void expect_one_more() {
    const std::lock_guard lock(mutex);
    idle.reserve(++created);
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
  if (refused != 0) return nullptr;
  pthread_detach(thread);
  return worker.release();
}

}  // namespace

void Worker::start(const Task& task) {
  task_ = task;
  state_.store(kBusy, std::memory_order_release);
  state_.notify_one();
}

void Worker::wait() { wait_while(state_, kBusy); }

void Worker::serve() {
  for (;;) {
    wait_while(state_, kIdle);
    task_.run(task_.context, task_.index);
    state_.store(kIdle, std::memory_order_release);
    state_.notify_one();
  }
}

WorkerLoan::WorkerLoan(int count) {
  workers_.reserve(static_cast<std::size_t>(count));
  {
    const std::lock_guard lock(pool().mutex);
    std::vector<Worker*>& idle = pool().idle;
    while (size() < count && !idle.empty()) {
      workers_.push_back(idle.back());
      idle.pop_back();
    }
  }
  while (size() < count) {
    Worker* worker = start_thread();
    if (worker == nullptr) return;
    workers_.push_back(worker);
  }
}

WorkerLoan::~WorkerLoan() {
  const std::lock_guard lock(pool().mutex);
  // Last lent, first lent again: its cache is warm. Going back never allocates more than was lent
  // once.
  pool().idle.insert(pool().idle.end(), workers_.rbegin(), workers_.rend());
}

}  // namespace tidegate
