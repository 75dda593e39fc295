// Products, activations, softmax and cross-entropy on arrays.

#include "bindings/nn.h"

#include <algorithm>
#include <limits>

#include "nn/elementwise.h"
#include "nn/layer_moments.h"
#include "nn/product.h"

namespace tidegate::bindings {

int activation_arg(const char* op, const std::string& name) {
  const int kind = nn::activation_kind(name);
  if (kind < 0) {
    raise_value(op, "activation must be one of tanh, sigmoid, relu, linear, hard_sigmoid, exp",
                "'" + name + "'", "other activations are operations of their own, after this one.");
  }
  return kind;
}

std::vector<std::size_t> shape_of(const py::array& array) {
  return {array.shape(), array.shape() + array.ndim()};
}

template <class T>
bool fits(py::handle value, bool writable) {
  if (!py::isinstance<py::array>(value)) return false;
  const auto array = py::reinterpret_borrow<py::array>(value);
  constexpr int kAligned = py::detail::npy_api::NPY_ARRAY_ALIGNED_;
  const py::dtype dtype = array.dtype();
  return dtype.num() == Element<T>::kNumber && dtype.byteorder() == '=' &&
         (array.flags() & py::array::c_style) != 0 && (array.flags() & kAligned) != 0 &&
         (!writable || array.writeable());
}
template bool fits<float>(py::handle, bool);
template bool fits<double>(py::handle, bool);

template <class T>
py::array any_rank_arg(const char* op, const char* name, py::handle value, bool writable) {
  if constexpr (std::is_floating_point_v<T>) {
    const Dtype wanted = std::is_same_v<T, float> ? Dtype::f32 : Dtype::f64;
    if (float_dtype(op, name, value) != wanted) {
      raise_type(op, std::string(name) + " must have dtype " + Element<T>::kName,
                 wanted == Dtype::f32 ? "float64" : "float32",
                 "all arrays of one call have the same dtype.");
    }
  }
  py::array array = check_element(op, name, value, Element<T>::kNumber, Element<T>::kName);
  constexpr int kAligned = py::detail::npy_api::NPY_ARRAY_ALIGNED_;
  if ((array.flags() & py::array::c_style) == 0 || (array.flags() & kAligned) == 0) {
    raise_value(op, std::string(name) + " must be C-contiguous and aligned",
                "an array with other strides or at an odd address",
                "numpy.ascontiguousarray(a) makes one.");
  }
  if (writable && !array.writeable()) {
    raise_value(op, std::string(name) + " is changed in place and must be writable",
                "a read-only array");
  }
  return array;
}
template py::array any_rank_arg<float>(const char*, const char*, py::handle, bool);
template py::array any_rank_arg<double>(const char*, const char*, py::handle, bool);
template py::array any_rank_arg<std::uint16_t>(const char*, const char*, py::handle, bool);

namespace {

template <class T>
py::array matmul_of(const py::handle& a_arg, const py::handle& b_arg, bool transpose_a,
                    bool transpose_b) {
  constexpr const char* kOp = "matmul";
  const py::array a = any_rank_arg<T>(kOp, "a", a_arg, false);
  const py::array b = any_rank_arg<T>(kOp, "b", b_arg, false);
  const auto rank = a.ndim();
  if (rank < 2 || b.ndim() != rank || !std::equal(a.shape(), a.shape() + rank - 2, b.shape())) {
    raise_value(kOp, "a [..., N, K] and b [..., K, M] must have equal leading axes",
                shape_text(a) + " and " + shape_text(b));
  }
  std::vector<std::size_t> shape = shape_of(a);
  const auto axis = [&](const py::array& array, bool last) {
    return static_cast<std::size_t>(array.shape(rank - (last ? 1 : 2)));
  };
  const std::size_t k = axis(a, !transpose_a);
  if (axis(b, transpose_b) != k) {
    raise_value(kOp, "the inner axes of a and b must agree",
                shape_text(a) + (transpose_a ? " transposed" : "") + " and " + shape_text(b) +
                    (transpose_b ? " transposed" : ""));
  }
  shape[shape.size() - 2] = axis(a, transpose_a);
  shape[shape.size() - 1] = axis(b, !transpose_b);
  std::size_t batch = 1;
  for (std::size_t i = 0; i + 2 < shape.size(); ++i) batch *= shape[i];
  Output<T> c(shape);
  nn::Matmul<T> product{};
  product.a = static_cast<const T*>(a.data());
  product.b = static_cast<const T*>(b.data());
  product.c = c.data();
  product.batch = as_long(batch);
  product.n = as_long(shape[shape.size() - 2]);
  product.k = as_long(k);
  product.m = as_long(shape[shape.size() - 1]);
  product.transpose_a = transpose_a;
  product.transpose_b = transpose_b;
  RunScope scope;
  if (c.size() > 0) nn::matmul(product, scope.token());
  scope.finish();
  return c.take();
}

template <class T>
py::array activation_of(const std::string& name, const py::handle& x_arg) {
  const int kind = activation_arg("activation", name);
  const py::array x = any_rank_arg<T>("activation", "x", x_arg, false);
  Output<T> y(shape_of(x));
  const auto* from = static_cast<const T*>(x.data());
  RunScope scope;
  nn::activate(kind, from, y.data(), as_long(y.size()));
  scope.finish();
  return y.take();
}

template <class T>
py::array softmax_of(const py::handle& x_arg) {
  const auto x = array_arg<T>("softmax", "x", x_arg, {{"N"}, {"C"}});
  Output<T> y({x.dim(0), x.dim(1)});
  RunScope scope;
  nn::softmax(x.data(), y.data(), as_long(x.dim(0)), as_long(x.dim(1)));
  scope.finish();
  return y.take();
}

template <class T>
py::array softmax_backward_of(const py::handle& y_arg, const py::handle& dy_arg) {
  const auto y = array_arg<T>("softmax_backward", "y", y_arg, {{"N"}, {"C"}});
  const auto dy =
      array_arg<T>("softmax_backward", "dy", dy_arg, {{"N", y.dim(0)}, {"C", y.dim(1)}});
  Output<T> dx({y.dim(0), y.dim(1)});
  RunScope scope;
  nn::softmax_backward(y.data(), dy.data(), dx.data(), as_long(y.dim(0)), as_long(y.dim(1)));
  scope.finish();
  return dx.take();
}

template <class T>
py::tuple layer_moments_of(const py::handle& x_arg, double epsilon) {
  const auto x = array_arg<T>("layer_moments", "x", x_arg, {{"N"}, {"C"}});
  Output<T> mean({x.dim(0)}), inverse({x.dim(0)});
  RunScope scope;
  if (x.dim(1) == 0) {  // as the formulas say: 0 / 0
    std::fill_n(mean.data(), x.dim(0), std::numeric_limits<T>::quiet_NaN());
    std::fill_n(inverse.data(), x.dim(0), std::numeric_limits<T>::quiet_NaN());
  } else if (x.dim(0) > 0) {
    nn::layer_moments(x.data(), as_long(x.dim(0)), as_long(x.dim(1)), static_cast<T>(epsilon),
                      mean.data(), inverse.data());
  }
  scope.finish();
  return py::make_tuple(mean.take(), inverse.take());
}

constexpr const char* kCrossEntropy = "softmax_cross_entropy";

void check_labels(const ArrayArg<std::int32_t>& labels, std::size_t classes) {
  const auto n = as_long(labels.size());
  for (long i = 0; i < n; ++i) {
    const std::int32_t label = labels.data()[i];
    if (label < 0 || as_long(classes) <= label) {
      raise_value(
          kCrossEntropy, "labels must be in [0, C) = [0, " + std::to_string(classes) + ")",
          std::to_string(label) + " at position " + std::to_string(i),
          "labels count from 0; rows to be ignored need a weight of 0 and any valid label.");
    }
  }
}

template <class T>
py::tuple cross_entropy_of(const py::handle& logits_arg, const py::handle& target, bool need_grad) {
  const auto logits = array_arg<T>(kCrossEntropy, "logits", logits_arg, {{"N"}, {"C"}});
  const std::size_t rows = logits.dim(0);
  const std::size_t classes = logits.dim(1);
  const bool sparse = py::isinstance<py::array>(target) &&
                      py::reinterpret_borrow<py::array>(target).dtype().kind() == 'i';
  ArrayArg<std::int32_t> labels;
  ArrayArg<T> probabilities;
  if (sparse) {
    labels = array_arg<std::int32_t>(kCrossEntropy, "labels", target, {{"N", rows}});
    check_labels(labels, classes);
  } else {
    probabilities = array_arg<T>(kCrossEntropy, "labels", target, {{"N", rows}, {"C", classes}},
                                 "integer labels [N] must be int32.");
  }
  Output<T> loss({rows});
  Output<T> gradient;
  if (need_grad) gradient = Output<T>({rows, classes});
  CrossEntropyArgs<T> args{};
  args.rows = as_long(rows);
  args.columns = as_long(classes);
  args.logits = logits.data();
  args.labels = labels.data();
  args.probabilities = probabilities.data();
  args.loss = loss.data();
  args.gradient = gradient.data();
  RunScope scope;
  nn::softmax_cross_entropy(args);
  scope.finish();
  return py::make_tuple(loss.take(), need_grad ? py::object(gradient.take()) : py::none());
}

}  // namespace

void init_nn(py::module_& module);

void init_nn(py::module_& module) {
  bind_bfloat16(module);
  bind_dense(module);
  bind_embedding(module);
  bind_optimizer(module);
  module.def(
      "matmul",
      [](const py::handle& a, const py::handle& b, bool transpose_a, bool transpose_b) {
        return with_dtype(float_dtype("matmul", "a", a),
                          [&]<class T>() { return matmul_of<T>(a, b, transpose_a, transpose_b); });
      },
      py::arg("a"), py::arg("b"), py::arg("transpose_a") = false, py::arg("transpose_b") = false,
      "a [..., N, K] times b [..., K, M]: [..., N, M].");
  module.def(
      "activation",
      [](const std::string& name, const py::handle& x) {
        return with_dtype(float_dtype("activation", "x", x),
                          [&]<class T>() { return activation_of<T>(name, x); });
      },
      py::arg("name"), py::arg("x"),
      "The activation of each value, by the recurrent kernels' maths.");
  module.def(
      "softmax",
      [](const py::handle& x) {
        return with_dtype(float_dtype("softmax", "x", x),
                          [&]<class T>() { return softmax_of<T>(x); });
      },
      py::arg("x"), "Softmax of each row of x [N, C].");
  module.def(
      "softmax_backward",
      [](const py::handle& y, const py::handle& dy) {
        return with_dtype(float_dtype("softmax_backward", "y", y),
                          [&]<class T>() { return softmax_backward_of<T>(y, dy); });
      },
      py::arg("y"), py::arg("dy"), "dx = y (dy - sum(y dy)) by rows.");
  module.def(
      "layer_moments",
      [](const py::handle& x, double epsilon) {
        return with_dtype(float_dtype("layer_moments", "x", x),
                          [&]<class T>() { return layer_moments_of<T>(x, epsilon); });
      },
      py::arg("x"), py::arg("epsilon"),
      "Of each row of x [N, C]: (mean, 1 / sqrt(variance + epsilon)), [N] each.");
  module.def(
      kCrossEntropy,
      [](const py::handle& logits, const py::handle& labels, bool need_grad) {
        return with_dtype(float_dtype(kCrossEntropy, "logits", logits), [&]<class T>() {
          return cross_entropy_of<T>(logits, labels, need_grad);
        });
      },
      py::arg("logits"), py::arg("labels"), py::arg("need_grad"),
      "(loss [N], dlogits [N, C] or None) of int32 labels [N] or probabilities [N, C].");
}

}  // namespace tidegate::bindings
