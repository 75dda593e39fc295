// The processors that the calling thread may run on.
#pragma once

namespace tidegate {

// How many, at least 1.
int affinity_processors();

// Whether the thread ran on `processor` and now runs on another one; it may come back later.
bool leave_processor(int processor);

}  // namespace tidegate
