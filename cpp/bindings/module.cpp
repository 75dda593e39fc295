// The table of contents of tidegate._core: one line per file of this folder.

#include <pybind11/pybind11.h>

namespace py = pybind11;

namespace tidegate::bindings {
void init_threads(py::module_& module);
void init_recurrent(py::module_& module);
void init_nn(py::module_& module);
void init_graph(py::module_& module);
void init_session(py::module_& module);
}  // namespace tidegate::bindings

PYBIND11_MODULE(_core, module) {
  using namespace tidegate::bindings;
  module.doc() = "The compiled core of tidegate: recurrent drivers, other hot loops, sessions.";
  init_threads(module);
  init_recurrent(module);
  init_nn(module);
  init_graph(module);
  init_session(module);
}
