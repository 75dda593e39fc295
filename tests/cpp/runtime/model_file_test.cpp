#include "tidegate/model_file.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tide_bytes.h"
#include "tidegate/session.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

FileErrorCode code_of(const std::string& file) {
  FileError error;
  const auto graph = load_graph(file.data(), file.size(), &error);
  CHECK((graph == nullptr) == (error.code != FileErrorCode::none));
  CHECK((graph == nullptr) == !error.text.empty());
  return error.code;
}

std::string with(std::string file, const std::string& from, const std::string& to) {
  REQUIRE(from.size() == to.size());
  file.replace(file.find(from), from.size(), to);
  seal(file);
  return file;
}

}  // namespace

TEST_CASE("a big-endian processor refuses every file, others look into it") {
  const char bytes[64] = {};
  FileError error;
  CHECK(load_graph(bytes, sizeof bytes, &error) == nullptr);
  if (kBigEndian) {
    CHECK(error.code == FileErrorCode::byte_order);
    CHECK(error.text ==
          "[load] files are read on little-endian processors. Received: a big-endian one. Hint: "
          "export C source, which any processor compiles.");
  } else {
    CHECK(error.code == FileErrorCode::container);
  }
}

TEST_CASE("a file computes what its numbers say, wherever its bytes lie" *
          doctest::skip(kBigEndian)) {
  const std::string file = tide_bytes(3, 5);
  for (std::size_t shift = 0; shift < 5; ++shift) {
    std::vector<char> moved(file.size() + shift);
    std::copy(file.begin(), file.end(), moved.begin() + static_cast<std::ptrdiff_t>(shift));
    const auto graph = load_graph(moved.data() + shift, file.size(), nullptr);
    REQUIRE(graph != nullptr);
    Session session(graph);
    const float x[] = {1, 2, 3};
    float y[5];
    session.step(x, y);
    const double z = 6 * 0.125;
    const double gate = 1 / (1 + std::exp(-z));
    const double h = gate * std::tanh(gate * std::tanh(z));
    for (const float value : y) CHECK(value == doctest::Approx(h).epsilon(1e-6));
  }
}

TEST_CASE("each kind of fault has its code" * doctest::skip(kBigEndian)) {
  const std::string file = tide_bytes(3, 5);
  CHECK(code_of(file) == FileErrorCode::none);
  CHECK(code_of("") == FileErrorCode::container);
  CHECK(code_of(file.substr(0, file.size() - 4)) == FileErrorCode::container);
  CHECK(code_of(with(file, "\"version\":\"1\"", "\"version\":\"2\"")) == FileErrorCode::kind);
  std::string changed = file;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  CHECK(code_of(changed) == FileErrorCode::checksum);
  CHECK(code_of(with(file, "lstm", "rnns")) == FileErrorCode::graph);
  CHECK(code_of(with(file, "\\\"outputs\\\":[1]", "\\\"outputs\\\":[2]")) == FileErrorCode::graph);
  FileError error;
  CHECK(load_graph("no such file", &error) == nullptr);
  CHECK(error.code == FileErrorCode::unreadable);
  CHECK(error.text.find("Received: no such file. Hint: ") != std::string::npos);
}

TEST_CASE("a path is as good as bytes" * doctest::skip(kBigEndian)) {
  const std::string file = tide_bytes(2, 4);
  const std::string path = "model_file_test." + std::to_string(getpid()) + ".tide";
  std::FILE* to = std::fopen(path.c_str(), "wb");
  REQUIRE(to != nullptr);
  CHECK(std::fwrite(file.data(), 1, file.size(), to) == file.size());
  std::fclose(to);
  FileError error;
  const auto graph = load_graph(path.c_str(), &error);
  std::remove(path.c_str());
  REQUIRE_MESSAGE(graph != nullptr, error.text);
  CHECK(graph->output_size() == 4);
}
