#include "rnn/plan.h"

#include "core/checked.h"

namespace tidegate {
namespace {

template <class T>
Buffer take(long a, long b = 1) {
  return pool_take(
      checked_mul(static_cast<std::size_t>(a), static_cast<std::size_t>(b), sizeof(T)));
}

}  // namespace

SequencePlan::SequencePlan(long batch, long steps, bool reverse, const MaskView* mask)
    : batch_(batch), steps_(steps), active_(batch > 0 ? steps : 0), reverse_(reverse) {
  if (mask == nullptr || batch == 0) return;
  kind_ = mask->kind;
  order_ = take<std::int32_t>(batch);
  lengths_ = take<std::int32_t>(batch);
  auto* order = order_.as<std::int32_t>();
  auto* lengths = lengths_.as<std::int32_t>();
  for (long i = 0; i < batch; ++i) {
    order[i] = mask->order[i];
    lengths[i] = mask->lengths[order[i]];
  }
  active_ = lengths[0];
  offsets_ = take<std::int64_t>(active_ + 1);
  auto* offsets = offsets_.as<std::int64_t>();
  offsets[0] = 0;
  long rows = batch;
  for (long s = 0; s < active_; ++s) {
    while (rows > 0 && lengths[rows - 1] <= s) --rows;
    offsets[s + 1] = offsets[s] + rows;
  }
  if (kind_ != MaskView::Kind::holes) return;
  times_ = take<std::int32_t>(batch, steps);
  for (long i = 0; i < batch; ++i) {
    const std::uint8_t* values = mask->values + order[i] * steps;
    std::int32_t* out = times_.as<std::int32_t>() + i * steps;
    for (long t = 0; t < steps; ++t) {
      if (values[t] != 0) *out++ = static_cast<std::int32_t>(t);
    }
  }
}

}  // namespace tidegate
