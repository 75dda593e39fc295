// float32 to bfloat16 and back. NumPy has no bfloat16: its bits are an array of uint16.

#include "bindings/nn.h"
#include "nn/elementwise.h"

namespace tidegate::bindings {
namespace {

template <class From, class To>
py::array converted(const char* op, const py::handle& x_arg, auto&& convert) {
  const py::array x = any_rank_arg<From>(op, "x", x_arg, false);
  Output<To> y(shape_of(x));
  const auto* from = static_cast<const From*>(x.data());
  RunScope scope;
  convert(from, y.data(), as_long(y.size()));
  scope.finish();
  return y.take();
}

}  // namespace

void bind_bfloat16(py::module_& module) {
  module.def(
      "to_bfloat16",
      [](const py::handle& x) {
        return converted<float, std::uint16_t>(
            "to_bfloat16", x, [](const float* from, std::uint16_t* to, long n) {
              nn::to_bfloat16(from, reinterpret_cast<bfloat16*>(to), n);
            });
      },
      py::arg("x"),
      "The bits (uint16) of each float32, rounded to the nearest bfloat16, ties to even. NaN stays "
      "NaN; subnormal values are rounded, not flushed.");
  module.def(
      "from_bfloat16",
      [](const py::handle& x) {
        return converted<std::uint16_t, float>(
            "from_bfloat16", x, [](const std::uint16_t* from, float* to, long n) {
              nn::from_bfloat16(reinterpret_cast<const bfloat16*>(from), to, n);
            });
      },
      py::arg("x"), "The float32 of each bfloat16, given by its bits (uint16): exact.");
}

}  // namespace tidegate::bindings
