// Waiting awake, for threads that will not wait long.
#pragma once

#include <sched.h>

namespace tidegate {

// What a thread does between two looks at a flag.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// About 30 us, where every waiting thread has a processor of its own.
inline constexpr int kLooksAwake = 1024;

// Looks until done() is true, the first `looks` times with a pause between them, then with the
// processor given to whoever waits for it.
template <class Done>
void look_until(int looks, Done&& done) {
  for (int i = 0; !done(); i = i < looks ? i + 1 : i) {
    if (i < looks) {
      relax();
    } else {
      sched_yield();
    }
  }
}

}  // namespace tidegate
