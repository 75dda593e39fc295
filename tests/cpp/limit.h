// A thread limit for one scope.
#pragma once

#include "core/team.h"

namespace tidegate::test {

class Limit {
 public:
  explicit Limit(int n) { set_thread_limit(n); }
  ~Limit() { set_thread_limit(0); }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;
};

}  // namespace tidegate::test
