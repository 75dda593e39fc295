// A fingerprint of results: equal on two machines if and only if the values are.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <type_traits>
#include <vector>

#include "core/bfloat16.h"

namespace tidegate::test {

// FNV-1a over the values as numbers, so that the order of bytes does not matter. Which of its many
// patterns a NaN has is no promise of any instruction set: all count as one.
class Hash {
 public:
  template <class T>
  void add(const std::vector<T>& values) {
    for (const T v : values) add(v);
  }
  void add(float v) { word(std::isnan(v) ? 0x7FC00000U : std::bit_cast<std::uint32_t>(v)); }
  void add(double v) {
    word(std::isnan(v) ? std::uint64_t{0x7FF8} << 48 : std::bit_cast<std::uint64_t>(v));
  }
  void add(bfloat16 v) { word(v.bits); }
  std::uint64_t value() const { return value_; }

 private:
  void word(std::uint64_t w) { value_ = (value_ ^ w) * 0x100000001B3U; }

  std::uint64_t value_ = 0xCBF29CE484222325U;
};

// One line of the output: what was computed, and its fingerprint.
inline void print(const char* name, const char* type, const Hash& hash) {
  std::printf("%-28s %-9s %016llx\n", name, type, static_cast<unsigned long long>(hash.value()));
}

template <class T>
constexpr const char* kTypeName = std::is_same_v<T, float> ? "float32" : "float64";

}  // namespace tidegate::test
