// Deals out a block of memory from its start, in pieces of whole cache lines.
#pragma once

#include <cstddef>
#include <new>

#include "core/saturated.h"

namespace tidegate {

// Without a block it only counts: `take` then gives null.
class Arena {
 public:
  explicit Arena(void* base) : base_(static_cast<std::byte*>(base)) {}

  template <class T>
  T* take(std::size_t count) {
    const std::size_t at = used_;
    const std::size_t bytes =
        saturated_mul(count, sizeof(T));  // NOLINT(bugprone-sizeof-expression)
    used_ = saturated_round_up(saturated_add(used_, bytes), kLine);
    return base_ == nullptr ? nullptr : new (base_ + at) T[count]{};
  }
  bool counting() const { return base_ == nullptr; }
  std::size_t used() const { return used_; }

 private:
  static constexpr std::size_t kLine = 64;

  std::byte* base_;
  std::size_t used_ = 0;
};

}  // namespace tidegate
