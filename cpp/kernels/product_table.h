// Products with a packed right operand: the arguments of kernels/product.inl.h.
#pragma once

#include "core/bfloat16.h"
#include "kernels/compact_table.h"

namespace tidegate {

// C [rows, columns] (+)= A [rows, K] * B [K, columns], B packed in panels of 4 vectors (see
// nn/panels.h): panel p holds columns [p * 4L, ...) as [K][n * L], n = 4 or what the last panel
// needs; columns past the end are zero.
//
// Every element of C is one chain of fused multiply-adds over k in ascending order, starting from
// its init value, whatever the tile: who computes it changes nothing.
//
// A row of A is read as `segments` runs of `segment_length` values, `segment_stride` apart; K =
// segments * segment_length.
template <class T>
struct ProductArgs {
  long rows;
  long columns;
  long panel_begin, panel_end;  // the share of the columns that this call computes
  const T* const* a;            // [rows] pointers to the first value of each row
  long segments, segment_length, segment_stride;
  const T* b;  // packed, panels one after another
  // The same in bfloat16, see RecurrentStepArgs::kernel16.
  const bfloat16* b16;
  const CompactOperands* compact;  // or in float16 or 8 bits
  bfloat16* scratch16;             // products of bfloat16: [rows][K], K even
  long b_segment_stride;  // rows of B between the starts of two segments (segment_length if B has
                          // no gaps)
  long b_rows;            // rows of B in a panel
  long b_first_row;       // where the first segment starts in B
  const T* init;          // [columns rounded up to vectors] added first (bias), or null
  T* const* c;            // [rows] pointers to the first column of each row; may not alias A
  const T* const* scale;  // null, or [rows] pointers to [columns]: the product is multiplied by it
  bool accumulate;        // add to what C holds (with scale: fma) instead of writing
};

// C [m, columns] (+)= A^T B over `rows` rows, for gradients of weights.
//   a       [ceil(m / 6)][rows][6], the left operand packed so that 6 values of one row lie
//   together a_rows  or instead of it [rows] pointers to the m values of each row, for tiles of 6
//   whole values b       column group g of 16 values starts at b + g * group_stride; rows are
//   row_stride apart c       [m][groups * 16]: the sum over the rows of this call is formed first,
//   then added (in row
//           order of calls)
template <class T>
struct OuterArgs {
  long rows;
  long tile_begin, tile_end;  // of the ceil(m / 6) tiles: the share of this call
  long m;
  const T* a;
  const T* const* a_rows;  // null if packed
  const bfloat16* a16;     // products of bfloat16: [ceil(m / 6)][ceil(rows / 2)][6] pairs of rows
  const T* b;
  long row_stride;
  long groups, group_stride;
  T* const* c;           // [m] pointers to the rows of C
  const long* c_groups;  // [groups] where their columns begin there; null: one after another
  bool accumulate;       // add to what C holds instead of writing
};

constexpr long kOuterTile = 6;
constexpr long kOuterRows = 384;  // of a call, at most
constexpr long kGroupLanes = 16;

template <class T>
struct ProductKernels {
  void (*product)(const ProductArgs<T>&);
  void (*outer)(const OuterArgs<T>&);
};

}  // namespace tidegate
