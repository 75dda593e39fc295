#include "kernels/compact_table.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "core/float16.h"
#include "kernels/inference.h"

using namespace tidegate;

namespace {

std::size_t at(long i) { return static_cast<std::size_t>(i); }

// A tile of 4 vectors, `rows` rows of `k` values x times weights w [k][4 L], both as they are
// given.
std::vector<float> multiply(Isa isa, const std::vector<float>& x, const std::vector<float16>& w,
                            std::vector<float> tile, long rows, long k, long vectors) {
  const CompactKernels& kernels = inference_kernels_of(isa).float16;
  std::vector<const float*> row;
  for (long r = 0; r < rows; ++r) row.push_back(x.data() + r * k);
  CompactRows of{};
  of.at = row.data();
  kernels.tile[rows / 2][vectors - 1]({.x = &of,
                                       .row = 0,
                                       .k = k,
                                       .w = reinterpret_cast<const std::byte*>(w.data()),
                                       .scales = nullptr,
                                       .tile = tile.data(),
                                       .tile_stride = vectors * inference_kernels_of(isa).lanes});
  return tile;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("every float16 is widened exactly, on every ISA") {
  for (const Isa isa : available_isas()) {
    CAPTURE(isa_name(isa));
    const long lanes = inference_kernels_of(isa).lanes;
    for (long first = 0; first < 65536; first += lanes) {
      std::vector<float16> w;
      for (long i = 0; i < lanes; ++i) w.push_back({static_cast<std::uint16_t>(first + i)});
      const auto found = multiply(isa, {1.0F}, w, std::vector<float>(at(lanes), -0.0F), 1, 1, 1);
      for (long i = 0; i < lanes; ++i) {
        const float wanted = to_float(w[at(i)]);
        const bool same = std::isnan(wanted) ? std::isnan(found[at(i)]) : found[at(i)] == wanted;
        if (!same) FAIL("float16 ", w[at(i)].bits, ": ", found[at(i)], " and not ", wanted);
      }
    }
  }
}

TEST_CASE("products of float16 are chains of fused multiply-adds, on every ISA") {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  for (const Isa isa : available_isas()) {
    CAPTURE(isa_name(isa));
    const long lanes = inference_kernels_of(isa).lanes;
    for (const long rows : {1L, 2L}) {
      for (const long k : {1L, 2L, 7L, 100L}) {
        for (long vectors = 1; vectors <= 4; ++vectors) {
          const long columns = vectors * lanes;
          std::vector<float> x(at(rows * k)), tile(at(rows * columns));
          std::vector<float16> w(at(k * columns));
          for (float& v : x) v = normal(random);
          for (float& v : tile) v = normal(random);
          for (float16& v : w) v = to_float16(normal(random));
          std::vector<float> wanted = tile;
          for (long r = 0; r < rows; ++r) {
            for (long c = 0; c < columns; ++c) {
              float& sum = wanted[at(r * columns + c)];
              for (long i = 0; i < k; ++i) {
                sum = std::fma(x[at(r * k + i)], to_float(w[at(i * columns + c)]), sum);
              }
            }
          }
          CAPTURE(rows);
          CAPTURE(k);
          CAPTURE(vectors);
          CHECK(same_bits(multiply(isa, x, w, tile, rows, k, vectors), wanted));
        }
      }
    }
  }
}
