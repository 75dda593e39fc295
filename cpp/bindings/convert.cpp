#include "bindings/convert.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace tidegate::bindings {
namespace {

std::string message(const char* op, const std::string& rule, const std::string& received,
                    const char* hint) {
  std::string text = "[" + std::string(op) + "] " + rule + ". Received: " + received + ".";
  if (hint != nullptr) {
    text += " Hint: " + std::string(hint);
  }
  return text;
}

std::string text_of(py::handle value) { return py::cast<std::string>(py::str(value)); }

std::string type_text(py::handle value) {
  return text_of(py::type::handle_of(value).attr("__name__"));
}

// "[H, 4H] = [32, 128]", with letters for what is free; "[B, T]" if all is free.
std::string expected_text(Axes shape) {
  std::string letters;
  std::string sizes;
  bool known = false;
  for (const Axis& axis : shape) {
    const char* comma = letters.empty() ? "" : ", ";
    letters += comma + std::string(axis.name);
    sizes += comma + (axis.size ? std::to_string(*axis.size) : std::string(axis.name));
    known = known || axis.size.has_value();
  }
  return known ? "[" + letters + "] = [" + sizes + "]" : "[" + letters + "]";
}

bool shape_fits(const py::array& array, Axes shape) {
  if (static_cast<std::size_t>(array.ndim()) != shape.size()) {
    return false;
  }
  int index = 0;
  for (const Axis& axis : shape) {
    const auto size = static_cast<std::size_t>(array.shape(index++));
    if (axis.size && *axis.size != size) {
      return false;
    }
  }
  return true;
}

bool swapped_bytes(const py::array& array) {
  const char order = array.dtype().byteorder();
  return order != '=' && order != '|';  // NumPy writes the native order as '='
}

[[noreturn]] void raise_dtype(const char* op, const char* name, const py::array& array,
                              const std::string& wanted) {
  const std::string order = swapped_bytes(array) ? " of the other byte order" : "";
  raise_type(op, std::string(name) + " must have dtype " + wanted,
             text_of(array.dtype().attr("name")) + order,
             "convert it once, outside the loop: numpy.ascontiguousarray(a, dtype=...).");
}

constexpr int kAligned = py::detail::npy_api::NPY_ARRAY_ALIGNED_;

}  // namespace

void raise_value(const char* op, const std::string& rule, const std::string& received,
                 const char* hint) {
  throw py::value_error(message(op, rule, received, hint));
}

void raise_type(const char* op, const std::string& rule, const std::string& received,
                const char* hint) {
  throw py::type_error(message(op, rule, received, hint));
}

std::string shape_text(const py::array& array) {
  std::string text = "[";
  for (py::ssize_t axis = 0; axis < array.ndim(); ++axis) {
    text += (axis == 0 ? "" : ", ") + std::to_string(array.shape(axis));
  }
  return text + "]";
}

Dtype float_dtype(const char* op, const char* name, py::handle value) {
  if (!py::isinstance<py::array>(value)) {
    raise_type(op, std::string(name) + " must be a NumPy array of float32 or float64",
               type_text(value));
  }
  const auto array = py::reinterpret_borrow<py::array>(value);
  const int number = array.dtype().num();
  if (swapped_bytes(array) ||
      (number != Element<float>::kNumber && number != Element<double>::kNumber)) {
    raise_dtype(op, name, array, "float32 or float64");
  }
  return number == Element<float>::kNumber ? Dtype::f32 : Dtype::f64;
}

py::array check_element(const char* op, const char* name, py::handle value, int type_number,
                        const char* type_name) {
  if (!py::isinstance<py::array>(value)) {
    raise_type(op, std::string(name) + " must be a NumPy array of " + type_name, type_text(value));
  }
  auto array = py::reinterpret_borrow<py::array>(value);
  if (array.dtype().num() != type_number || swapped_bytes(array)) {
    raise_dtype(op, name, array, type_name);
  }
  return array;
}

py::array check_array(const char* op, const char* name, py::handle value, int type_number,
                      const char* type_name, Axes shape, const char* hint, bool writable) {
  py::array array = check_element(op, name, value, type_number, type_name);
  if (!shape_fits(array, shape)) {
    raise_value(op, std::string(name) + " must be " + expected_text(shape), shape_text(array),
                hint);
  }
  if ((array.flags() & py::array::c_style) == 0) {
    raise_value(op, std::string(name) + " must be C-contiguous", "an array with other strides",
                "numpy.ascontiguousarray(a) makes one.");
  }
  if ((array.flags() & kAligned) == 0) {
    raise_value(op, std::string(name) + " must be aligned", "an array at an odd address",
                "a.copy() is aligned.");
  }
  if (writable && !array.writeable()) {
    raise_value(op, std::string(name) + " is changed in place and must be writable",
                "a read-only array");
  }
  return array;
}

bool RunScope::poll(void* scope) {
  // Python delivers signals to the main thread alone. Asked of the system and not of Python, which
  // would need the GIL; a fork makes the forking thread the main one, and this stays right.
  if (syscall(SYS_gettid) != getpid()) {
    return false;
  }
  const py::gil_scoped_acquire acquired;
  auto* self = static_cast<RunScope*>(scope);
  if (PyErr_CheckSignals() == 0) {
    if (self->forked_ || !in_forked_child()) return false;
    PyErr_SetString(PyExc_RuntimeError,
                    "[tidegate] a computation cannot go on in a child process: a signal handler "
                    "forked in the middle of it. Hint: fork outside of signal handlers.");
  }
  self->raised_.emplace();
  return true;
}

}  // namespace tidegate::bindings
