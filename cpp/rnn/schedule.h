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

// What the threads of a team share: chosen by sizes, or forced.
enum class Split { automatic, batch, units, both };

// What TIDEGATE_SPLIT=batch|units|2d forces; an unknown value throws std::invalid_argument. Python
// changes the environment under its lock: ask while you hold it.
Split split_from_environment();

struct ScheduleQuery {
  CellSpec spec;
  long rows;          // of the first step
  long total;         // rows of all steps
  long unit_panels;   // the finest share of the units
  long weight_bytes;  // packed
  Split split = Split::automatic;
};

// Multiply-adds of the first step, times two.
double step_flops(const ScheduleQuery& query);

// The threads that the work of all directions together deserves now: small work gets those that
// wait for it awake.
int team_for(const ScheduleQuery& query, int directions);

// The schedule of one direction on at most `threads` threads; a split is forced as far as rows and
// units allow.
Schedule choose_schedule(const ScheduleQuery& query, int threads);

// Packed weights of more bytes leave the core's own cache.
inline constexpr long kWeightsOfOneCore = 768 * 1024;
// More bytes than that leave the last cache.
inline constexpr long kLastCache = 24 * 1024 * 1024;

}  // namespace tidegate
