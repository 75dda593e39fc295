// The rows of one row group, and per-thread scratch for the pointers to them.
#pragma once

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

// dst[r] = src[r] * mask for `width` values: the operand that dropout leaves of a row.
template <class T>
inline void masked_row(T* dst, const T* src, const T* mask, long width) {
  for (long i = 0; i < width; ++i) dst[i] = src[i] * mask[i];
}

}  // namespace tidegate
