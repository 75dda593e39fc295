// Arguments in, arrays out: what a binding needs so that its body reads like a signature.
//
//   const auto x = array_arg<T>(op, "x", x_arg, {{"B"}, {"T"}, {"I", input_dim}});
//   auto y = Output<T>({batch, units});
//   RunScope scope;
//   driver(x.data(), y.data(), scope.token());
//   scope.finish();
//   return y.take();
//
// Nothing is ever converted here: an array that cannot be read in place is an error with a hint.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/cancel.h"
#include "core/checked.h"
#include "core/pool.h"
#include "core/team.h"

namespace tidegate::bindings {

namespace py = pybind11;

// One axis of an expected shape: its letters, and its size where that is known already.
struct Axis {
  const char* name;
  std::optional<std::size_t> size = std::nullopt;
};
using Axes = std::initializer_list<Axis>;

enum class Dtype { f32, f64 };

// Element types that cross the border: NumPy's type number and name.
template <class T>
struct Element;
template <>
struct Element<float> {
  static constexpr int kNumber = py::detail::npy_api::NPY_FLOAT_;
  static constexpr const char* kName = "float32";
};
template <>
struct Element<double> {
  static constexpr int kNumber = py::detail::npy_api::NPY_DOUBLE_;
  static constexpr const char* kName = "float64";
};
template <>
struct Element<std::int32_t> {
  static constexpr int kNumber = py::detail::npy_api::NPY_INT_;
  static constexpr const char* kName = "int32";
};
template <>
struct Element<std::int64_t> {
  static constexpr int kNumber = py::detail::npy_api::NPY_LONG_;
  static constexpr const char* kName = "int64";
};
template <>
struct Element<std::int8_t> {
  static constexpr int kNumber = py::detail::npy_api::NPY_BYTE_;
  static constexpr const char* kName = "int8";
};
template <>
struct Element<std::uint16_t> {
  static constexpr int kNumber = py::detail::npy_api::NPY_USHORT_;
  static constexpr const char* kName = "uint16";
};
template <>
struct Element<bool> {
  static constexpr int kNumber = py::detail::npy_api::NPY_BOOL_;
  static constexpr const char* kName = "bool";
};

// Raises TypeError unless `value` is an ndarray of this type in native byte order. Returns it.
py::array check_element(const char* op, const char* name, py::handle value, int type_number,
                        const char* type_name);

// Raises TypeError or ValueError unless `value` is an ndarray of this type, aligned, C-contiguous,
// in native byte order, of this shape; `writable` also refuses a read-only one. Returns it.
py::array check_array(const char* op, const char* name, py::handle value, int type_number,
                      const char* type_name, Axes shape, const char* hint, bool writable);

// The type that decides for a whole call, read from its first array. Raises TypeError if it is
// not an array of float32 or float64.
Dtype float_dtype(const char* op, const char* name, py::handle value);

// "[op] rule. Received: received. Hint: hint." as ValueError or TypeError.
[[noreturn]] void raise_value(const char* op, const std::string& rule, const std::string& received,
                              const char* hint = nullptr);
[[noreturn]] void raise_type(const char* op, const std::string& rule, const std::string& received,
                             const char* hint = nullptr);

// "[2, 3]".
std::string shape_text(const py::array& array);

// A checked argument that is read in place. Holds the array, so its memory stays valid.
template <class T>
class ArrayArg {
 public:
  ArrayArg() = default;
  explicit ArrayArg(py::array array) : array_(std::move(array)) {}

  explicit operator bool() const { return static_cast<bool>(array_); }
  const T* data() const { return array_ ? static_cast<const T*>(array_.data()) : nullptr; }
  std::size_t dim(int axis) const { return static_cast<std::size_t>(array_.shape(axis)); }
  int ndim() const { return static_cast<int>(array_.ndim()); }
  std::size_t size() const { return static_cast<std::size_t>(array_.size()); }
  const py::array& array() const { return array_; }

 private:
  py::array array_ = py::reinterpret_steal<py::array>(py::handle());
};

template <class T>
ArrayArg<T> array_arg(const char* op, const char* name, py::handle value, Axes shape,
                      const char* hint = nullptr) {
  return ArrayArg<T>(
      check_array(op, name, value, Element<T>::kNumber, Element<T>::kName, shape, hint, false));
}

// As array_arg; None gives an empty ArrayArg (false, null data).
template <class T>
ArrayArg<T> optional_array_arg(const char* op, const char* name, py::handle value, Axes shape,
                               const char* hint = nullptr) {
  return value.is_none() ? ArrayArg<T>() : array_arg<T>(op, name, value, shape, hint);
}

// As array_arg for the few arguments that a call changes: a read-only array is an error.
template <class T>
T* mutable_array_arg(const char* op, const char* name, py::handle value, Axes shape,
                     const char* hint = nullptr) {
  py::array array =
      check_array(op, name, value, Element<T>::kNumber, Element<T>::kName, shape, hint, true);
  return static_cast<T*>(array.mutable_data());
}

// An array whose memory is a block of the pool; it goes back when Python drops the array.
template <class T>
class Output {
 public:
  Output() = default;
  explicit Output(std::initializer_list<std::size_t> shape) : Output(shape.begin(), shape.end()) {}
  explicit Output(const std::vector<std::size_t>& shape)
      : Output(shape.data(), shape.data() + shape.size()) {}

  T* data() const { return buffer_.template as<T>(); }  // null if the array is empty
  std::size_t size() const { return size_; }

  // The ndarray; needs the GIL, once.
  py::array take() {
    if (!buffer_) {
      return py::array(py::dtype::of<T>(), shape_);
    }
    auto owner = std::make_unique<Buffer>(std::move(buffer_));
    void* data = owner->data();
    const py::capsule capsule(owner.get(), [](void* p) { delete static_cast<Buffer*>(p); });
    static_cast<void>(owner.release());  // the capsule owns it now
    return py::array(py::dtype::of<T>(), shape_, {}, data, capsule);
  }

 private:
  Output(const std::size_t* first, const std::size_t* end) : shape_(first, end), size_(1) {
    for (; first != end; ++first) size_ = checked_mul(size_, *first);
    buffer_ = pool_take(checked_mul(size_, sizeof(T)));
  }

  std::vector<py::ssize_t> shape_;
  std::size_t size_ = 0;
  Buffer buffer_;
};

// The part of a call that runs without the GIL. Ctrl-C: the token's poll asks Python for pending
// signals now and then; what a handler raised leaves from finish(). A child of a handler that
// forked has lost the other threads of the call: there it ends in an error.
class RunScope {
 public:
  RunScope() : token_(&RunScope::poll, this), thread_(PyEval_SaveThread()) {}
  RunScope(const RunScope&) = delete;
  RunScope& operator=(const RunScope&) = delete;
  ~RunScope() { reacquire(); }

  CancelToken* token() { return &token_; }

  // Takes the GIL back, and throws if the run was interrupted. Without a call of finish the
  // destructor takes the GIL back, so exceptions of a driver pass through.
  void finish() {
    reacquire();
    if (raised_) {
      throw std::move(*raised_);
    }
  }

 private:
  static bool poll(void* scope);
  void reacquire() {
    if (thread_ != nullptr) PyEval_RestoreThread(std::exchange(thread_, nullptr));
  }

  CancelToken token_;
  std::optional<py::error_already_set> raised_;
  PyThreadState* thread_;  // set while the GIL is released
  bool forked_ = in_forked_child();
};

}  // namespace tidegate::bindings
