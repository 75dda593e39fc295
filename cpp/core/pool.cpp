#include "core/pool.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <new>
#include <string>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#if !defined(ASAN_POISON_MEMORY_REGION)
#define ASAN_POISON_MEMORY_REGION(address, size) (static_cast<void>(address))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) (static_cast<void>(address))
#endif

namespace tidegate {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kHugeFrom = std::size_t{4} << 20;  // smaller arrays lost with huge pages
constexpr std::size_t kStaggerFrom = std::size_t{16} << 10;
constexpr std::size_t kStaggerSteps = 16;
constexpr std::size_t kStaggerStep = 3 * kLine;
constexpr std::size_t kStaggerRoom = kStaggerSteps * kStaggerStep;
constexpr std::size_t kBlockMost = std::numeric_limits<std::ptrdiff_t>::max() / 2;

class OutOfMemory : public std::bad_alloc {
 public:
  explicit OutOfMemory(std::size_t bytes)
      : message_("cannot allocate " + std::to_string(bytes) + " bytes") {}
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

// Block sizes: steps 9 to 16 of each power of two (1 to 16 of the first), so that at most an eighth
// of a block is unused.
constexpr std::size_t kSteps = 16;

struct SizeClass {
  std::size_t index;
  std::size_t bytes;
};

SizeClass size_class(std::size_t bytes) {
  const std::size_t lines = (bytes + kLine - 1) / kLine;
  const std::size_t exponent = std::bit_width((lines - 1) / kSteps);
  const std::size_t steps = (lines + (std::size_t{1} << exponent) - 1) >> exponent;
  const std::size_t block = (steps << exponent) * kLine;
  return {exponent * kSteps + steps - 1, block};
}

// What a block must hold: large ones start a few lines later each time, because arrays that all
// begin on a page boundary fight for the same cache sets.
std::size_t block_bytes(std::size_t bytes) {
  return bytes >= kStaggerFrom ? bytes + kStaggerRoom : bytes;
}

void* system_take(std::size_t bytes) {
  if (bytes < kHugeFrom) {
    return std::aligned_alloc(kLine, bytes);
  }
  // One huge page more than needed, then what lies outside the boundaries goes back.
  const std::size_t mapped = bytes + kHugePage;
  void* raw = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) {
    return nullptr;
  }
  const auto start = reinterpret_cast<std::uintptr_t>(raw);
  const std::uintptr_t aligned = (start + kHugePage - 1) & ~(kHugePage - 1);
  const std::size_t before = aligned - start;
  const std::size_t after = mapped - before - bytes;
  if (before > 0) {
    munmap(raw, before);
  }
  if (after > 0) {
    munmap(reinterpret_cast<void*>(aligned + bytes), after);
  }
  void* block = reinterpret_cast<void*>(aligned);
  madvise(block, bytes, MADV_HUGEPAGE);  // a wish: the system may have none
  return block;
}

void system_free(void* block, std::size_t bytes) {
  ASAN_UNPOISON_MEMORY_REGION(block, bytes);
  if (bytes < kHugeFrom) {
    std::free(block);
  } else {
    munmap(block, bytes);
  }
}

// The link of the idle list lies in the idle block itself: giving back allocates nothing.
struct IdleBlock {
  IdleBlock* next;
};

constexpr std::size_t kClasses = 64 * kSteps;

struct Pool {
  std::mutex mutex;
  std::array<IdleBlock*, kClasses> idle{};
  PoolStats stats{};
  std::size_t stagger = 0;
};

constinit Pool pool;

// A thread that holds the lock does not exist in a forked child, so the fork waits for it.
void watch_pool_forks() {
  static std::once_flag once;
  std::call_once(once, [] {
    pthread_atfork([] { pool.mutex.lock(); }, [] { pool.mutex.unlock(); },
                   [] { pool.mutex.unlock(); });
  });
}

void* take_idle(const SizeClass& size) {
  const std::lock_guard lock(pool.mutex);
  ++pool.stats.takes;
  IdleBlock* block = pool.idle[size.index];
  if (block != nullptr) {
    pool.idle[size.index] = block->next;
    ++pool.stats.hits;
    pool.stats.bytes_idle -= size.bytes;
    pool.stats.bytes_in_use += size.bytes;
  }
  return block;
}

}  // namespace

Buffer pool_take(std::size_t bytes) {
  if (bytes == 0) {
    return {};
  }
  if (bytes > kBlockMost) {
    throw OutOfMemory(bytes);
  }
  watch_pool_forks();
  const SizeClass size = size_class(block_bytes(bytes));
  void* block = take_idle(size);
  if (block == nullptr) {
    block = system_take(size.bytes);
    if (block == nullptr) {
      pool_release();
      block = system_take(size.bytes);
    }
    if (block == nullptr) {
      throw OutOfMemory(bytes);
    }
    const std::lock_guard lock(pool.mutex);
    pool.stats.bytes_in_use += size.bytes;
  }
  std::size_t offset = 0;
  if (bytes >= kStaggerFrom) {
    const std::lock_guard lock(pool.mutex);
    offset = (pool.stagger++ % kStaggerSteps) * kStaggerStep;
  }
  void* data = static_cast<char*>(block) + offset;
  ASAN_POISON_MEMORY_REGION(block, size.bytes);
  ASAN_UNPOISON_MEMORY_REGION(data, bytes);
  return {block, data, bytes};
}

void Buffer::release() noexcept {
  if (block_ == nullptr) {
    return;
  }
  const SizeClass size = size_class(block_bytes(bytes_));
  void* block = std::exchange(block_, nullptr);
  data_ = nullptr;
  bytes_ = 0;
  {
    const std::lock_guard lock(pool.mutex);
    pool.stats.bytes_in_use -= size.bytes;
    if (pool.stats.bytes_idle + size.bytes <= pool_idle_most()) {
      ASAN_POISON_MEMORY_REGION(block, size.bytes);
      ASAN_UNPOISON_MEMORY_REGION(block, sizeof(IdleBlock));
      pool.idle[size.index] = new (block) IdleBlock{pool.idle[size.index]};
      pool.stats.bytes_idle += size.bytes;
      return;
    }
  }
  system_free(block, size.bytes);
}

// A training step of a large layer gives back all that it took at its end; if that went to the
// system, the next step would fault it in again, page by page.
std::size_t pool_idle_most() {
  static const std::size_t most = [] {
    const auto bytes = static_cast<std::size_t>(std::max(sysconf(_SC_PHYS_PAGES), 0L)) *
                       static_cast<std::size_t>(std::max(sysconf(_SC_PAGESIZE), 0L));
    return std::clamp(bytes / 8, std::size_t{256} << 20, std::size_t{2} << 30);
  }();
  return most;
}

PoolStats pool_stats() {
  const std::lock_guard lock(pool.mutex);
  return pool.stats;
}

void pool_release() {
  std::array<IdleBlock*, kClasses> idle{};
  {
    const std::lock_guard lock(pool.mutex);
    idle.swap(pool.idle);
    pool.stats.bytes_idle = 0;
  }
  for (std::size_t index = 0; index < kClasses; ++index) {
    const std::size_t bytes = ((index % kSteps + 1) << (index / kSteps)) * kLine;
    for (IdleBlock* block = idle[index]; block != nullptr;) {
      system_free(std::exchange(block, block->next), bytes);
    }
  }
}

}  // namespace tidegate
