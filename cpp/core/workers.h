// The threads behind the team: started when first needed, kept for the life of the process, asleep
// when idle.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace tidegate {

// What one thread of a team does; must not throw.
struct Task {
  void (*run)(void* context, int index);
  void* context;
  int index;
};

// One thread. Idle, it looks for work for some 50 us, giving way to whoever wants its processor,
// and then sleeps: between the short regions of a training step it is awake, and on a busy machine
// it burns nobody's time.
class Worker {
 public:
  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start(const Task& task);
  // Until the task that start() gave is done.
  void wait();
  // What the thread does, for ever.
  void serve();

 private:
  static constexpr std::uint32_t kIdle = 0;
  static constexpr std::uint32_t kBusy = 1;

  alignas(64) std::atomic<std::uint32_t> state_{kIdle};
  Task task_{};
};

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
