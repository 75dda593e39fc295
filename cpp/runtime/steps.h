// A plan at work: one step, or a whole sequence.
#pragma once

#include "runtime/session_plan.h"

namespace tidegate {

// One step, from the rows that the inputs point at to those of the outputs.
void step_rows(SessionPlan& plan);

// Sets how many steps each value has where the sequences have `steps`. False if a convolution finds
// no whole window, or an operation joins values of different lengths.
bool set_steps(SessionPlan& plan, long steps);

// All operations over whole sequences, one after the other, from the states of a new session.
void run_rows(SessionPlan& plan);

}  // namespace tidegate
