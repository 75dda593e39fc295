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

const float* values_of(const SessionObject& s, PyObject* x, long width) {
  const Array* array = readable(x, known->float32);
  if (array != nullptr && has_shape(array, s.batch, width)) {
    return reinterpret_cast<const float*>(array->data);
  }
  return array_arg<float>(kOp, "x", x, {{"B", size(s.batch)}, {"I", size(width)}}, kHint).data();
}

// Ids that are not as usual: mostly an error that says why.
template <class T>
const T* checked_ids(const SessionObject& s, PyObject* x) {
  const bool column = py::isinstance<py::array>(x) && reinterpret_cast<const Array*>(x)->nd == 2;
  const auto checked = column ? array_arg<T>(kOp, "x", x, {{"B", size(s.batch)}, {"1", 1}}, kHint)
                              : array_arg<T>(kOp, "x", x, {{"B", size(s.batch)}},
                                             "ids are an int32 or int64 array [B] or [B, 1]");
  return checked.data();
}

// The ids as int32. Those of int64 are narrowed into `narrow`, [B].
const std::int32_t* ids_of(const SessionObject& s, PyObject* x, long limit, std::int32_t* narrow) {
  const Array* array = readable(x, known->int32);
  if (array != nullptr && has_ids_shape(array, s.batch)) {
    return reinterpret_cast<const std::int32_t*>(array->data);
  }
  array = readable(x, known->int64);
  const std::int64_t* wide = nullptr;
  if (array != nullptr && has_ids_shape(array, s.batch)) {
    wide = reinterpret_cast<const std::int64_t*>(array->data);
  } else if (py::isinstance<py::array_t<std::int64_t>>(x)) {
    wide = checked_ids<std::int64_t>(s, x);
  } else {
    return checked_ids<std::int32_t>(s, x);
  }
  for (long i = 0; i < s.batch; ++i) {
    if (wide[i] < 0 || wide[i] >= limit) raise_bad_id(kOp, wide[i], i, limit);
    narrow[i] = static_cast<std::int32_t>(wide[i]);
  }
  return narrow;
}

float* result_of(const SessionObject& s, PyObject* out, long width) {
  const Array* array = readable(out, known->float32);
  if (array != nullptr && has_shape(array, s.batch, width) &&
      (array->flags & Api::NPY_ARRAY_WRITEABLE_) != 0) {
    return reinterpret_cast<float*>(array->data);
  }
  return mutable_array_arg<float>(kOp, "out", out, {{"B", size(s.batch)}, {"O", size(width)}});
}

// What `out` holds must not be changed while it is read, or written twice.
void check_apart(const float* y, long values, const void* other, long other_values,
                 const char* what) {
  const auto y_at = reinterpret_cast<std::uintptr_t>(y);
  const auto at = reinterpret_cast<std::uintptr_t>(other);
  if (at < y_at + size(values) * sizeof(float) && y_at < at + size(other_values) * sizeof(float)) {
    raise_value(kOp, std::string("out must not share memory with ") + what, "arrays that overlap",
                "an array of its own, numpy.empty_like(y)");
  }
}

py::object new_result(const SessionObject& s, long width) {
  const Py_intptr_t shape[2] = {s.batch, width};
  Py_INCREF(known->float32);  // the call takes a reference
  return py::reinterpret_steal<py::object>(known->api->PyArray_NewFromDescr_(
      known->array, known->float32, 2, shape, nullptr, nullptr, 0, nullptr));
}

float* data_of(const py::object& array) {
  return reinterpret_cast<float*>(reinterpret_cast<Array*>(array.ptr())->data);
}

// What step() returns, computed without the GIL where it takes long. The GIL is taken back outside
// a destructor: a daemon thread that asks for it while Python ends is unwound from there, and a
// destructor would end the process.
template <class Step>
long compute(SessionObject& s, Step&& step) {
  if (!s.long_step) return step();
  const Claim claim(kOp, s);
  PyThreadState* thread = PyEval_SaveThread();
  const long bad = step();
  PyEval_RestoreThread(thread);
  return bad;
}

