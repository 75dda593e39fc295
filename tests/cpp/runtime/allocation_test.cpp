// Steps allocate nothing: every way to the heap is counted.

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>

#include "core/pool.h"
#include "every_kind.h"
#include "network.h"
#include "tide_bytes.h"
#include "tidegate/model_file.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TIDEGATE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TIDEGATE_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define TIDEGATE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TIDEGATE_TSAN 1
#endif
#endif

namespace {
// The thread sanitizer does not call its hook for aligned_alloc.
#if defined(TIDEGATE_TSAN)
constexpr bool kCountsBlocks = false;
#else
constexpr bool kCountsBlocks = true;
#endif
#if defined(TIDEGATE_SANITIZED)
constexpr long kSteps = 100000;
#else
constexpr long kSteps = 1000000;
#endif
std::atomic<long> allocations{0};
std::atomic<std::size_t> allocated_bytes{0};

void add(std::size_t bytes) {
  allocations.fetch_add(1);
  allocated_bytes.fetch_add(bytes);
}
}  // namespace

#if defined(TIDEGATE_SANITIZED)
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*,
                                                                  std::size_t),
                                                         void (*)(const volatile void*));
namespace {
void count(const volatile void*, std::size_t bytes) { add(bytes); }
void ignore(const volatile void*) {}
const int installed = __sanitizer_install_malloc_and_free_hooks(&count, &ignore);
}  // namespace
#else
// glibc lets a program put its own functions in front; these count and hand on. They must be
// visible to the shared libraries, whose operator new calls them.
#pragma GCC visibility push(default)
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  add(size);
  return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) {
  add(n * size);
  return __libc_calloc(n, size);
}
void* realloc(void* block, std::size_t size) {
  add(size);
  return __libc_realloc(block, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  add(size);
  return __libc_memalign(alignment, size);
}
}
#pragma GCC visibility pop
#endif

using namespace tidegate;
using namespace tidegate::test;

TEST_CASE("loading takes no more than the bytes of the file for the packed weights" *
          doctest::skip(kBigEndian)) {
  const std::string file = tide_bytes(200, 256);
  constexpr std::size_t kSmall = 16 << 10;  // text, operations
  const std::size_t before = allocated_bytes.load();
  REQUIRE(load_graph(file.data(), file.size(), nullptr) != nullptr);
  const std::size_t taken = allocated_bytes.load() - before;
  CHECK(taken > 0);
  if (kCountsBlocks) CHECK(taken >= file.size() / 2);
  CHECK(taken <= file.size() + kSmall);
}

TEST_CASE("a million steps, runs, resets and saved states allocate nothing") {
  Network network;
  network.add(OpKind::embedding, 50, 6)
      .add(OpKind::lstm, 6, 9)
      .add(OpKind::gru, 9, 8, ActivationKind::tanh, true, false)
      .add(OpKind::simple_rnn, 8, 8)
      .add(OpKind::activation, 8, 8, ActivationKind::relu)
      .add(OpKind::dense, 8, 5, ActivationKind::softmax);
  const auto graph = network.graph();
  Session session(graph, 2);
  std::vector<float> y(at(2 * 4 * 5)), state(at(2 * graph->state_size()));
  const std::int32_t ids[8] = {1, 2, 3, 4, 5, 6, 7, 49};

  // The hooks count: otherwise zero would show nothing.
  const long start = allocations.load();
  std::vector<float>(10).swap(y);
  y.resize(at(2 * 4 * 5));
  REQUIRE(allocations.load() > start);

  const long before = allocations.load();
  const auto takes = pool_stats().takes;
  long bad = 0;
  for (long i = 0; i < kSteps; ++i) {
    bad += session.step(ids, y.data()) + 1;
    if (i % 100 == 0) {
      session.get_state(state.data());
      session.reset();
      session.set_state(state.data());
      bad += session.run(ids, y.data(), 4, 0, 4) + 1;
    }
  }
  CHECK(allocations.load() == before);
  CHECK(pool_stats().takes == takes);
  CHECK(bad == 0);
}

TEST_CASE("steps of every kind of operation allocate nothing") {
  const auto graph = EveryKind(false).graph();
  REQUIRE(graph->can_step());
  Session session(graph, 2);
  std::vector<float> x(at(2 * 4), 0.5F), y(at(2 * 6)), pooled(at(2 * 12));
  std::vector<float> state(at(2 * graph->state_size()));
  const std::int32_t ids[2] = {3, 8};
  const InputRows in[2] = {{x.data(), nullptr}, {nullptr, ids}};
  float* const out[2] = {y.data(), pooled.data()};
  const long before = allocations.load();
  const auto takes = pool_stats().takes;
  long bad = 0;
  for (long i = 0; i < 10000; ++i) {
    bad += session.step(in, out) + 1;
    if (i % 100 == 0) {
      session.get_state(state.data());
      session.reset();
      session.set_state(state.data());
    }
  }
  CHECK(allocations.load() == before);
  CHECK(pool_stats().takes == takes);
  CHECK(bad == 0);
}

TEST_CASE("whole sequences of every kind of operation allocate nothing") {
  const auto graph = EveryKind(true).graph();
  REQUIRE(!graph->can_step());
  constexpr long kWhole = 13;
  Session session(graph, 2, kWhole);
  std::vector<float> x(at(2 * kWhole * 4), 0.5F), y(at(2 * kWhole * 6)), pooled(at(2 * 12));
  const std::vector<std::int32_t> ids(at(2 * kWhole), 4);
  const InputRows in[2] = {{x.data(), nullptr}, {nullptr, ids.data()}};
  float* const out[2] = {y.data(), pooled.data()};
  const long before = allocations.load();
  const auto takes = pool_stats().takes;
  long bad = 0;
  for (long i = 0; i < 1000; ++i) {
    const long steps = 1 + i % kWhole;
    bad += session.run(in, out, steps, 0, steps) + 1;
  }
  CHECK(allocations.load() == before);
  CHECK(pool_stats().takes == takes);
  CHECK(bad == 0);
}

TEST_CASE("the caller's block is all that a session takes") {
  Network network;
  network.add(OpKind::lstm, 6, 9);
  const auto graph = network.graph();
  alignas(Session::kAlignment) static std::byte block[65536];
  REQUIRE(Session::bytes(*graph, 3) <= sizeof block);
  const long before = allocations.load();
  Session session(graph, 3, block);
  session.reset();
  CHECK(allocations.load() == before);
}

TEST_CASE("nor does one of whole sequences take more") {
  const auto graph = EveryKind(true).graph();
  alignas(Session::kAlignment) static std::byte block[65536];
  REQUIRE(Session::bytes(*graph, 2, 13) <= sizeof block);
  const long before = allocations.load();
  Session session(graph, 2, block, 13);
  CHECK(allocations.load() == before);
  CHECK(session.steps() == 13);
}
