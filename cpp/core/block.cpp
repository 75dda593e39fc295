#include "core/block.h"

#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace tidegate {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kHugeFrom = std::size_t{4} << 20;  // as core/pool.cpp

}  // namespace

Block::Block(std::size_t bytes) {
  if (bytes == 0 || bytes > SIZE_MAX - kHugePage) return;
  const std::size_t step = bytes < kHugeFrom ? kLine : kHugePage;
  const std::size_t whole = (bytes + step - 1) / step * step;
  data_ = std::aligned_alloc(step, whole);
  if (data_ == nullptr) return;
  bytes_ = bytes;
#if defined(__linux__)
  if (step == kHugePage) madvise(data_, whole, MADV_HUGEPAGE);  // a wish
#endif
}

}  // namespace tidegate
