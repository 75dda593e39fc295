// The thread team: one parallel region per call, a flag barrier inside, a fair share of cores.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <type_traits>

#include "core/cancel.h"

namespace tidegate {

// Who a thread is in its team.
struct Member {
  int index;  // 0 is the thread that called
  int size;   // threads really obtained
};

// Runs body(context, member) once on each thread of a team of at most `want` threads, with
// denormals flushed, and returns the size obtained, which is never above threads_available().
// A team of one, a forked child and a call from inside a team open no region: the calling thread
// does it all. The first exception of a body is thrown again after the region, the others are
// dropped; a body that waits at a Barrier must not throw, its team would wait for ever.
int run_team(int want, void (*body)(void* context, Member member), void* context);

template <class Body>
int run_team(int want, Body&& body) {
  using Callable = std::remove_reference_t<Body>;
  return run_team(
      want, [](void* context, Member member) { (*static_cast<Callable*>(context))(member); },
      const_cast<void*>(static_cast<const void*>(std::addressof(body))));
}

// Threads that a call that starts now may use: the limit less the threads that other calls keep
// busy, at least 1. 1 in a forked child (threads do not survive a fork) and inside a team.
int threads_available();

// Of threads_available(), at most `want`, those that a region gets without waking anybody: the
// caller and helpers that look for work now. Asked again soon, it has the missing ones look for
// work: small regions that follow each other find them awake, and one that comes alone pays for
// nothing.
int threads_awake(int want);

// The limit: what set_thread_limit said, else the least of OMP_NUM_THREADS, OMP_THREAD_LIMIT, the
// affinity mask and the container's CPU quota (variables as they were at the first call).
int thread_limit();

// n >= 1 is honoured above the core count too; 0 goes back to what the machine gives. Throws
// std::invalid_argument unless 0 <= n <= kMaxThreads.
void set_thread_limit(int n);

// Absurd requests stop here.
inline constexpr int kMaxThreads = 512;

// Marks forked children from now on. Idempotent; the functions above call it, a binding calls it
// at import so that a fork before the first call is seen as well.
void watch_forks();
bool in_forked_child();

// A barrier for a team of `size`. Each thread owns one flag on a cache line of its own, so that a
// wait costs two crossings of the line and no read-modify-write.
class Barrier {
 public:
  explicit Barrier(int size);

  // True once every index has called it; false as soon as `cancel` (may be null) is requested: the
  // team must leave then, and the barrier is of no further use.
  bool wait(int index, const CancelToken* cancel);

 private:
  struct alignas(64) Flag {
    std::atomic<unsigned> stage{0};
  };

  bool spin(const Flag& flag, unsigned stage, const CancelToken* cancel) const;

  int size_;
  int spins_;  // before the first yield
  std::unique_ptr<Flag[]> flags_;
};

}  // namespace tidegate
