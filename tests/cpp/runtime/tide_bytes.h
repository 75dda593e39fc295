// A `.tide` file put together by hand: an LSTM, all weights 0.125.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "runtime/sha256.h"

namespace tidegate::test {

// Such a processor refuses every file, as the first case of model_file_test.cpp shows.
constexpr bool kBigEndian = std::endian::native == std::endian::big;

inline std::string tensor_entry(const std::string& name, std::vector<long> shape, long* offset) {
  long values = 1;
  std::string sizes;
  for (const long n : shape) {
    values *= n;
    sizes += (sizes.empty() ? "" : ",") + std::to_string(n);
  }
  const long begin = *offset;
  *offset += 4 * values;
  return ",\"" + name + R"(":{"dtype":"F32","shape":[)" + sizes + R"(],"data_offsets":[)" +
         std::to_string(begin) + "," + std::to_string(*offset) + "]}";
}

// Puts the right checksum into a file that has a field for one.
inline void seal(std::string& file) {
  const std::size_t at = file.find(R"("sha256":")") + 10;
  file.replace(at, 64, std::string(64, '0'));
  Sha256 sum;
  sum.add(file.data(), file.size());
  std::size_t i = at;
  for (const std::uint8_t byte : sum.digest()) {
    file[i++] = "0123456789abcdef"[byte >> 4];
    file[i++] = "0123456789abcdef"[byte & 15];
  }
}

inline std::string tide_bytes(long inputs, long units) {
  const std::string graph =
      R"({\"operations\":[{\"kind\":\"input\",\"outputs\":)" + std::to_string(inputs) +
      R"(},{\"kind\":\"lstm\",\"reads\":[0],\"inputs\":)" + std::to_string(inputs) +
      R"(,\"outputs\":)" + std::to_string(units) +
      R"(,\"activation\":\"tanh\",\"kernel\":\"k\",\"recurrent_kernel\":\"u\"}],)"
      R"(\"outputs\":[1],\"weights\":\"float32\"})";
  long offset = 0;
  std::string header = R"({"__metadata__":{"format":"tidegate","version":"1","sha256":")" +
                       std::string(64, '0') + R"(","graph":")" + graph + "\"}" +
                       tensor_entry("k", {inputs, 4 * units}, &offset) +
                       tensor_entry("u", {units, 4 * units}, &offset) + "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string file(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  file += header;
  const float value = 0.125F;
  const std::size_t body = file.size();
  file.resize(body + static_cast<std::size_t>(offset));
  for (std::size_t at = body; at < file.size(); at += 4) std::memcpy(file.data() + at, &value, 4);
  seal(file);
  return file;
}

}  // namespace tidegate::test
