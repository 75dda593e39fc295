// What ran last on this thread: drivers fill it, tests and explain() read it.
#pragma once

namespace tidegate {

// Every string is a literal or lives as long as the process, so that filling costs nothing.
struct LastRun {
  const char* op = "";        // "lstm_forward", "dense_backward", ...
  const char* isa = "";       // isa_name of the kernels used
  int threads = 0;            // team size obtained
  const char* schedule = "";  // "single", "batch", "units", "2d", ...
};

// The record of the calling thread.
LastRun& last_run();

}  // namespace tidegate
