// Packed weights in bfloat16, as kernels/tile_bfloat16.inl.h reads them.
#pragma once

#include "core/bfloat16.h"

namespace tidegate {

// `vectors` vectors of L lanes, rounded. Two that follow each other lie interleaved, lane l of the
// first at 2l and of the second at 2l + 1; the last of an odd number lies by itself.
inline void narrow_vectors(const float* from, long vectors, long lanes, bfloat16* to) {
  long v = 0;
  for (; v + 1 < vectors; v += 2, from += 2 * lanes, to += 2 * lanes) {
    for (long l = 0; l < lanes; ++l) {
      to[2 * l] = to_bfloat16(from[l]);
      to[2 * l + 1] = to_bfloat16(from[lanes + l]);
    }
  }
  if (v == vectors) return;
  for (long l = 0; l < lanes; ++l) to[l] = to_bfloat16(from[l]);
}

// Panels of `width` vectors beside each other and `rows` rows, the last panel with what is left of
// `columns`; each panel by itself.
inline void narrow_panels(const float* from, long rows, long columns, long width, long lanes,
                          bfloat16* to) {
  const long all = (columns + lanes - 1) / lanes;
  for (long first = 0; first < all; first += width) {
    const long vectors = rows * (all - first < width ? all - first : width);
    narrow_vectors(from, vectors, lanes, to);
    from += vectors * lanes;
    to += vectors * lanes;
  }
}

}  // namespace tidegate
