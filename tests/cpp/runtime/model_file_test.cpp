#include "tidegate/model_file.h"

#include <doctest/doctest.h>

#include <bit>

using namespace tidegate;

// The rest of the reader is tested by what tests/python/runtime writes; this runs under qemu too.
TEST_CASE("a big-endian processor refuses every file, others look into it") {
  const char bytes[64] = {};
  FileError error;
  CHECK(load_graph(bytes, sizeof bytes, &error) == nullptr);
  if (std::endian::native == std::endian::big) {
    CHECK(error.code == FileErrorCode::byte_order);
    CHECK(error.text ==
          "[load] files are read on little-endian processors. Received: a big-endian one. Hint: "
          "export C source, which any processor compiles.");
  } else {
    CHECK(error.code == FileErrorCode::container);
  }
}
