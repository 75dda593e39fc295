#include "core/last_run.h"

namespace tidegate {

LastRun& last_run() {
  static thread_local LastRun record;
  return record;
}

}  // namespace tidegate
