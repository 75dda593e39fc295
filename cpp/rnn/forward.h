// Forward pass of one or two directions over whole sequences.
#pragma once

#include <optional>
#include <vector>

#include "core/cancel.h"
#include "kernels/dispatch.h"
#include "rnn/direction.h"
#include "rnn/saved.h"
#include "rnn/schedule.h"

namespace tidegate {

template <class T>
struct ForwardOutput {
  T* y;  // first value of this direction; rows and steps lie Direction::y_*_stride apart
  T* h;  // [B, H] final states, or null if nobody wants them
  T* c;  // LSTM: [B, H], likewise
};

// Computes every direction and makes, for each, what BPTT needs in this mode (nothing without one:
// inference). Threads, schedule and ISA go to last_run(). If `cancel` is requested the outputs are
// incomplete. The caller's arrays may not alias each other.
template <class T>
void recurrent_forward(const std::vector<Direction<T>>& directions, std::optional<Remat> mode,
                       const std::vector<ForwardOutput<T>>& outputs, std::vector<Saved<T>>& saved,
                       CancelToken& cancel);

extern template void recurrent_forward<float>(const std::vector<Direction<float>>&,
                                              std::optional<Remat>,
                                              const std::vector<ForwardOutput<float>>&,
                                              std::vector<Saved<float>>&, CancelToken&);
extern template void recurrent_forward<double>(const std::vector<Direction<double>>&,
                                               std::optional<Remat>,
                                               const std::vector<ForwardOutput<double>>&,
                                               std::vector<Saved<double>>&, CancelToken&);

// What the kernels of a direction run on.
template <class T>
const char* isa_of(const Direction<T>& d) {
  return d.weights->pairs() ? pair_isa_name() : isa_name(active_isa());
}

// The question that the schedule of a direction answers to.
template <class T>
ScheduleQuery schedule_query(const Direction<T>& d) {
  return {.spec = d.spec(),
          .rows = d.plan->count(0),
          .total = d.plan->total(),
          .unit_panels = d.weights->panels(),
          .weight_bytes = static_cast<long>(d.weights->bytes()),
          .split = d.split};
}

}  // namespace tidegate
