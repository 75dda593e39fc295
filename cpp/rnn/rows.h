// The rows of one row group, and per-thread scratch for the pointers to them.
#pragma once

#include <algorithm>
#include <vector>

#include "rnn/direction.h"
#include "rnn/seats.h"

namespace tidegate {

// Full batches are cut into contiguous ranges; sorted ones are dealt out in turn, so that every
// group keeps its share of the rows that are still running.
struct RowShare {
  long first, stride, rows;  // rows: of the first step

  RowShare(const SequencePlan& plan, const Schedule& schedule, int group) {
    const long n = plan.count(0);
    if (plan.masked()) {
      first = group;
      stride = schedule.row_groups;
      rows = dealt(n);
    } else {
      const Range r = share(n, group, schedule.row_groups);
      first = r.begin;
      stride = 1;
      rows = r.end - r.begin;
    }
  }
  // The sorted row of this group's row r.
  long sorted(long r) const { return first + r * stride; }
  // Of this group's rows, those that run at a step with `count` sorted rows.
  long running(const SequencePlan& plan, long step) const {
    return plan.masked() ? dealt(plan.count(step)) : (step < plan.active_steps() ? rows : 0);
  }

 private:
  long dealt(long count) const { return count > first ? (count - first + stride - 1) / stride : 0; }
};

// Units that fill no block leave the rest of each kept vector zero, and the products with it can be
// left out: at 8 units the sweep back takes half of them. Pairs of bfloat16 keep whole blocks.
template <class T>
inline long live_lanes(const PackedWeights<T>& w) {
  return w.pairs() ? kGroupLanes : std::min(w.spec().units, kGroupLanes);
}

// A row of A is `vectors` of the gates kept for it.
template <class T>
inline void segment_gates(ProductArgs<T>& p, const PackedWeights<T>& w, long vectors,
                          long block_stride) {
  const bool part = live_lanes(w) < kGroupLanes;
  const long blocks = w.spec().blocks();
  p.segments = part ? vectors : blocks;
  p.segment_length = part ? live_lanes(w) : vectors * kGroupLanes;
  p.segment_stride = part ? kGroupLanes : block_stride;
  p.b_segment_stride = part ? kGroupLanes : p.segment_length;
  p.b_rows = blocks * vectors * kGroupLanes;
}

// Then one vector of them after the other goes through the product alone.
template <class T>
inline void segment_one_gate(ProductArgs<T>& p, const PackedWeights<T>& w) {
  p.segments = w.spec().blocks();
  p.segment_length = live_lanes(w);
}

// dst[r] = src[r] * mask for `width` values: the operand that dropout leaves of a row.
template <class T>
inline void masked_row(T* dst, const T* src, const T* mask, long width) {
  for (long i = 0; i < width; ++i) dst[i] = src[i] * mask[i];
}

}  // namespace tidegate
