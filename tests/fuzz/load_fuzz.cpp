// Any bytes give a model or one typed error. The checksum is put right first, or nothing behind it
// would ever be reached; every fourth input keeps its own.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "runtime/sha256.h"
#include "runtime/tensor_file.h"
#include "tidegate/model_file.h"
#include "tidegate/session.h"

namespace {

constexpr std::size_t kDigits = 64;

void repair(std::vector<std::byte>& bytes) {
  tidegate::TensorFile file;
  tidegate::read_tensor_file(bytes.data(), bytes.size(), &file);
  if (file.checksum.size() != kDigits) return;
  const auto at = reinterpret_cast<const std::byte*>(file.checksum.data()) - bytes.data();
  for (std::size_t i = 0; i < kDigits; ++i) {
    bytes[static_cast<std::size_t>(at) + i] = std::byte{'0'};
  }
  tidegate::Sha256 sum;
  sum.add(bytes.data(), bytes.size());
  std::size_t i = static_cast<std::size_t>(at);
  for (const std::uint8_t byte : sum.digest()) {
    bytes[i++] = static_cast<std::byte>("0123456789abcdef"[byte >> 4]);
    bytes[i++] = static_cast<std::byte>("0123456789abcdef"[byte & 15]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  std::vector<std::byte> bytes(begin, begin + size);
  if (size % 4 != 0) repair(bytes);
  tidegate::FileError error;
  const auto graph = tidegate::load_graph(bytes.data(), bytes.size(), &error);
  if ((graph == nullptr) == (error.code == tidegate::FileErrorCode::none)) std::abort();
  if ((graph == nullptr) == error.text.empty()) std::abort();
  return 0;
}
