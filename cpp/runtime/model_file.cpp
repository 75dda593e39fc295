#include "tidegate/model_file.h"

#include <cstdint>
#include <cstdio>
#include <limits>
#include <string_view>
#include <utility>

#include "core/block.h"
#include "runtime/graph_text.h"
#include "runtime/pair_check.h"
#include "runtime/sha256.h"
#include "runtime/tensor_file.h"

namespace tidegate {
namespace {

constexpr const char* kDamaged = "the file is damaged or of another kind";
constexpr std::string_view kZeros =
    "0000000000000000000000000000000000000000000000000000000000000000";

std::shared_ptr<const Graph> refuse(FileError* error, FileErrorCode code, const std::string& rule,
                                    const std::string& received, const char* hint = kDamaged) {
  if (error != nullptr) {
    *error = {code, "[load] " + rule + ". Received: " + received + ". Hint: " + hint + "."};
  }
  return nullptr;
}

// Of the whole file with zeros where the checksum stands.
std::string checksum_of(const std::byte* data, std::size_t size, std::string_view place) {
  const auto at = static_cast<std::size_t>(reinterpret_cast<const std::byte*>(place.data()) - data);
  Sha256 sum;
  sum.add(data, at);
  sum.add(kZeros.data(), kZeros.size());
  sum.add(data + at + kZeros.size(), size - at - kZeros.size());
  std::string digits;
  for (const std::uint8_t byte : sum.digest()) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}

bool little_endian() {
  const std::uint16_t one = 1;
  return *reinterpret_cast<const unsigned char*>(&one) == 1;
}

}  // namespace

std::shared_ptr<const Graph> load_graph(const void* data, std::size_t size, FileError* error,
                                        const LoadOptions& options) {
  if (error != nullptr) *error = {};
  if (!little_endian()) {
    return refuse(error, FileErrorCode::byte_order, "files are read on little-endian processors",
                  "a big-endian one", "export C source, which any processor compiles");
  }
  const auto* bytes = static_cast<const std::byte*>(data);
  TensorFile file;
  const std::string what = std::to_string(size) + " bytes";
  std::string fault = read_tensor_file(bytes, size, &file);
  if (!fault.empty()) return refuse(error, FileErrorCode::container, fault, what);
  if (file.format != "tidegate" || file.version != "1") {
    return refuse(error, FileErrorCode::kind, "the metadata must say format tidegate, version 1",
                  "'" + file.format + "', '" + file.version + "'",
                  "model.export writes such files; newer ones need a newer tidegate");
  }
  if (file.checksum.size() != kZeros.size() ||
      checksum_of(bytes, size, file.checksum) != file.checksum) {
    return refuse(error, FileErrorCode::checksum, "the file must have its own SHA-256", what,
                  "it was changed or cut after it was written");
  }
  GraphText text;
  fault = read_graph_text(file.graph, file, &text);
  if (!fault.empty()) return refuse(error, FileErrorCode::graph, fault, what);
  auto graph = Graph::make(text.spec(), &fault);
  if (graph == nullptr) return refuse(error, FileErrorCode::graph, fault, what);
  if (options.check_pair && !file.steps.empty()) {
    fault = check_pair(graph, text.weights, file);
    if (!fault.empty()) {
      return refuse(error, FileErrorCode::pair, fault, what,
                    "LoadOptions::check_pair = false loads it all the same");
    }
  }
  return graph;
}

std::shared_ptr<const Graph> load_graph(const char* path, FileError* error,
                                        const LoadOptions& options) {
  const auto unreadable = [&] {
    return refuse(error, FileErrorCode::unreadable, "the file must exist and be readable", path,
                  "check the path and its permissions");
  };
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return unreadable();
  const bool sought = std::fseek(file, 0, SEEK_END) == 0;
  const long size = sought ? std::ftell(file) : -1;
  std::rewind(file);
  if (size < 0 || size == std::numeric_limits<long>::max()) {
    std::fclose(file);
    return unreadable();
  }
  const auto bytes = static_cast<std::size_t>(size);
  const Block block(bytes);
  const bool read = block && std::fread(block.data(), 1, bytes, file) == bytes;
  std::fclose(file);
  if (bytes > 0 && !block) {
    return refuse(error, FileErrorCode::memory, "the file must fit into memory",
                  std::to_string(bytes) + " bytes", "free some");
  }
  if (bytes > 0 && !read) return unreadable();
  return load_graph(block.data(), bytes, error, options);
}

}  // namespace tidegate
