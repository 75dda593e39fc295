// What the files of the inference runtime's bindings share: the Python objects around it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bindings/convert.h"
#include "tidegate/session.h"

namespace tidegate::bindings {

// `_core.Graph`.
struct GraphObject {
  std::shared_ptr<const Graph> graph;
};

// `_core.Session`: a session, and what Python's calls need beside it.
struct SessionObject {
  SessionObject(std::shared_ptr<const Graph> graph, long batch, long steps);

  Session session;
  long batch, inputs, outputs;       // of the first input, the first output
  long limit;                        // its ids are in [0, limit); 0: x holds values
  bool one_of_each;                  // one input and one output: arrays, not lists of arrays
  bool steps_one;                    // one of each, and the graph can step
  bool long_step;                    // worth letting other threads run
  std::size_t ids = 0;               // how many inputs hold ids
  std::vector<std::int32_t> narrow;  // [ids][B], where int64 ids are read from
  bool busy = false;  // a thread computes on it without the GIL; read and written with the GIL
};

// The arrays of a list or tuple of `count`. Raises TypeError, ValueError.
std::vector<py::object> arrays_arg(const char* op, const char* name, py::handle value,
                                   std::size_t count, const char* what);

// RuntimeError if another thread computes on the session.
void check_idle(const char* op, const SessionObject& object);

// Claims a session for a call that releases the GIL.
class Claim {
 public:
  Claim(const char* op, SessionObject& object) : object_(object) {
    check_idle(op, object);
    object.busy = true;
  }
  ~Claim() { object_.busy = false; }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  SessionObject& object_;
};

// "[op] ids must be in [0, 10). Received: 12 at position 3."
[[noreturn]] void raise_bad_id(const char* op, long long id, long position, long limit);

// Adds `step` to the class, as a plain CPython method: at 8 units pybind11's way of passing
// arguments would cost five times the arithmetic.
void add_step(py::handle session_class);

}  // namespace tidegate::bindings
