// The threads behind the team: started when first needed, kept for the life of the process, asleep
// when idle.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace tidegate {

// What one thread of a team does; must not throw.
struct Task {
  void (*run)(void* context, int index);
  void* context;
  int index;
};

// How long an idle worker looks for work before it sleeps: longer than what Python does between two
// regions of a training step, shorter than a time slice. To wake a thread takes 10 to 60 us, and on
// virtual machines more.
inline constexpr std::chrono::microseconds kAwake{500};

// One thread. Idle, it looks for work for kAwake, giving way to whoever wants its processor, and
// then sleeps: between the short regions of a training step it is awake, and on a busy machine it
// burns nobody's time. It keeps off the processor of the thread that it works for: a system that
// wakes a thread where its waker runs, or packs threads, would have the two take turns there
// however many processors lie idle.
class Worker {
 public:
  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start(const Task& task);
  // Until the task that start() gave is done.
  void wait();
  // Whether it looks for work, so that it would begin at once.
  bool awake() const { return state_.load(std::memory_order_relaxed) == kIdle; }
  // Lets it look for work for kAwake if it sleeps. Only for a worker that nobody has on loan.
  void rouse();
  // What the thread does, for ever.
  void serve();

 private:
  static constexpr std::uint32_t kIdle = 0;
  static constexpr std::uint32_t kAsleep = 1;
  static constexpr std::uint32_t kBusy = 2;

  void await_task();

  alignas(64) std::atomic<std::uint32_t> state_{kIdle};
  std::atomic<int> caller_{-1};  // the processor that start() or rouse() was called on
  Task task_{};
};

// In a forked child, where the threads do not exist: whoever waits for one goes on.
void abandon_workers();

// How many of the workers that nobody has on loan look for work.
int workers_awake();

// Rouses workers, or starts some, until `count` that nobody has on loan look for work, or as many
// as the system lets us have.
void rouse_workers(int count);

// Workers on loan for one region. Threads of concurrent calls never share one.
class WorkerLoan {
 public:
  // Gets `count` workers, or as many as the system lets us have.
  explicit WorkerLoan(int count);
  ~WorkerLoan();
  WorkerLoan(const WorkerLoan&) = delete;
  WorkerLoan& operator=(const WorkerLoan&) = delete;

  int size() const { return static_cast<int>(workers_.size()); }
  Worker& operator[](int i) { return *workers_[static_cast<std::size_t>(i)]; }

 private:
  std::vector<Worker*> workers_;
};

}  // namespace tidegate
