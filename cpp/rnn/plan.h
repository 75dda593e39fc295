// Which rows of a batch are computed at which step: the whole treatment of masks and lengths.
#pragma once

#include <cstdint>

#include "core/pool.h"

namespace tidegate {

// A mask as the Python layer hands it over, worked out once per batch.
struct MaskView {
  enum class Kind { right, left, holes };  // padding at the end, at the start, or anywhere
  Kind kind;
  const std::uint8_t* values;   // [B, T], nonzero where a step counts
  const std::int32_t* lengths;  // [B] number of such steps
  const std::int32_t* order;    // [B] rows by length, longest first, stable
};

// Masked steps change no state, so they are left out: row i of the sorted batch is computed for its
// own `length(i)` steps and then drops out, and cost follows the sum of the lengths for any mask.
// Sorted rows are numbered 0 ... B - 1, steps are counted in processing order, and (step, row) has
// the flat index offset(step) + row.
class SequencePlan {
 public:
  // mask may be null (every step counts). It is read here only.
  SequencePlan(long batch, long steps, bool reverse, const MaskView* mask);

  long batch() const { return batch_; }
  long steps() const { return steps_; }  // T
  bool reverse() const { return reverse_; }
  bool masked() const { return static_cast<bool>(order_); }
  long active_steps() const { return active_; }  // of the longest row
  // Rows computed at `step`: sorted rows 0 ... count - 1.
  long count(long step) const {
    if (step >= active_) return 0;
    return masked() ? offsets()[step + 1] - offsets()[step] : batch_;
  }
  long offset(long step) const { return masked() ? offsets()[step] : step * batch_; }
  long total() const { return offset(active_); }
  long length(long row) const { return masked() ? lengths_.as<std::int32_t>()[row] : steps_; }
  // The caller's row of a sorted row.
  long caller_row(long row) const { return masked() ? order_.as<std::int32_t>()[row] : row; }
  // The caller's time index of a row's step.
  long time(long row, long step) const {
    if (!masked()) return reverse_ ? steps_ - 1 - step : step;
    const long n = lengths_.as<std::int32_t>()[row];
    const long i = reverse_ ? n - 1 - step : step;
    if (kind_ == MaskView::Kind::right) return i;
    if (kind_ == MaskView::Kind::left) return steps_ - n + i;
    return times_.as<std::int32_t>()[row * steps_ + i];
  }

 private:
  const std::int64_t* offsets() const { return offsets_.as<std::int64_t>(); }

  long batch_, steps_, active_;
  bool reverse_;
  MaskView::Kind kind_ = MaskView::Kind::right;
  Buffer order_, lengths_;  // int32 [B], sorted
  Buffer offsets_;          // int64 [active + 1]
  Buffer times_;            // holes: int32 [B, T], the steps that count, ascending
};

}  // namespace tidegate
