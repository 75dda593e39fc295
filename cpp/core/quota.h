// How many processors the container lets this process use.
#pragma once

#include <string>

namespace tidegate {

// CPU quota of the container in whole processors, rounded up; 0 where there is none. Reads the
// control groups of version 2 and 1 that `membership` (the format of /proc/self/cgroup) names
// under `root`, parents included: the least one binds.
int quota_processors(const std::string& membership = "/proc/self/cgroup",
                     const std::string& root = "/sys/fs/cgroup");

}  // namespace tidegate
