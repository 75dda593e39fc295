// A flag that stops a running call, and the question that sets it.
#pragma once

#include <atomic>
#include <chrono>

namespace tidegate {

// Every thread of a call reads `requested` at barriers and chunk borders; only the thread that
// made the call asks `poll`, because only it may talk to its caller.
class CancelToken {
 public:
  using Poll = bool (*)(void* context);

  CancelToken() = default;
  CancelToken(Poll callback, void* context) : callback_(callback), context_(context) {}
  CancelToken(const CancelToken&) = delete;
  CancelToken& operator=(const CancelToken&) = delete;

  bool requested() const { return requested_.load(std::memory_order_relaxed); }
  void request() { requested_.store(true, std::memory_order_relaxed); }

  // Calling thread only. Asks the callback if the last answer is older than kInterval; a callback
  // that returns true sets the flag for good. Returns the flag.
  bool poll() {
    if (callback_ != nullptr && !requested() && Clock::now() >= next_) {
      ask();
    }
    return requested();
  }

 private:
  using Clock = std::chrono::steady_clock;
  // Python's lock may be held for 5 ms by another thread: asking rarely keeps that below a fifth.
  static constexpr std::chrono::milliseconds kInterval{20};

  void ask();

  std::atomic<bool> requested_{false};
  Poll callback_ = nullptr;
  void* context_ = nullptr;
  Clock::time_point next_ = Clock::now() + kInterval;
};

}  // namespace tidegate
