// Threads, instruction sets, the memory pool: what tests and explain() ask of a process.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "bindings/convert.h"
#include "core/last_run.h"
#include "core/pool.h"
#include "core/team.h"
#include "kernels/dispatch.h"

namespace tidegate::bindings {
namespace {

void set_num_threads(const py::object& n) {
  constexpr const char* kOp = "set_num_threads";
  if (n.is_none()) {
    set_thread_limit(0);
    return;
  }
  const std::string rule =
      "n must be an integer from 1 to " + std::to_string(kMaxThreads) + " or None";
  if (!PyLong_Check(n.ptr()) || PyBool_Check(n.ptr())) {
    raise_type(kOp, rule, py::cast<std::string>(py::repr(n)));
  }
  int overflow = 0;
  const long value = PyLong_AsLongAndOverflow(n.ptr(), &overflow);
  if (overflow != 0 || value < 1 || value > kMaxThreads) {
    raise_value(kOp, rule, py::cast<std::string>(py::repr(n)),
                "None goes back to what the machine gives.");
  }
  set_thread_limit(static_cast<int>(value));
}

std::vector<std::string> isa_names() {
  std::vector<std::string> names;
  for (const Isa isa : available_isas()) {
    names.emplace_back(isa_name(isa));
  }
  return names;
}

py::dict last_run_dict() {
  const LastRun& run = last_run();
  py::dict record;
  record["op"] = run.op;
  record["isa"] = run.isa;
  record["threads"] = run.threads;
  record["schedule"] = run.schedule;
  return record;
}

py::dict pool_stats_dict() {
  const PoolStats stats = pool_stats();
  py::dict record;
  record["takes"] = stats.takes;
  record["hits"] = stats.hits;
  record["bytes_in_use"] = stats.bytes_in_use;
  record["bytes_idle"] = stats.bytes_idle;
  return record;
}

}  // namespace

void init_threads(py::module_& module) {
  active_isa();  // a wrong TIDEGATE_ISA is an error now, not in the first call
  watch_forks();
  module.def("set_num_threads", &set_num_threads, py::arg("n"),
             "Threads that one call may use; None goes back to what the machine gives.");
  module.def("get_num_threads", &thread_limit, "Threads that one call may use.");
  module.def(
      "isa", [] { return isa_name(active_isa()); }, "Instruction set of the kernels in use.");
  module.def("available_isas", &isa_names, "Instruction sets that run here, best first.");
  module.def("last_run", &last_run_dict,
             "What ran last on this thread: op, isa, threads, schedule.");
  module.def("pool_stats", &pool_stats_dict,
             "The memory pool: takes, hits, bytes_in_use, bytes_idle.");
  module.def("release_pool", &pool_release, "Gives the pool's idle memory back to the system.");
}

}  // namespace tidegate::bindings
