#include "kernels/compact_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/inference.h"

using namespace tidegate;

namespace {

std::size_t at(long i) { return static_cast<std::size_t>(i); }

long lanes_of(Isa isa) { return inference_kernels_of(isa).lanes; }

struct Case {
  long rows, k, vectors;
  std::vector<std::int8_t> x, w;  // [rows][stride], [k][columns]
  std::vector<float> x_scales, w_scales, tile;

  static constexpr long kColumns = 4 * 16;

  Case(long row_count, long depth, long vector_count)
      : rows(row_count), k(depth), vectors(vector_count) {
    std::mt19937 random(static_cast<unsigned>(rows * 1000 + k * 10 + vectors));
    const auto whole = [&](long n) {
      std::vector<std::int8_t> v(at(n));
      // The ends of the range are frequent: products of them must not saturate anywhere.
      for (auto& q : v) {
        const auto drawn = static_cast<int>(random() % 512) - 256;
        q = static_cast<std::int8_t>(std::max(-127, std::min(127, drawn)));
      }
      return v;
    };
    std::normal_distribution<float> normal;
    const auto values = [&](long n) {
      std::vector<float> v(at(n));
      for (float& f : v) f = normal(random);
      return v;
    };
    x.resize(at(rows * stride()));
    for (long r = 0; r < rows; ++r) {
      const auto row = whole(k);
      std::copy(row.begin(), row.end(), x.begin() + r * stride());
    }
    w = whole(k * kColumns);
    x_scales = values(rows);
    w_scales = values(kColumns);
    tile = values(rows * kColumns);
  }
  long stride() const { return (k + 63) / 64 * 64; }
  long groups() const { return (k + 3) / 4; }

  std::vector<float> expected(long lanes) const {
    std::vector<float> y = tile;
    for (long r = 0; r < rows; ++r) {
      for (long c = 0; c < vectors * lanes; ++c) {
        long sum = 0;
        for (long i = 0; i < k; ++i) sum += x[at(r * stride() + i)] * w[at(i * kColumns + c)];
        float& to = y[at(r * kColumns + c)];
        to = std::fma(static_cast<float>(sum), x_scales[at(r)] * w_scales[at(c)], to);
      }
    }
    return y;
  }

  std::vector<float> computed(const CompactKernels& kernels, long lanes) const {
    std::vector<std::int8_t> packed(at(groups() * vectors * lanes * 4));
    std::size_t to = 0;
    for (long g = 0; g < groups(); ++g) {
      for (long c = 0; c < vectors * lanes; ++c) {
        for (long i = 4 * g; i < 4 * g + 4; ++i, ++to) {
          const int value = i < k ? w[at(i * kColumns + c)] : 0;
          packed[to] = static_cast<std::int8_t>(value + kernels.offset);
        }
      }
    }
    std::vector<std::int8_t> rounded = x;
    std::vector<float> row_scales = x_scales;
    std::vector<std::int32_t> starts;
    for (long r = 0; r < rows; ++r) {
      starts.push_back(kernels.start(x.data() + r * stride(), stride()));
    }
    CompactRows of{};
    of.values = rounded.data();
    of.stride = stride();
    of.scales = row_scales.data();
    of.starts = starts.data();
    std::vector<float> y = tile;
    kernels.tile[rows / 2][vectors - 1]({.x = &of,
                                         .row = 0,
                                         .k = k,
                                         .w = reinterpret_cast<const std::byte*>(packed.data()),
                                         .scales = w_scales.data(),
                                         .tile = y.data(),
                                         .tile_stride = kColumns});
    return y;
  }
};

void check(Isa isa, const CompactKernels& kernels) {
  const long lanes = lanes_of(isa);
  CAPTURE(isa_name(isa));
  CAPTURE(kernels.offset);
  for (const long rows : {1L, 2L, 4L}) {
    if (rows > kernels.rows) continue;
    for (const long k : {1L, 3L, 4L, 5L, 8L, 63L, 64L, 65L, 200L, 1031L}) {
      for (long vectors = 1; vectors <= 4; ++vectors) {
        const Case c(rows, k, vectors);
        CAPTURE(rows);
        CAPTURE(k);
        CAPTURE(vectors);
        const auto found = c.computed(kernels, lanes);
        const auto wanted = c.expected(lanes);
        CHECK(std::memcmp(found.data(), wanted.data(), found.size() * sizeof(float)) == 0);
      }
    }
  }
}

}  // namespace

TEST_CASE("products of bytes are exact sums, scaled by one fused multiply-add, on every ISA") {
  for (const Isa isa : available_isas()) {
    check(isa, bytes_kernels_of(isa, false));
    check(isa, bytes_kernels_of(isa, true));  // the same where there is no such instruction
  }
}

TEST_CASE("the processor's own instruction is taken where it has one") {
  if (cpu_supports(Isa::avx512)) {
    CHECK((bytes_kernels_of(Isa::avx512, true).offset == 128) == cpu_multiplies_bytes());
    CHECK(bytes_kernels_of(Isa::avx512, false).offset == 0);
  }
  if (cpu_supports(Isa::neon)) {
    const bool own = &bytes_kernels_of(Isa::neon, true) != &bytes_kernels_of(Isa::neon, false);
    CHECK(own == cpu_multiplies_bytes());
  }
}
