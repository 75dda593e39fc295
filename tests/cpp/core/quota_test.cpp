#include "core/quota.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace tidegate;

namespace {

namespace fs = std::filesystem;

// A made-up /proc/self/cgroup and /sys/fs/cgroup.
class Groups {
 public:
  explicit Groups(const std::string& membership) {
    std::string pattern = (fs::temp_directory_path() / "tidegate-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    write("membership", membership);
  }
  ~Groups() { fs::remove_all(folder_); }
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text << "\n";
  }
  int processors() const {
    return quota_processors((folder_ / "membership").string(), (folder_ / "root").string());
  }

 private:
  fs::path folder_;
};

}  // namespace

TEST_CASE("no group, no quota") {
  CHECK(quota_processors("/nonexistent", "/nonexistent") == 0);
  CHECK(Groups("0::/").processors() == 0);
  CHECK(Groups("nonsense").processors() == 0);
}

TEST_CASE("version 2: the root, the group and its parents bind, the least wins") {
  const Groups groups("0::/user/app");
  groups.write("root/user/app/cpu.max", "max 100000");
  CHECK(groups.processors() == 0);
  groups.write("root/user/cpu.max", "350000 100000");
  CHECK(groups.processors() == 4);
  groups.write("root/cpu.max", "800000 100000");
  CHECK(groups.processors() == 4);
  groups.write("root/user/app/cpu.max", "50000 100000");
  CHECK(groups.processors() == 1);
  groups.write("root/user/app/cpu.max", "200000 100000");
  CHECK(groups.processors() == 2);
}

TEST_CASE("version 1: quota and period in two files, -1 for none") {
  const Groups groups("5:memory:/app\n4:cpu,cpuacct:/app\n");
  groups.write("root/cpu,cpuacct/app/cpu.cfs_period_us", "100000");
  groups.write("root/cpu,cpuacct/app/cpu.cfs_quota_us", "-1");
  CHECK(groups.processors() == 0);
  groups.write("root/cpu,cpuacct/app/cpu.cfs_quota_us", "300000");
  CHECK(groups.processors() == 3);
  groups.write("root/cpu/cpu.cfs_period_us", "100000");
  groups.write("root/cpu/cpu.cfs_quota_us", "200000");
  CHECK(groups.processors() == 2);
}
