// What a thread does between two looks at a flag.
#pragma once

namespace tidegate {

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

}  // namespace tidegate
