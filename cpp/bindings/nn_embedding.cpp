// Embedding lookup and its gradient.

#include "bindings/nn.h"
#include "nn/embedding.h"

namespace tidegate::bindings {
namespace {

constexpr const char* kOp = "embedding";

void check_ids(const ArrayArg<std::int32_t>& ids, std::size_t rows) {
  const long position = nn::first_bad_id(ids.data(), as_long(ids.size()), as_long(rows));
  if (position < 0) return;
  throw py::index_error("[embedding] ids must be in [0, input_dim) = [0, " + std::to_string(rows) +
                        "). Received: " + std::to_string(ids.data()[position]) + " at position " +
                        std::to_string(position) +
                        ". Hint: input_dim is the largest id + 1; 0 is often kept for padding.");
}

template <class T>
py::array forward_of(const py::handle& ids_arg, const py::handle& embeddings_arg) {
  const auto ids = array_arg<std::int32_t>(kOp, "ids", ids_arg, {{"N"}});
  const auto table = array_arg<T>(kOp, "embeddings", embeddings_arg, {{"V"}, {"D"}});
  check_ids(ids, table.dim(0));
  Output<T> y({ids.size(), table.dim(1)});
  RunScope scope;
  nn::embedding_forward(ids.data(), as_long(ids.size()), table.data(), as_long(table.dim(1)),
                        y.data());
  scope.finish();
  return y.take();
}

template <class T>
py::array backward_of(const py::handle& ids_arg, const py::handle& dy_arg, std::size_t input_dim) {
  const auto ids = array_arg<std::int32_t>(kOp, "ids", ids_arg, {{"N"}});
  const auto dy = array_arg<T>(kOp, "dy", dy_arg, {{"N", ids.size()}, {"D"}});
  check_ids(ids, input_dim);
  Output<T> dtable({input_dim, dy.dim(1)});
  RunScope scope;
  nn::embedding_backward(ids.data(), as_long(ids.size()), dy.data(), as_long(dy.dim(1)),
                         as_long(input_dim), dtable.data());
  scope.finish();
  return dtable.take();
}

}  // namespace

void bind_embedding(py::module_& module) {
  module.def(
      "embedding_forward",
      [](const py::handle& ids, const py::handle& embeddings) {
        return with_dtype(float_dtype(kOp, "embeddings", embeddings),
                          [&]<class T>() { return forward_of<T>(ids, embeddings); });
      },
      py::arg("ids"), py::arg("embeddings"),
      "Rows of embeddings [V, D] at ids int32 [N]: [N, D]. IndexError if an id has no row.");
  module.def(
      "embedding_backward",
      [](const py::handle& ids, const py::handle& dy, std::size_t input_dim) {
        return with_dtype(float_dtype(kOp, "dy", dy),
                          [&]<class T>() { return backward_of<T>(ids, dy, input_dim); });
      },
      py::arg("ids"), py::arg("dy"), py::arg("input_dim"),
      "dy [N, D] added up where ids [N] point: [input_dim, D].");
}

}  // namespace tidegate::bindings
