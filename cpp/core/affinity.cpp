#include "core/affinity.h"

#include <sched.h>

#include <cerrno>
#include <cstddef>
#include <vector>

namespace tidegate {

int affinity_processors() {
  constexpr std::size_t kMostBytes = std::size_t{1} << 16;  // half a million processors
  // The kernel says EINVAL while the mask is too small for the machine.
  for (std::size_t bytes = 128; bytes <= kMostBytes; bytes *= 2) {
    std::vector<cpu_set_t> mask((bytes + sizeof(cpu_set_t) - 1) / sizeof(cpu_set_t));
    const std::size_t size = mask.size() * sizeof(cpu_set_t);
    if (sched_getaffinity(0, size, mask.data()) == 0) {
      const int count = CPU_COUNT_S(size, mask.data());
      return count > 0 ? count : 1;
    }
    if (errno != EINVAL) {
      break;
    }
  }
  return 1;
}

// A machine of more processors than cpu_set_t holds finds a free one by itself.
bool leave_processor(int processor) {
  cpu_set_t allowed;
  if (processor < 0 || sched_getcpu() != processor ||
      sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    return false;
  }
  cpu_set_t others = allowed;
  CPU_CLR(static_cast<std::size_t>(processor), &others);
  if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0) return false;
  return sched_setaffinity(0, sizeof allowed, &allowed) == 0;
}

}  // namespace tidegate
