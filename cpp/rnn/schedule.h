// Who computes what: how the threads of one direction share rows and units for a whole sequence.
#pragma once

#include "rnn/cell.h"
#include "rnn/share.h"

namespace tidegate {

// row_groups * unit_groups threads. Groups of rows never meet; within one, the threads share the
// units and wait for each other once per step (twice for the reset-before GRU).
struct Schedule {
  int row_groups = 1;
  int unit_groups = 1;

  int threads() const { return row_groups * unit_groups; }
  const char* name() const;  // "single", "batch", "units" or "2d"
};

struct ScheduleQuery {
  CellSpec spec;
  long rows;          // of the first step
  long total;         // rows of all steps
  long unit_panels;   // the finest share of the units
  long weight_bytes;  // packed
};

// Multiply-adds of the first step, times two.
double step_flops(const ScheduleQuery& query);

// The threads that the work of all directions together deserves now: small work gets those that
// wait for it awake.
int team_for(const ScheduleQuery& query, int directions);

// The schedule of one direction on at most `threads` threads. TIDEGATE_SPLIT=batch|units|2d forces
// its kind as far as rows and units allow; an unknown value throws std::invalid_argument.
Schedule choose_schedule(const ScheduleQuery& query, int threads);

// Packed weights of more bytes leave the core's own cache.
inline constexpr long kWeightsOfOneCore = 768 * 1024;
// More bytes than that leave the last cache.
inline constexpr long kLastCache = 24 * 1024 * 1024;

}  // namespace tidegate
