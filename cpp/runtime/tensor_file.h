// A safetensors file in memory: which tensors lie where, and the metadata, every size checked
// against the bytes that are there.
//
// Format: https://github.com/huggingface/safetensors (Apache-2.0), README.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/block.h"

namespace tidegate {

enum class TensorType : std::uint8_t { f32, f16, bf16, i8, i32 };

// As the format writes it.
const char* type_name(TensorType type);

struct Tensor {
  std::string name;
  TensorType type;
  int rank;
  std::uint64_t shape[4];
  const std::byte* data;   // of no alignment
  std::size_t begin, end;  // in the bytes behind the header

  bool is(TensorType wanted, const std::vector<std::uint64_t>& sizes) const;
  // Where numbers of this alignment can be read: in the file, or in `copy` if they lie at another
  // place there. Null without memory.
  const void* values(std::size_t alignment, Block* copy) const;
};

struct TensorFile {
  std::vector<Tensor> tensors;                // by name
  std::string format, version, graph, steps;  // of __metadata__; empty if left out
  std::string_view checksum;                  // where its 64 digits lie in the file

  // Null if there is none.
  const Tensor* find(std::string_view name) const;
};

// Fills `file`, which points into the bytes. An empty text, or what is wrong with them.
std::string read_tensor_file(const std::byte* data, std::size_t size, TensorFile* file);

}  // namespace tidegate
