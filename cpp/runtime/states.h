// What a session carries from step to step, as one array.
#pragma once

#include "runtime/session_plan.h"

namespace tidegate {

void reset_states(SessionPlan& plan);

// [piece][B][...], see Session::get_state.
void copy_states(const SessionPlan& plan, float* to);
void put_states(SessionPlan& plan, const float* from);

}  // namespace tidegate
