#include "rnn/seats.h"

#include <algorithm>

#include "core/relax.h"

namespace tidegate {

bool Seating::arranged(Member member) {
  if (member.index != 0) {
    look_until(kLooksAwake,
               [this] { return state_.load(std::memory_order_acquire) != State::pending; });
    return state_.load(std::memory_order_relaxed) == State::arranged;
  }
  try {
    arrange(member.size);
  } catch (...) {
    state_.store(State::failed, std::memory_order_release);
    throw;
  }
  state_.store(State::arranged, std::memory_order_release);
  return true;
}

void Seating::arrange(int threads) {
  const int directions = static_cast<int>(queries_.size());
  int next = 0;
  for (int d = 0; d < directions; ++d) {
    const int left = threads - next;
    const int mine = threads == 1 ? 1 : (left + directions - d - 1) / (directions - d);
    Table table;
    table.schedule = choose_schedule(queries_[static_cast<std::size_t>(d)], mine);
    table.first_member = threads == 1 ? 0 : next;
    for (int g = 0; g < table.schedule.row_groups && table.schedule.unit_groups > 1; ++g) {
      table.unit_barriers.push_back(std::make_unique<Barrier>(table.schedule.unit_groups));
    }
    if (table.schedule.threads() > 1) {
      table.all = std::make_unique<Barrier>(table.schedule.threads());
    }
    tables_.push_back(std::move(table));
    next += mine;
  }
}

Seat Seating::seat(const Table& table, int index) const {
  const int row_group = index / table.schedule.unit_groups;
  const bool shares = !table.unit_barriers.empty();
  return {.schedule = table.schedule,
          .row_group = row_group,
          .unit_group = index % table.schedule.unit_groups,
          .index = index,
          .size = table.schedule.threads(),
          .unit_barrier =
              shares ? table.unit_barriers[static_cast<std::size_t>(row_group)].get() : nullptr,
          .all = table.all.get(),
          .cancel = &cancel_};
}

Schedule Seating::widest() const {
  Schedule best;
  for (const Table& table : tables_) {
    if (table.schedule.threads() >= best.threads()) best = table.schedule;
  }
  return best;
}

}  // namespace tidegate
