// `Session.step` as a plain CPython method. The usual call reads the array's fields, computes and
// returns; whatever is unusual goes through the checks of convert.h, which say what is wrong.

#include <cstdint>

#include "bindings/session.h"

namespace tidegate::bindings {
namespace {

constexpr const char* kOp = "step";
constexpr const char* kHint =
    "B is the batch of the session, model.stream(batch=B); x[None] adds the batch axis";

using Array = py::detail::PyArray_Proxy;
using Api = py::detail::npy_api;

constexpr int kNeeded = Api::NPY_ARRAY_C_CONTIGUOUS_ | Api::NPY_ARRAY_ALIGNED_;

// What NumPy gives, looked up once: its functions, and its one object for each of these dtypes.
struct NumPy {
  const Api* api;
  PyTypeObject* array;
  PyObject* float32;
  PyObject* int32;
  PyObject* int64;
};

const NumPy& numpy() {
  static const NumPy found = [] {
    const Api& api = Api::get();
    return NumPy{&api, api.PyArray_Type_, py::dtype::of<float>().release().ptr(),
                 py::dtype::of<std::int32_t>().release().ptr(),
                 py::dtype::of<std::int64_t>().release().ptr()};
  }();
  return found;
}

const NumPy* known = nullptr;  // set by add_step, so that a step does not ask whether it is there

// The array's fields if it is one of this dtype that can be read in place, else null.
inline const Array* readable(PyObject* value, const PyObject* dtype) {
  if (Py_TYPE(value) != known->array && !PyObject_TypeCheck(value, known->array)) return nullptr;
  const auto* array = reinterpret_cast<const Array*>(value);
  if (array->descr != dtype || (array->flags & kNeeded) != kNeeded) return nullptr;
  return array;
}

inline bool has_shape(const Array* array, long rows, long columns) {
  return array->nd == 2 && array->dimensions[0] == rows && array->dimensions[1] == columns;
}

// ids [B] or [B, 1].
inline bool has_ids_shape(const Array* array, long rows) {
  return (array->nd == 1 || (array->nd == 2 && array->dimensions[1] == 1)) &&
         array->dimensions[0] == rows;
}

std::size_t size(long n) { return static_cast<std::size_t>(n); }

const float* values_of(const SessionObject& s, PyObject* x) {
  const Array* array = readable(x, known->float32);
  if (array != nullptr && has_shape(array, s.batch, s.inputs)) {
    return reinterpret_cast<const float*>(array->data);
  }
  return array_arg<float>(kOp, "x", x, {{"B", size(s.batch)}, {"I", size(s.inputs)}}, kHint).data();
}

// The ids as int32. Those of int64 are narrowed into the session's own array.
const std::int32_t* ids_of(SessionObject& s, PyObject* x) {
  const Array* array = readable(x, known->int32);
  if (array != nullptr && has_ids_shape(array, s.batch)) {
    return reinterpret_cast<const std::int32_t*>(array->data);
  }
  array = readable(x, known->int64);
  if (array == nullptr || !has_ids_shape(array, s.batch)) {
    const auto checked =
        py::isinstance<py::array>(x) && reinterpret_cast<const Array*>(x)->nd == 2
            ? array_arg<std::int32_t>(kOp, "x", x, {{"B", size(s.batch)}, {"1", 1}}, kHint)
            : array_arg<std::int32_t>(kOp, "x", x, {{"B", size(s.batch)}},
                                      "ids are an int32 or int64 array [B] or [B, 1]");
    return checked.data();
  }
  const auto* wide = reinterpret_cast<const std::int64_t*>(array->data);
  for (long i = 0; i < s.batch; ++i) {
    if (wide[i] < 0 || wide[i] >= s.limit) raise_bad_id(kOp, wide[i], i, s.limit);
    s.narrow[size(i)] = static_cast<std::int32_t>(wide[i]);
  }
  return s.narrow.data();
}

// The rows of `out`; x must not be changed while it is read.
float* result_of(const SessionObject& s, PyObject* out, const void* x, std::size_t x_bytes) {
  const Array* array = readable(out, known->float32);
  float* y = nullptr;
  if (array != nullptr && has_shape(array, s.batch, s.outputs) &&
      (array->flags & Api::NPY_ARRAY_WRITEABLE_) != 0) {
    y = reinterpret_cast<float*>(array->data);
  } else {
    y = mutable_array_arg<float>(kOp, "out", out, {{"B", size(s.batch)}, {"O", size(s.outputs)}});
  }
  const auto y_at = reinterpret_cast<std::uintptr_t>(y);
  const auto x_at = reinterpret_cast<std::uintptr_t>(x);
  const std::size_t y_bytes = size(s.batch * s.outputs) * sizeof(float);
  if (x_at < y_at + y_bytes && y_at < x_at + x_bytes) {
    raise_value(kOp, "out must not share memory with x", "arrays that overlap",
                "an array of its own, numpy.empty_like(y)");
  }
  return y;
}

// x must stay alive for the call; the caller's reference sees to that.
template <class X>
void compute(SessionObject& s, const X* x, float* y) {
  const auto step = [&] {
    if constexpr (std::is_same_v<X, float>) {
      s.session.step(x, y);
      return -1L;
    } else {
      return s.session.step(x, y);
    }
  };
  long bad = -1;
  if (!s.long_step) {
    check_idle(kOp, s);
    bad = step();
  } else {
    const Claim claim(kOp, s);
    const py::gil_scoped_release released;
    bad = step();
  }
  if (bad >= 0) raise_bad_id(kOp, static_cast<long long>(x[bad]), bad, s.limit);
}

PyObject* step(SessionObject& s, PyObject* x, PyObject* out) {
  const bool ids = s.limit > 0;
  const void* rows = ids ? static_cast<const void*>(ids_of(s, x)) : values_of(s, x);
  py::object result;
  float* y = nullptr;
  if (out != nullptr && out != Py_None) {
    y = result_of(s, out, rows, size(s.batch * (ids ? 1 : s.inputs)) * sizeof(float));
    result = py::reinterpret_borrow<py::object>(out);
  } else {
    const Py_intptr_t shape[2] = {s.batch, s.outputs};
    Py_INCREF(known->float32);  // the call takes a reference
    result = py::reinterpret_steal<py::object>(known->api->PyArray_NewFromDescr_(
        known->array, known->float32, 2, shape, nullptr, nullptr, 0, nullptr));
    if (!result) return nullptr;
    y = reinterpret_cast<float*>(reinterpret_cast<Array*>(result.ptr())->data);
  }
  if (ids) {
    compute(s, static_cast<const std::int32_t*>(rows), y);
  } else {
    compute(s, static_cast<const float*>(rows), y);
  }
  return result.release().ptr();
}

// (x, out) by position or by name; false with a Python error set if they are not that.
bool read_arguments(PyObject* const* args, Py_ssize_t count, PyObject* names, PyObject** x,
                    PyObject** out) {
  const Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
  PyObject* found[2] = {count > 0 ? args[0] : nullptr, count > 1 ? args[1] : nullptr};
  bool fits = count <= 2;
  for (Py_ssize_t i = 0; i < named && fits; ++i) {
    PyObject* name = PyTuple_GET_ITEM(names, i);
    const bool is_x = PyUnicode_CompareWithASCIIString(name, "x") == 0;
    const bool is_out = PyUnicode_CompareWithASCIIString(name, "out") == 0;
    PyObject*& place = found[is_x ? 0 : 1];
    fits = (is_x || is_out) && place == nullptr;
    place = args[count + i];
  }
  if (!fits || found[0] == nullptr) {
    PyErr_SetString(PyExc_TypeError,
                    "[step] the arguments are step(x, out=None). Received: others.");
    return false;
  }
  *x = found[0];
  *out = found[1];
  return true;
}

// A session whose __init__ never ran has no value.
SessionObject* object_of(PyObject* self) {
  auto* value = static_cast<SessionObject*>(
      reinterpret_cast<py::detail::instance*>(self)->simple_value_holder[0]);
  if (value == nullptr) {
    PyErr_SetString(PyExc_TypeError, "[step] the session was never initialised.");
  }
  return value;
}

PyObject* step_method(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  SessionObject* session = object_of(self);
  PyObject* x = nullptr;
  PyObject* out = nullptr;
  if (session == nullptr || !read_arguments(args, count, names, &x, &out)) return nullptr;
  try {
    return step(*session, x, out);
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const py::builtin_exception& error) {
    error.set_error();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

PyMethodDef step_definition = {
    "step", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&step_method)),
    METH_FASTCALL | METH_KEYWORDS,
    "step($self, x, out=None)\n--\n\nOne step: x [B, I], or ids [B]: y [B, O]."};

}  // namespace

void add_step(py::handle session_class) {
  known = &numpy();
  auto* type = reinterpret_cast<PyTypeObject*>(session_class.ptr());
  py::setattr(session_class, "step",
              py::reinterpret_steal<py::object>(PyDescr_NewMethod(type, &step_definition)));
}

}  // namespace tidegate::bindings
