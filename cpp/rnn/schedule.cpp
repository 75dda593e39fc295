#include "rnn/schedule.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "core/team.h"

namespace tidegate {
namespace {

// One core does 100 to 200 flops per ns on large tiles, 30 to 70 at one row. To wake a thread that
// sleeps costs 10 to 60 us, to give one that waits awake its part less than 1, a barrier 0.05 to
// 0.35 us depending on where the cores lie: below these sizes a second thread may cost more than it
// brings.
constexpr double kFlopsWorthWaking = 6e6;
constexpr double kFlopsPerAwakeThread = 2e5;
constexpr double kFlopsWorthABarrier = 6e4;
// Rows that keep the multiply units busy while the weights stream from the core's own cache.
constexpr long kRowsPerThread = 4;

Schedule grid(const ScheduleQuery& q, long rows, long units) {
  return {static_cast<int>(std::max(1L, std::min(rows, q.rows))),
          static_cast<int>(std::max(1L, std::min(units, q.unit_panels)))};
}

// As square as the thread count allows, more units than rows.
Schedule grid_2d(const ScheduleQuery& q, long threads) {
  long rows = std::min(2L, std::max(1L, threads / 2));
  for (long n = 2; n * n <= threads; ++n) {
    if (threads % n == 0) rows = n;
  }
  return grid(q, rows, threads / rows);
}

}  // namespace

Split split_from_environment() {
  const char* value = std::getenv("TIDEGATE_SPLIT");
  if (value == nullptr || *value == '\0') return Split::automatic;
  const std::string name = value;
  if (name == "batch") return Split::batch;
  if (name == "units") return Split::units;
  if (name == "2d") return Split::both;
  throw std::invalid_argument("[schedule] TIDEGATE_SPLIT must be batch, units or 2d. Received: " +
                              name + ". Hint: unset it to let tidegate choose.");
}

double step_flops(const ScheduleQuery& q) {
  const CellSpec& s = q.spec;
  return 2.0 * static_cast<double>(s.gates()) * static_cast<double>(s.input_dim + s.units) *
         static_cast<double>(s.units) * static_cast<double>(q.rows);
}

const char* Schedule::name() const {
  if (threads() == 1) return "single";
  if (unit_groups == 1) return "batch";
  return row_groups == 1 ? "units" : "2d";
}

int team_for(const ScheduleQuery& query, int directions) {
  if (query.split != Split::automatic) return threads_available();
  const double steps =
      query.rows > 0 ? static_cast<double>(query.total) / static_cast<double>(query.rows) : 0;
  const double flops = step_flops(query) * steps * directions;
  const bool alone = directions == 1 && query.rows < 2 * kRowsPerThread;
  if (alone && step_flops(query) < kFlopsWorthABarrier) return 1;
  if (flops >= kFlopsWorthWaking) return threads_available();
  return threads_awake(static_cast<int>(flops / kFlopsPerAwakeThread));
}

Schedule choose_schedule(const ScheduleQuery& query, int threads) {
  const long n = threads;
  switch (query.split) {
    case Split::batch:
      return grid(query, n, 1);
    case Split::units:
      return grid(query, 1, n);
    case Split::both:
      return grid_2d(query, n);
    case Split::automatic:
      break;
  }
  if (n <= 1) return {};
  const bool barrier_pays = step_flops(query) >= kFlopsWorthABarrier;
  if (!barrier_pays) return grid(query, std::min(n, std::max(1L, query.rows / 2)), 1);
  // Sharing the units halves what each core streams.
  const bool streams = query.weight_bytes > kWeightsOfOneCore;
  if (!streams && query.rows >= kRowsPerThread * n) return grid(query, n, 1);
  if (query.unit_panels >= n) return grid(query, 1, n);
  const long units = std::min(n, query.unit_panels);
  return grid(query, n / units, units);
}

}  // namespace tidegate
