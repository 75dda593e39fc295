#include "core/block.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <utility>

using namespace tidegate;

TEST_CASE("a block is aligned, writable to its end and moves") {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{64}, std::size_t{5} << 20}) {
    Block block(bytes);
    REQUIRE(block);
    CHECK(block.bytes() == bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(block.data()) % 64 == 0);
    std::memset(block.data(), 1, bytes);
    void* at = block.data();
    Block other = std::move(block);
    CHECK(other.data() == at);
    CHECK(!block);  // NOLINT(bugprone-use-after-move): that is what is tested
    block = std::move(other);
    CHECK(block.data() == at);
  }
}

TEST_CASE("no memory is an empty block, not an exception") {
  CHECK(!Block(0));
  CHECK(!Block(SIZE_MAX));
  CHECK(!Block(SIZE_MAX / 2));
}
