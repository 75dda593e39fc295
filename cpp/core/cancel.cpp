#include "core/cancel.h"

namespace tidegate {

void CancelToken::ask() {
  if (callback_(context_)) {
    request();
  }
  next_ = Clock::now() + kInterval;
}

}  // namespace tidegate
