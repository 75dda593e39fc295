// Seats of a team: which direction, rows and units each thread has for a whole call.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "core/team.h"
#include "rnn/schedule.h"

namespace tidegate {

// One thread's place in the work of one direction.
struct Seat {
  Schedule schedule;
  int row_group, unit_group;
  int index, size;        // among all threads of the direction
  Barrier* unit_barrier;  // the threads that share this seat's rows, null if it has them alone
  Barrier* all;           // all threads of the direction, null if there is one
  const CancelToken* cancel;

  // Waits for the threads with the same rows; nothing to wait for if there are none. False if
  // cancelled.
  bool wait_units() const {
    if (schedule.unit_groups == 1) return !cancel->requested();
    return unit_barrier->wait(unit_group, cancel);
  }
  bool wait_all() const {
    if (size == 1) return !cancel->requested();
    return all->wait(index, cancel);
  }
};

// Gives each member of a team its seats: two directions share the team half and half, and one
// thread serves both in turn. The seating is made inside the region, by member 0, from the team
// that was really obtained; the others wait for it awake: it takes less than to sleep and be woken.
class Seating {
 public:
  Seating(std::vector<ScheduleQuery> queries, CancelToken& cancel)
      : queries_(std::move(queries)), cancel_(cancel) {}

  // Calls body(direction, seat) for each seat of `member`; for none where member 0 had no memory
  // for the seating.
  template <class Body>
  void each(Member member, Body&& body) {
    if (!arranged(member)) return;
    for (std::size_t d = 0; d < tables_.size(); ++d) {
      const Table& table = tables_[d];
      const int index = member.index - table.first_member;
      if (index < 0 || index >= table.schedule.threads()) continue;
      body(static_cast<int>(d), seat(table, index));
    }
  }

  // After the call: what ran, of the direction with most threads.
  Schedule widest() const;

 private:
  struct Table {
    Schedule schedule;
    int first_member;
    std::vector<std::unique_ptr<Barrier>> unit_barriers;  // one per row group; none for whole rows
    std::unique_ptr<Barrier> all;                         // null for one thread
  };

  enum class State { pending, arranged, failed };

  bool arranged(Member member);
  void arrange(int threads);
  Seat seat(const Table& table, int index) const;

  std::vector<ScheduleQuery> queries_;
  CancelToken& cancel_;
  std::atomic<State> state_{State::pending};
  std::vector<Table> tables_;
};

// Runs a thread's work so that an exception in it (memory that could not be had) releases those who
// wait at a barrier.
template <class Work>
void leave_together(CancelToken& cancel, Work&& work) {
  try {
    work();
  } catch (...) {
    cancel.request();
    throw;
  }
}

}  // namespace tidegate
