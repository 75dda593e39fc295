// Aligned memory that is reused between calls instead of being asked from the system each time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace tidegate {

// A block of the pool, 64-byte aligned, contents undefined. Goes back to the pool when it dies.
// The pool may be used from any thread; one Buffer belongs to one owner.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    if (this != &other) {
      release();
      block_ = std::exchange(other.block_, nullptr);
      data_ = std::exchange(other.data_, nullptr);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { release(); }

  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  explicit operator bool() const { return data_ != nullptr; }

  template <class T>
  T* as() const {
    static_assert(std::is_trivially_destructible_v<T>, "a Buffer runs no destructors");
    return static_cast<T*>(data_);
  }

  // Gives the block back now; the Buffer is empty afterwards.
  void release() noexcept;

 private:
  friend Buffer pool_take(std::size_t bytes);
  Buffer(void* block, void* data, std::size_t bytes) : block_(block), data_(data), bytes_(bytes) {}

  void* block_ = nullptr;  // what the pool handed out
  void* data_ = nullptr;   // where the caller's bytes start
  std::size_t bytes_ = 0;
};

// A Buffer of at least `bytes` (an empty one for 0). Throws std::bad_alloc that names the bytes.
Buffer pool_take(std::size_t bytes);

struct PoolStats {
  std::uint64_t takes;       // calls of pool_take
  std::uint64_t hits;        // of these, served from idle blocks
  std::size_t bytes_in_use;  // block sizes now with callers
  std::size_t bytes_idle;    // block sizes kept for reuse
};

PoolStats pool_stats();

// The most bytes that lie idle: an eighth of the machine's memory, at least 256 MiB and at most 2
// GiB. A block given back beyond that goes to the system.
std::size_t pool_idle_most();

// Frees every idle block.
void pool_release();

}  // namespace tidegate
