#include "core/pool.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

using namespace tidegate;

namespace {

std::uintptr_t address(const Buffer& buffer) {
  return reinterpret_cast<std::uintptr_t>(buffer.data());
}

constexpr std::size_t kMiB = std::size_t{1} << 20;

}  // namespace

TEST_CASE("every size is aligned, writable to its last byte and counted") {
  pool_release();
  const std::size_t before = pool_stats().bytes_in_use;
  for (std::size_t bytes = 1; bytes < 40 * kMiB; bytes = bytes * 5 / 3 + 1) {
    const Buffer buffer = pool_take(bytes);
    CHECK(buffer.bytes() == bytes);
    CHECK(address(buffer) % 64 == 0);
    std::memset(buffer.data(), 0xab, bytes);
    const std::size_t block = pool_stats().bytes_in_use - before;
    CHECK(block >= bytes);
    CHECK(block <= bytes + bytes / 7 + 4096 + 64);
  }
  CHECK(pool_stats().bytes_in_use == before);
}

TEST_CASE("nothing is asked for nothing") {
  const Buffer buffer = pool_take(0);
  CHECK(buffer.data() == nullptr);
  CHECK(!buffer);
}

TEST_CASE("a block that came back is handed out again") {
  pool_release();
  const PoolStats before = pool_stats();
  for (int round = 0; round < 10; ++round) {
    const Buffer buffer = pool_take(100000);
  }
  const PoolStats after = pool_stats();
  CHECK(after.takes - before.takes == 10);
  CHECK(after.hits - before.hits == 9);
  CHECK(after.bytes_idle > 0);
  pool_release();
  CHECK(pool_stats().bytes_idle == 0);
}

TEST_CASE("moving hands the block over, releasing twice does nothing") {
  Buffer first = pool_take(1000);
  void* data = first.data();
  Buffer second = std::move(first);
  CHECK(second.data() == data);
  CHECK(!first);
  first = std::move(second);
  CHECK(first.data() == data);
  first.release();
  first.release();
  CHECK(first.data() == nullptr);
}

TEST_CASE("large blocks start on different lines of their page") {
  std::vector<Buffer> blocks;
  std::set<std::uintptr_t> offsets;
  for (int i = 0; i < 8; ++i) {
    blocks.push_back(pool_take(5 * kMiB));
    offsets.insert(address(blocks.back()) % 4096);
  }
  CHECK(offsets.size() == 8);
}

TEST_CASE("idle memory is bounded") {
  pool_release();
  {
    std::vector<Buffer> blocks;
    for (std::size_t bytes = 0; bytes <= pool_idle_most() + 64 * kMiB; bytes += 64 * kMiB) {
      blocks.push_back(pool_take(64 * kMiB));  // never touched: address space, no memory
    }
  }
  CHECK(pool_stats().bytes_idle <= pool_idle_most());
  CHECK(pool_stats().bytes_idle >= pool_idle_most() / 2);
  CHECK(pool_idle_most() >= 256 * kMiB);
  CHECK(pool_idle_most() <= 2048 * kMiB);
  pool_release();
}

// The sanitizer's own allocator ends the process instead of returning null, unless told otherwise.
TEST_CASE("too much is an exception that names the bytes") {
  CHECK_THROWS_WITH_AS(pool_take(std::size_t{1} << 63), "cannot allocate 9223372036854775808 bytes",
                       std::bad_alloc);
  CHECK_THROWS_WITH_AS(pool_take(std::size_t{1} << 50), "cannot allocate 1125899906842624 bytes",
                       std::bad_alloc);
}

TEST_CASE("threads share the pool without sharing blocks") {
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int id = 0; id < 4; ++id) {
    threads.emplace_back([id, &wrong] {
      for (int round = 0; round < 2000; ++round) {
        const Buffer a = pool_take(static_cast<std::size_t>(64 + round % 777));
        const Buffer b = pool_take(static_cast<std::size_t>(64 + round % 777));
        std::memset(a.data(), id, a.bytes());
        std::memset(b.data(), id + 16, b.bytes());
        wrong[static_cast<std::size_t>(id)] +=
            a.as<char>()[a.bytes() - 1] != id || b.as<char>()[0] != id + 16;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(wrong == std::vector<int>(4, 0));
}
