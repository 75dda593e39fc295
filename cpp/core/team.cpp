#include "core/team.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/affinity.h"
#include "core/float_env.h"
#include "core/quota.h"
#include "core/relax.h"
#include "core/workers.h"

namespace tidegate {
namespace {

std::atomic<int> explicit_limit{0};  // 0: what the machine gives
std::atomic<int> busy_threads{0};    // over all calls that run now
std::atomic<bool> forked_child{false};
thread_local bool inside_team = false;

void mark_child() {
  forked_child.store(true);
  busy_threads.store(0);  // the threads that were busy stayed in the parent
  abandon_workers();
}

// A positive whole number in an environment variable of OpenMP, whose words people know; the first
// of a list.
int limit_of(const char* variable) {
  const char* text = std::getenv(variable);
  const long n = text != nullptr ? std::strtol(text, nullptr, 10) : 0;
  return n >= 1 ? static_cast<int>(std::min<long>(n, kMaxThreads)) : kMaxThreads;
}

int runtime_limit() {
  static const int limit = std::min(limit_of("OMP_NUM_THREADS"), limit_of("OMP_THREAD_LIMIT"));
  return limit;
}

int machine_limit() {
  static const int quota = quota_processors();
  const int processors = std::min(affinity_processors(), runtime_limit());
  return std::max(1, quota > 0 ? std::min(processors, quota) : processors);
}

bool alone() { return inside_team || in_forked_child(); }

// Takes threads out of the common account for the time of a call.
class Reservation {
 public:
  explicit Reservation(int want) {
    const int limit = want > 1 && !alone() ? thread_limit() : 1;
    int busy = busy_threads.load(std::memory_order_relaxed);
    do {
      taken_ = std::max(1, std::min(want, limit - busy));
    } while (!busy_threads.compare_exchange_weak(busy, busy + taken_));
  }
  ~Reservation() { busy_threads.fetch_sub(taken_); }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;

  int taken() const { return taken_; }

 private:
  int taken_ = 1;
};

// An exception may not leave another thread: the first one waits here for the end of the region.
class FirstException {
 public:
  void store() noexcept {
    if (!taken_.exchange(true)) {
      exception_ = std::current_exception();
    }
  }
  void rethrow() {
    if (exception_) {
      std::rethrow_exception(exception_);
    }
  }

 private:
  std::atomic<bool> taken_{false};
  std::exception_ptr exception_;
};

struct Work {
  void (*body)(void*, Member);
  void* context;
  FirstException exception;

  void run(Member member) noexcept {
    const FlushDenormals flush;
    const bool outer = std::exchange(inside_team, true);
    try {
      body(context, member);
    } catch (...) {
      exception.store();
    }
    inside_team = outer;
  }
};

// Index 0 is the calling thread; the others come on loan. Returns the size obtained.
int run_region(int want, Work& work) {
  struct Region {
    Work& work;
    int size;
  };
  WorkerLoan others(want - 1);
  Region region{work, others.size() + 1};
  const auto run = [](void* context, int index) {
    auto* r = static_cast<Region*>(context);
    r->work.run({index, r->size});
  };
  for (int i = 0; i < others.size(); ++i) others[i].start({run, &region, i + 1});
  work.run({0, region.size});
  for (int i = 0; i < others.size(); ++i) others[i].wait();
  return region.size;
}

}  // namespace

void watch_forks() {
  static std::once_flag once;
  std::call_once(once, [] { pthread_atfork(nullptr, nullptr, mark_child); });
}

bool in_forked_child() { return forked_child.load(std::memory_order_relaxed); }

int run_team(int want, void (*body)(void*, Member), void* context) {
  watch_forks();
  Work work{body, context, {}};
  int obtained = 1;
  {
    const Reservation reservation(want);
    if (reservation.taken() > 1) {
      obtained = run_region(reservation.taken(), work);
    } else {
      work.run({0, 1});
    }
  }
  work.exception.rethrow();
  return obtained;
}

int threads_available() {
  watch_forks();
  if (alone()) {
    return 1;
  }
  return std::max(1, thread_limit() - busy_threads.load(std::memory_order_relaxed));
}

int threads_awake(int want) {
  static std::atomic<std::chrono::steady_clock::rep> asked{0};
  const int most = std::min(want, threads_available());
  if (most <= 1) return 1;
  const int awake = std::min(most, 1 + workers_awake());
  if (awake < most) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const std::chrono::steady_clock::duration before{asked.exchange(now.count())};
    if (now - before < kAwake) rouse_workers(most - 1);
  }
  return awake;
}

int thread_limit() {
  const int limit = explicit_limit.load(std::memory_order_relaxed);
  return limit > 0 ? limit : machine_limit();
}

void set_thread_limit(int n) {
  if (n < 0 || n > kMaxThreads) {
    throw std::invalid_argument(
        "[set_num_threads] n must be from 1 to " + std::to_string(kMaxThreads) +
        ", or 0 for what the machine gives. Received: " + std::to_string(n));
  }
  watch_forks();
  explicit_limit.store(n);
}

// With more threads than processors a spinning thread holds the processor that the awaited one
// needs, so it yields almost at once.
Barrier::Barrier(int size)
    : size_(size),
      spins_(size <= affinity_processors() ? kLooksAwake : 8),
      flags_(std::make_unique<Flag[]>(static_cast<std::size_t>(size))) {}

// A dissemination barrier on one counter per thread: in stage s a thread says that it is there and
// waits for the one 2^s places before it, so log2(size) stages connect all. With two threads this
// is one store and one awaited load.
bool Barrier::wait(int index, const CancelToken* cancel) {
  if (cancel != nullptr && cancel->requested()) {
    return false;
  }
  std::atomic<unsigned>& own = flags_[static_cast<std::size_t>(index)].stage;
  unsigned stage = own.load(std::memory_order_relaxed);
  for (int distance = 1; distance < size_; distance *= 2) {
    own.store(++stage, std::memory_order_release);
    const int awaited = (index + size_ - distance) % size_;
    if (!spin(flags_[static_cast<std::size_t>(awaited)], stage, cancel)) {
      return false;
    }
  }
  return true;
}

bool Barrier::spin(const Flag& flag, unsigned stage, const CancelToken* cancel) const {
  bool arrived = false;
  look_until(spins_, [&] {  // the difference stays right when the counters wrap
    arrived = static_cast<int>(flag.stage.load(std::memory_order_acquire) - stage) >= 0;
    return arrived || (cancel != nullptr && cancel->requested());
  });
  return arrived;
}

}  // namespace tidegate
