#include "core/quota.h"

#include <fstream>
#include <sstream>

namespace tidegate {
namespace {

// The lesser of two counts of which 0 means "no limit".
int tighter(int a, int b) {
  if (a == 0 || b == 0) {
    return a + b;
  }
  return a < b ? a : b;
}

int whole_processors(double quota, double period) {
  if (quota <= 0 || period <= 0) {
    return 0;
  }
  const double processors = quota / period;
  const int whole = static_cast<int>(processors);
  return whole < processors ? whole + 1 : whole;
}

// Version 2: "max 100000" or "200000 100000" in one file.
int quota_v2(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max") {
    return 0;
  }
  double value = 0;
  std::istringstream(quota) >> value;
  return whole_processors(value, period);
}

// Version 1: a file for the quota, -1 if none, and one for the period.
int quota_v1(const std::string& folder) {
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us");
  std::ifstream period_file(folder + "/cpu.cfs_period_us");
  double quota = 0;
  double period = 0;
  if (!(quota_file >> quota) || !(period_file >> period)) {
    return 0;
  }
  return whole_processors(quota, period);
}

// A limit binds every group below it, and a container sees its own group as the root.
int tightest_upward(const std::string& root, std::string path, int (*read)(const std::string&)) {
  int limit = read(root);
  while (path.size() > 1) {
    limit = tighter(limit, read(root + path));
    path.erase(path.find_last_of('/'));
  }
  return limit;
}

bool has_controller(const std::string& list, const std::string& name) {
  std::istringstream names(list);
  for (std::string item; std::getline(names, item, ',');) {
    if (item == name) {
      return true;
    }
  }
  return false;
}

}  // namespace

int quota_processors(const std::string& membership, const std::string& root) {
  std::ifstream file(membership);
  int limit = 0;
  for (std::string line; std::getline(file, line);) {  // "4:cpu,cpuacct:/some/path" or "0::/path"
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) {
      continue;
    }
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) {
      limit = tighter(limit, tightest_upward(root, path, quota_v2));
    } else if (has_controller(controllers, "cpu")) {
      limit = tighter(limit, tightest_upward(root + "/" + controllers, path, quota_v1));
      limit = tighter(limit, tightest_upward(root + "/cpu", path, quota_v1));
    }
  }
  return limit;
}

}  // namespace tidegate