// The usual graph: one input, one output.
PyObject* step_one(SessionObject& s, PyObject* x, PyObject* out) {
  const bool ids = s.limit > 0;
  const std::int32_t* id_rows = ids ? ids_of(s, x, s.limit, s.narrow.data()) : nullptr;
  const float* rows = ids ? nullptr : values_of(s, x, s.inputs);
  py::object result;
  float* y = nullptr;
  if (out != nullptr && out != Py_None) {
    y = result_of(s, out, s.outputs);
    const void* given = ids ? static_cast<const void*>(id_rows) : rows;
    check_apart(y, s.batch * s.outputs, given, s.batch * (ids ? 1 : s.inputs), "x");
    result = py::reinterpret_borrow<py::object>(out);
  } else {
    result = new_result(s, s.outputs);
    if (!result) return nullptr;
    y = data_of(result);
  }
  if (ids) {
    const long bad = compute(s, [&] { return s.session.step(id_rows, y); });
    if (bad >= 0) raise_bad_id(kOp, static_cast<long long>(id_rows[bad]), bad, s.limit);
  } else {
    compute(s, [&] { return s.session.step(rows, y); });
  }
  return result.release().ptr();
}

// Several inputs, several outputs, or both.
class ManySteps {
 public:
  explicit ManySteps(SessionObject& s) : s_(s), graph_(*s.session.graph()) {}

  void read(PyObject* x) {
    arrays_ = list_of(x, "x", graph_.input_count(), "inputs");
    std::int32_t* narrow = s_.narrow.data();
    for (std::size_t i = 0; i < arrays_.size(); ++i) {
      PyObject* one = arrays_[i].ptr();
      if (graph_.reads_ids(i)) {
        rows_.push_back({nullptr, ids_of(s_, one, graph_.input_limit(i), narrow)});
        narrow += s_.batch;
      } else {
        rows_.push_back({values_of(s_, one, graph_.input_size(i)), nullptr});
      }
    }
  }

  // Of `out`, or new ones. False with a Python error set if there is no memory.
  bool make_results(PyObject* out) {
    std::vector<py::object> given;
    if (out != nullptr && out != Py_None) {
      given = list_of(out, "out", graph_.output_count(), "outputs");
    }
    for (std::size_t o = 0; o < graph_.output_count(); ++o) {
      const long width = graph_.output_size(o);
      py::object result = given.empty() ? new_result(s_, width) : given[o];
      if (!result) return false;
      float* y = given.empty() ? data_of(result) : result_of(s_, result.ptr(), width);
      if (!given.empty()) check_result(y, width);
      y_.push_back(y);
      results_.append(std::move(result));
    }
    return true;
  }

  PyObject* run() {
    const long bad = compute(s_, [&] { return s_.session.step(rows_.data(), y_.data()); });
    if (bad >= 0) {
      const auto input = size(bad / s_.batch);
      const long row = bad % s_.batch;
      raise_bad_id(kOp, rows_[input].ids[row], row, graph_.input_limit(input));
    }
    if (y_.size() == 1) return py::object(results_[0]).release().ptr();
    return results_.release().ptr();
  }

 private:
  // One array stands by itself, several are in a list or tuple.
  static std::vector<py::object> list_of(PyObject* value, const char* name, std::size_t count,
                                         const char* what) {
    if (count == 1) return {py::reinterpret_borrow<py::object>(value)};
    return arrays_arg(kOp, name, value, count, what);
  }
  void check_result(const float* y, long width) const {
    const long values = s_.batch * width;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const void* x = rows_[i].ids != nullptr ? static_cast<const void*>(rows_[i].ids)
                                              : static_cast<const void*>(rows_[i].values);
      check_apart(y, values, x, s_.batch * graph_.input_size(i), "x");
    }
    for (std::size_t o = 0; o < y_.size(); ++o) {
      check_apart(y, values, y_[o], s_.batch * graph_.output_size(o), "another output");
    }
  }

  SessionObject& s_;
  const Graph& graph_;
  std::vector<py::object> arrays_;
  std::vector<InputRows> rows_;
  std::vector<float*> y_;
  py::list results_;
};

PyObject* step(SessionObject& s, PyObject* x, PyObject* out) {
  check_idle(kOp, s);  // before ids are narrowed into the session
  if (s.steps_one) return step_one(s, x, out);
  const Graph& graph = *s.session.graph();
  if (!graph.can_step()) {
    throw py::value_error("[step] " + graph.step_error() + ". Hint: run(x) takes whole sequences.");
  }
  ManySteps many(s);
  many.read(x);
  return many.make_results(out) ? many.run() : nullptr;
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
