// acc + a1 b1 + a0 b0 for pairs of bfloat16, the odd product first, each sum rounded once.
//
// That is what VDPBF16PS computes (Intel's definition, and what AMD's processors do; both treat
// subnormal values as zero, as everything here does), so where the instruction is missing two fused
// multiply-adds give the same bits. Included by a target after its words.
namespace tidegate::TIDEGATE_TARGET {
namespace {

#if defined(__AVX512BF16__)

// Rows of the largest tile with 4 vectors of accumulators: one register per row and pair.
constexpr int kPairTileRows = 6;

// A pair that every lane has.
struct TwoOfRow {
  __m512i v;
};
inline TwoOfRow tg_two(const bfloat16* p) {
  int bits;
  __builtin_memcpy(&bits, p, sizeof bits);
  return {_mm512_set1_epi32(bits)};
}
inline void tg_hold(TwoOfRow& a) { asm("" : "+v"(a.v)); }
inline Vf tg_dot(Vf acc, TwoOfRow a, Vf::Pair b) {
  return {
      _mm512_dpbf16_ps(acc.v, reinterpret_cast<__m512bh>(a.v), reinterpret_cast<__m512bh>(b.v))};
}

#else

// Two registers per row, and two for what is widened. More rows would fit into 32 registers; they
// are left out, since each size of tile adds to the library, and speed is for the instruction.
constexpr int kPairTileRows = 2;

struct TwoOfRow {
  Vec<float> even, odd;
};
inline TwoOfRow tg_two(const bfloat16* p) {
  const float even = to_float(p[0]);
  const float odd = to_float(p[1]);
  return {tg_broadcast(&even), tg_broadcast(&odd)};
}
inline void tg_hold(TwoOfRow&) {}
inline Vec<float> tg_dot(Vec<float> acc, TwoOfRow a, Vec<float>::Pair b) {
  return tg_fma(a.even, tg_even(b), tg_fma(a.odd, tg_odd(b), acc));
}

#endif

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
