// What this CPU and its operating system can run, and how large its caches are.
#pragma once

#include <cstddef>

namespace tidegate {

enum class Isa { scalar, neon, wasm128, avx2, avx512 };

// True if the CPU has the instructions and the system saves the registers they need.
bool cpu_supports(Isa isa);

// AVX512_BF16: one instruction multiplies and adds pairs of bfloat16.
bool cpu_multiplies_bfloat16();

// AVX512_VNNI, or the dot products of Armv8.2: one instruction multiplies and adds fours of bytes.
bool cpu_multiplies_bytes();

// "scalar", "neon", "wasm128", "avx2", "avx512".
const char* isa_name(Isa isa);

struct CacheSizes {
  std::size_t l1d;  // bytes per core
  std::size_t l2;   // bytes per core
  std::size_t l3;   // bytes, shared; 0 if there is none
};

// Sizes that the system reports, or common ones where it reports nothing.
CacheSizes cache_sizes();

}  // namespace tidegate
