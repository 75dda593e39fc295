// What the nn*.cpp files of this folder share.
#pragma once

#include <string>
#include <vector>

#include "bindings/convert.h"

namespace tidegate::bindings {

void bind_bfloat16(py::module_& module);
void bind_dense(py::module_& module);
void bind_embedding(py::module_& module);
void bind_optimizer(py::module_& module);

// call.operator()<float>() or <double>().
template <class Call>
decltype(auto) with_dtype(Dtype dtype, Call&& call) {
  if (dtype == Dtype::f32) return call.template operator()<float>();
  return call.template operator()<double>();
}

// The kind of an activation; ValueError names those that there are.
int activation_arg(const char* op, const std::string& name);

// Whether an argument is an array that a kernel can read in place (and write, if `writable`).
template <class T>
bool fits(py::handle value, bool writable);

// As array_arg, for an array of any rank.
template <class T>
py::array any_rank_arg(const char* op, const char* name, py::handle value, bool writable);

std::vector<std::size_t> shape_of(const py::array& array);

inline long as_long(std::size_t size) { return static_cast<long>(size); }

}  // namespace tidegate::bindings
