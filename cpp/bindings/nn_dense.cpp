// The dense layer: packed weights, forward, backward.

#include <memory>
#include <variant>

#include "bindings/nn.h"
#include "nn/dense.h"
#include "nn/elementwise.h"

namespace tidegate::bindings {
namespace {

constexpr const char* kOp = "dense";

// What Python holds: weights of one type.
struct DensePack {
  std::variant<std::unique_ptr<nn::DenseWeights<float>>, std::unique_ptr<nn::DenseWeights<double>>>
      weights;

  template <class Call>
  decltype(auto) visit(Call&& call) const {
    return std::visit([&](const auto& pointer) { return call(*pointer); }, weights);
  }
};

template <class T>
std::unique_ptr<DensePack> pack_of(const py::handle& kernel_arg) {
  const auto kernel = array_arg<T>(kOp, "kernel", kernel_arg, {{"I"}, {"O"}});
  auto pack = std::make_unique<DensePack>();
  RunScope scope;
  pack->weights = std::make_unique<nn::DenseWeights<T>>(kernel.data(), as_long(kernel.dim(0)),
                                                        as_long(kernel.dim(1)));
  scope.finish();
  return pack;
}

template <class T>
py::array forward_of(const nn::DenseWeights<T>& weights, const py::handle& x_arg,
                     const py::handle& bias_arg, int activation) {
  const auto input_dim = static_cast<std::size_t>(weights.input_dim());
  const auto units = static_cast<std::size_t>(weights.units());
  const auto x = array_arg<T>(kOp, "x", x_arg, {{"N"}, {"I", input_dim}},
                              "x's last axis and dtype are those of the kernel [I, O].");
  const auto bias = optional_array_arg<T>(kOp, "bias", bias_arg, {{"O", units}});
  Output<T> y({x.dim(0), units});
  RunScope scope;
  nn::dense_forward<T>({x.data(), as_long(x.dim(0)), &weights, bias.data(), activation, y.data()},
                       scope.token());
  scope.finish();
  return y.take();
}

struct BackwardOptions {
  int activation;
  bool need_dx;
  bool use_bias;
};

template <class T>
py::tuple backward_of(const nn::DenseWeights<T>& weights, const py::handle& x_arg,
                      const py::handle& y_arg, const py::handle& dy_arg,
                      const BackwardOptions& options) {
  const auto input_dim = static_cast<std::size_t>(weights.input_dim());
  const auto units = static_cast<std::size_t>(weights.units());
  const auto x = array_arg<T>(kOp, "x", x_arg, {{"N"}, {"I", input_dim}});
  const auto dy = array_arg<T>(kOp, "dy", dy_arg, {{"N", x.dim(0)}, {"O", units}});
  // The derivative of "linear" needs no y.
  const bool needs_y = options.activation != static_cast<int>(Activation::linear);
  const auto y = needs_y ? array_arg<T>(kOp, "y", y_arg, {{"N", x.dim(0)}, {"O", units}})
                         : optional_array_arg<T>(kOp, "y", y_arg, {{"N", x.dim(0)}, {"O", units}});
  Output<T> dx;
  Output<T> dw({input_dim, units});
  Output<T> db;
  if (options.need_dx) dx = Output<T>({x.dim(0), input_dim});
  if (options.use_bias) db = Output<T>({units});
  nn::DenseBackward<T> call{};
  call.x = x.data();
  call.rows = as_long(x.dim(0));
  call.weights = &weights;
  call.y = y ? y.data() : dy.data();
  call.dy = dy.data();
  call.activation = options.activation;
  call.dx = dx.data();
  call.dw = dw.data();
  call.db = db.data();
  RunScope scope;
  nn::dense_backward(call, scope.token());
  scope.finish();
  const auto taken = [](bool wanted, Output<T>& output) {
    return wanted ? py::object(output.take()) : py::none();
  };
  return py::make_tuple(taken(options.need_dx, dx), dw.take(), taken(options.use_bias, db));
}

void bind_weights(py::module_& module) {
  py::class_<DensePack>(module, "DenseWeights",
                        "A kernel [I, O], packed for the kernels in use. Immutable.")
      .def(py::init([](const py::handle& kernel) {
             return with_dtype(float_dtype(kOp, "kernel", kernel),
                               [&]<class T>() { return pack_of<T>(kernel); });
           }),
           py::arg("kernel"))
      .def_property_readonly(
          "input_dim",
          [](const DensePack& pack) { return pack.visit([](auto& w) { return w.input_dim(); }); })
      .def_property_readonly(
          "units",
          [](const DensePack& pack) { return pack.visit([](auto& w) { return w.units(); }); })
      .def_property_readonly(
          "dtype",
          [](const DensePack& pack) { return pack.weights.index() == 0 ? "float32" : "float64"; })
      .def_property_readonly("nbytes", [](const DensePack& pack) {
        return pack.visit([](auto& w) { return w.bytes(); });
      });
}

}  // namespace

void bind_dense(py::module_& module) {
  bind_weights(module);
  module.def(
      "dense_forward",
      [](const py::handle& x, const DensePack& weights, const py::handle& bias,
         const std::string& activation) {
        const int kind = activation_arg(kOp, activation);
        return weights.visit([&](const auto& w) { return forward_of(w, x, bias, kind); });
      },
      py::arg("x"), py::arg("weights"), py::arg("bias"), py::arg("activation"),
      "y = activation(x W + b): x [N, I] -> [N, O].");
  module.def(
      "dense_backward",
      [](const py::handle& x, const DensePack& weights, const py::handle& y, const py::handle& dy,
         const std::string& activation, bool need_dx, bool use_bias) {
        const BackwardOptions options{activation_arg(kOp, activation), need_dx, use_bias};
        return weights.visit([&](const auto& w) { return backward_of(w, x, y, dy, options); });
      },
      py::arg("x"), py::arg("weights"), py::arg("y"), py::arg("dy"), py::arg("activation"),
      py::arg("need_dx") = true, py::arg("use_bias") = true,
      "(dx [N, I] or None, dW [I, O], db [O] or None).");
}

}  // namespace tidegate::bindings
