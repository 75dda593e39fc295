#include "bindings/recurrent.h"

#include <pybind11/stl.h>

#include <array>
#include <deque>
#include <optional>
#include <utility>

#include "rnn/backward.h"
#include "rnn/forward.h"

namespace tidegate::bindings {

Activation activation_arg(const char* op, const char* name, const std::string& value) {
  if (value == "tanh") return Activation::tanh;
  if (value == "sigmoid") return Activation::sigmoid;
  if (value == "relu") return Activation::relu;
  if (value == "linear") return Activation::linear;
  if (value == "hard_sigmoid") return Activation::hard_sigmoid;
  raise_value(op, std::string(name) + " must be one of tanh, sigmoid, relu, linear, hard_sigmoid",
              "'" + value + "'");
}

namespace {

constexpr const char* kForward = "recurrent_forward";
constexpr const char* kBackward = "recurrent_backward";

CellSpec cell_spec(const std::string& cell, bool reset_after, std::size_t input_dim,
                   std::size_t units) {
  const auto i = static_cast<long>(input_dim);
  const auto h = static_cast<long>(units);
  if (cell == "lstm") return {Cell::lstm, i, h};
  if (cell == "gru") return {reset_after ? Cell::gru : Cell::gru_before, i, h};
  if (cell == "simple_rnn") return {Cell::simple_rnn, i, h};
  raise_value("RecurrentWeights", "cell must be lstm, gru or simple_rnn", "'" + cell + "'");
}

template <class T>
RecurrentWeights pack(const std::string& cell, py::handle kernel_arg, py::handle recurrent_arg,
                      py::handle bias_arg, bool reset_after, Storage storage) {
  const char* op = "RecurrentWeights";
  const char* hint = "the recurrent kernel decides the number of units H";
  const auto recurrent = array_arg<T>(op, "recurrent_kernel", recurrent_arg, {{"H"}, {"G*H"}});
  const std::size_t units = recurrent.dim(0);
  const auto gates = static_cast<std::size_t>(cell_spec(cell, reset_after, 1, 1).gates());
  array_arg<T>(op, "recurrent_kernel", recurrent_arg, {{"H"}, {"G*H", gates * units}}, hint);
  const auto kernel = array_arg<T>(op, "kernel", kernel_arg, {{"I"}, {"G*H", gates * units}}, hint);
  if (units == 0 || kernel.dim(0) == 0) {
    raise_value(op, "kernel [I, G*H] and recurrent_kernel [H, G*H] must not be empty",
                shape_text(kernel.array()) + " and " + shape_text(recurrent.array()));
  }
  const CellSpec spec = cell_spec(cell, reset_after, kernel.dim(0), units);
  const auto bias =
      spec.bias_rows() == 2
          ? optional_array_arg<T>(op, "bias", bias_arg, {{"2", 2}, {"3*H", gates * units}},
                                  "reset_after=True has a bias for x and one for h")
          : optional_array_arg<T>(op, "bias", bias_arg, {{"G*H", gates * units}});
  return {std::make_shared<const PackedWeights<T>>(spec, kernel.data(), recurrent.data(),
                                                   bias.data(), storage)};
}

Storage products_arg(const std::string& products, Dtype dtype) {
  if (products == "bfloat16" && dtype == Dtype::f32) return Storage::bfloat16_products;
  if (products.empty() || products == (dtype == Dtype::f32 ? "float32" : "float64")) {
    return Storage::full;
  }
  raise_value("RecurrentWeights", "products must be those of the weights' dtype, or bfloat16",
              "'" + products + "'", "bfloat16 needs float32 weights");
}

using WeightsTuple = std::vector<RecurrentWeights>;

// A mask of the Python layer: (kind, values [B, T], lengths [B], order [B]).
class MaskArg {
 public:
  MaskArg(py::handle value, std::size_t batch, std::size_t steps) {
    if (value.is_none()) return;
    const auto parts = value.cast<py::tuple>();
    if (parts.size() != 4) {
      raise_value(kForward, "mask must be (kind, values, lengths, order)",
                  std::to_string(parts.size()) + " parts");
    }
    const auto kind = parts[0].cast<std::string>();
    const auto values = array_arg<bool>(kForward, "mask", parts[1], {{"B", batch}, {"T", steps}});
    if (kind == "full") return;
    values_ = values;
    lengths_ = array_arg<std::int32_t>(kForward, "mask lengths", parts[2], {{"B", batch}});
    order_ = array_arg<std::int32_t>(kForward, "mask order", parts[3], {{"B", batch}});
    check(kind, batch, steps);
    view_ = {kind == "right"  ? MaskView::Kind::right
             : kind == "left" ? MaskView::Kind::left
                              : MaskView::Kind::holes,
             reinterpret_cast<const std::uint8_t*>(values_.data()), lengths_.data(), order_.data()};
  }
  const MaskView* view() const { return values_ ? &*view_ : nullptr; }

 private:
  // The drivers index with these: lengths that the mask does not have would read past the batch.
  void check(const std::string& kind, std::size_t batch, std::size_t steps) const {
    if (kind != "right" && kind != "left" && kind != "holes") {
      raise_value(kForward, "mask kind must be full, right, left or holes", "'" + kind + "'");
    }
    std::vector<bool> seen(batch, false);
    std::int32_t previous = static_cast<std::int32_t>(steps);
    for (std::size_t i = 0; i < batch; ++i) {
      const auto row = static_cast<std::size_t>(order_.data()[i]);
      const bool fresh = row < batch && !seen[row];
      if (!fresh || lengths_.data()[row] > previous || lengths_.data()[row] < 0) {
        raise_value(kForward, "mask order must sort the rows by length, longest first",
                    "row " + std::to_string(order_.data()[i]) + " at " + std::to_string(i));
      }
      seen[row] = true;
      previous = lengths_.data()[row];
      std::int32_t counted = 0;
      for (std::size_t t = 0; t < steps; ++t) counted += values_.data()[row * steps + t] ? 1 : 0;
      if (counted != previous) {
        raise_value(kForward, "mask lengths must count the steps that are True",
                    std::to_string(previous) + " for row " + std::to_string(row));
      }
    }
  }

  ArrayArg<bool> values_;
  ArrayArg<std::int32_t> lengths_, order_;
  std::optional<MaskView> view_;
};

// None, or one dropout mask array [1 or G, B, width].
template <class T>
ArrayArg<T> dropout_arg(const char* name, py::handle value, long gates, std::size_t batch,
                        std::size_t width) {
  if (value.is_none()) return {};
  auto array = array_arg<T>(kForward, name, value, {{"1|G"}, {"B", batch}, {"width", width}});
  if (array.dim(0) != 1 && array.dim(0) != static_cast<std::size_t>(gates)) {
    raise_value(kForward, std::string(name) + " must hold one mask or one per gate",
                std::to_string(array.dim(0)), "the cell has as many gates as kernels have blocks");
  }
  return array;
}

// The d-th entry of a tuple with one entry per direction; None where the tuple is None.
py::object entry(py::handle value, std::size_t d, std::size_t directions, const char* op,
                 const char* name) {
  if (value.is_none()) return py::none();
  const auto parts = value.cast<py::tuple>();
  if (parts.size() != directions) {
    raise_value(op, std::string(name) + " must have one entry per direction",
                std::to_string(parts.size()) + " for " + std::to_string(directions));
  }
  return parts[d];
}

// (h,) or (h, c), or None.
template <class T>
struct StateArgs {
  ArrayArg<T> h, c;

  StateArgs(const char* op, const char* name, py::handle value, std::size_t batch,
            const CellSpec& spec) {
    if (value.is_none()) return;
    const auto parts = value.cast<py::tuple>();
    const std::size_t expected = spec.has_c() ? 2 : 1;
    if (parts.size() != expected) {
      raise_value(op, std::string(name) + " must be " + (expected == 2 ? "(h, c)" : "(h,)"),
                  std::to_string(parts.size()) + " arrays");
    }
    const auto units = static_cast<std::size_t>(spec.units);
    h = optional_array_arg<T>(op, name, parts[0], {{"B", batch}, {"H", units}});
    if (spec.has_c()) c = optional_array_arg<T>(op, name, parts[1], {{"B", batch}, {"H", units}});
  }
};

constexpr std::array<std::pair<const char*, Remat>, 4> kModes{{{"full", Remat::full},
                                                               {"bfloat16", Remat::bfloat16},
                                                               {"recompute", Remat::recompute},
                                                               {"checkpoint", Remat::checkpoint}}};

Remat remat_arg(const std::string& value) {
  for (const auto& [name, mode] : kModes) {
    if (value == name) return mode;
  }
  raise_value(kForward, "remat must be full, bfloat16, recompute or checkpoint", "'" + value + "'");
}

const char* remat_name(Remat value) {
  for (const auto& [name, mode] : kModes) {
    if (value == mode) return name;
  }
  return "";
}

// Everything that backpropagation needs; keeps the caller's x, masks and weights alive.
struct SavedBase {
  virtual ~SavedBase() = default;
  virtual Remat mode() const = 0;
  virtual std::size_t bytes() const = 0;
  virtual std::size_t scratch_bytes() const = 0;
  virtual void shrink(Remat mode) = 0;
  virtual py::tuple backward(py::handle dy, py::handle dstates, bool need_dx,
                             bool need_dstates) = 0;
};

template <class T>
struct Call final : SavedBase {
  WeightsTuple weights;
  std::size_t batch = 0, steps = 0;
  bool sequences = false;
  ArrayArg<T> x;
  std::vector<ArrayArg<T>> dropout;  // keeps the masks alive
  std::deque<SequencePlan> plans;
  std::vector<Direction<T>> directions;
  std::vector<Saved<T>> saved;
  Remat remat = Remat::full;
  bool consumed = false;

  std::size_t units() const { return static_cast<std::size_t>(weights.front().spec().units); }
  std::size_t width() const { return units() * weights.size(); }
  std::vector<std::size_t> y_shape() const {
    return sequences ? std::vector<std::size_t>{batch, steps, width()}
                     : std::vector<std::size_t>{batch, width()};
  }
  Remat mode() const override { return remat; }
  std::size_t bytes() const override {
    std::size_t sum = 0;
    for (const Saved<T>& s : saved) sum += s.bytes();
    return sum;
  }
  std::size_t scratch_bytes() const override {
    std::size_t sum = 0;
    for (const Saved<T>& s : saved) sum += s.scratch_bytes();
    return sum;
  }
  void shrink(Remat mode) override {
    if (consumed) return;  // a thread may be reading them, without the GIL
    for (Saved<T>& s : saved) s.shrink(mode);
    remat = mode;
  }
  py::tuple backward(py::handle dy, py::handle dstates, bool need_dx, bool need_dstates) override;
};

struct SavedForBackward {
  std::unique_ptr<SavedBase> call;
};

struct ForwardOptions {
  std::vector<bool> go_backwards;
  std::string activation, recurrent_activation;
  bool return_sequences, time_order, zero_output_for_mask, training, want_states;
  Remat remat;
  long truncate;  // 0 for never
};

template <class T>
void add_direction(Call<T>& call, std::size_t d, const MaskArg& mask, const ForwardOptions& o,
                   py::handle x_dropout, py::handle h_dropout) {
  const RecurrentWeights& w = call.weights[d];
  const CellSpec& spec = w.spec();
  const auto inputs = static_cast<std::size_t>(spec.input_dim);
  call.plans.emplace_back(static_cast<long>(call.batch), static_cast<long>(call.steps),
                          o.go_backwards[d], mask.view());
  Direction<T> direction{};
  direction.weights = w.as<T>();
  direction.plan = &call.plans.back();
  direction.activation = activation_arg(kForward, "activation", o.activation);
  direction.recurrent_activation =
      activation_arg(kForward, "recurrent_activation", o.recurrent_activation);
  direction.x = call.x.data();
  const auto keep = [&](ArrayArg<T> masks) -> DropoutMasks<T> {
    if (!masks) return {};
    call.dropout.push_back(std::move(masks));
    const ArrayArg<T>& kept = call.dropout.back();
    return {kept.data(), static_cast<long>(kept.dim(0))};
  };
  direction.x_dropout =
      keep(dropout_arg<T>("x_dropout", x_dropout, spec.gates(), call.batch, inputs));
  direction.h_dropout =
      keep(dropout_arg<T>("h_dropout", h_dropout, spec.gates(), call.batch, call.units()));
  direction.sequences = call.sequences;
  direction.time_order = o.time_order;
  direction.zero_output_for_mask = o.zero_output_for_mask;
  direction.truncate = o.truncate;
  direction.split = split_from_environment();
  const auto row = static_cast<long>(call.width());
  direction.y_step_stride = row;
  direction.y_row_stride = call.sequences ? row * static_cast<long>(call.steps) : row;
  call.directions.push_back(direction);
}

// The weights of both directions must be of one kind.
template <class T>
void check_weights(const Call<T>& call, const ForwardOptions& o) {
  const std::size_t n = call.weights.size();
  if (n < 1 || n > 2 || o.go_backwards.size() != n) {
    raise_value(kForward, "weights and go_backwards must have one entry per direction, 1 or 2",
                std::to_string(n) + " and " + std::to_string(o.go_backwards.size()));
  }
  const CellSpec& first = call.weights.front().spec();
  for (const RecurrentWeights& w : call.weights) {
    if (w.spec().cell != first.cell || w.spec().units != first.units ||
        w.spec().input_dim != first.input_dim || w.dtype() != call.weights.front().dtype()) {
      raise_value(
          kForward, "both directions must have the same cell, sizes and dtype",
          "units " + std::to_string(first.units) + " and " + std::to_string(w.spec().units));
    }
  }
}

// (h,) or (h, c), () if nobody wants them.
template <class T>
py::tuple state_result(Output<T>& h, Output<T>& c, bool wanted, bool has_c) {
  if (!wanted) return py::tuple();
  if (!has_c) return py::make_tuple(h.take());
  return py::make_tuple(h.take(), c.take());
}

template <class T>
py::tuple forward(py::handle x, WeightsTuple weights, py::handle initial_state, py::handle mask,
                  const ForwardOptions& o, py::handle x_dropout, py::handle h_dropout) {
  auto call = std::make_unique<Call<T>>();
  call->weights = std::move(weights);
  check_weights(*call, o);
  const std::size_t n = call->weights.size();
  const CellSpec& spec = call->weights.front().spec();
  call->x = array_arg<T>(kForward, "x", x,
                         {{"B"}, {"T"}, {"I", static_cast<std::size_t>(spec.input_dim)}},
                         "the last axis is the width that the weights were made for");
  call->batch = call->x.dim(0);
  call->steps = call->x.dim(1);
  call->sequences = o.return_sequences;
  call->remat = o.remat;
  const MaskArg mask_arg(mask, call->batch, call->steps);
  call->dropout.reserve(2 * n);
  std::vector<StateArgs<T>> states;
  std::vector<Output<T>> h(n), c(n);
  Output<T> y(call->y_shape());
  std::vector<ForwardOutput<T>> outputs;
  for (std::size_t d = 0; d < n; ++d) {
    add_direction(*call, d, mask_arg, o, entry(x_dropout, d, n, kForward, "x_dropout"),
                  entry(h_dropout, d, n, kForward, "h_dropout"));
    states.emplace_back(kForward, "initial_state",
                        entry(initial_state, d, n, kForward, "initial_state"), call->batch, spec);
    call->directions[d].h0 = states[d].h.data();
    call->directions[d].c0 = states[d].c.data();
    if (o.want_states) h[d] = Output<T>({call->batch, call->units()});
    if (o.want_states && spec.has_c()) c[d] = Output<T>({call->batch, call->units()});
    T* first = y.size() > 0 ? y.data() + d * call->units() : nullptr;
    outputs.push_back({first, h[d].data(), c[d].data()});
  }
  {
    RunScope scope;
    const std::optional<Remat> mode = o.training ? std::optional(call->remat) : std::nullopt;
    recurrent_forward<T>(call->directions, mode, outputs, call->saved, *scope.token());
    scope.finish();
  }
  py::tuple state_tuple(n);
  for (std::size_t d = 0; d < n; ++d) {
    state_tuple[d] = state_result(h[d], c[d], o.want_states, spec.has_c());
    call->directions[d].h0 = call->directions[d].c0 = nullptr;
  }
  py::object saved = py::none();
  if (o.training) saved = py::cast(SavedForBackward{std::move(call)});
  return py::make_tuple(y.take(), state_tuple, saved);
}

template <class T>
py::tuple Call<T>::backward(py::handle dy_arg, py::handle dstates, bool need_dx,
                            bool need_dstates) {
  if (consumed) {
    PyErr_SetString(PyExc_RuntimeError,
                    "[recurrent_backward] what the forward pass kept can be used once. Received: a "
                    "second call. Hint: run the forward pass again.");
    throw py::error_already_set();
  }
  const std::size_t n = weights.size();
  const CellSpec& spec = weights.front().spec();
  const auto inputs = static_cast<std::size_t>(spec.input_dim);
  const auto columns = static_cast<std::size_t>(spec.gates()) * units();
  const auto dy =
      sequences ? optional_array_arg<T>(kBackward, "dy", dy_arg,
                                        {{"B", batch}, {"T", steps}, {"D*H", width()}})
                : optional_array_arg<T>(kBackward, "dy", dy_arg, {{"B", batch}, {"D*H", width()}});
  std::vector<StateArgs<T>> states;
  std::vector<BackwardInput<T>> in;
  std::vector<BackwardOutput<T>> out;
  std::vector<Output<T>> dx(n), dkernel(n), drecurrent(n), dbias(n), dh0(n), dc0(n);
  for (std::size_t d = 0; d < n; ++d) {
    states.emplace_back(kBackward, "dstates", entry(dstates, d, n, kBackward, "dstates"), batch,
                        spec);
    if (need_dx) dx[d] = Output<T>({batch, steps, inputs});
    dkernel[d] = Output<T>({inputs, columns});
    drecurrent[d] = Output<T>({units(), columns});
    if (weights[d].as<T>()->has_bias()) {
      dbias[d] = spec.bias_rows() == 2 ? Output<T>({2, columns}) : Output<T>({columns});
    }
    if (need_dstates) dh0[d] = Output<T>({batch, units()});
    if (need_dstates && spec.has_c()) dc0[d] = Output<T>({batch, units()});
    const T* first = dy && dy.size() > 0 ? dy.data() + d * units() : nullptr;
    in.push_back({first, states[d].h.data(), states[d].c.data()});
    out.push_back({dx[d].data(), dkernel[d].data(), drecurrent[d].data(), dbias[d].data(),
                   dh0[d].data(), dc0[d].data()});
  }
  consumed = true;
  {
    RunScope scope;
    recurrent_backward<T>(directions, saved, in, out, *scope.token());
    scope.finish();
  }
  saved.clear();
  py::tuple weight_grads(n), state_grads(n);
  for (std::size_t d = 0; d < n; ++d) {
    py::object db = py::none();
    if (weights[d].as<T>()->has_bias()) db = dbias[d].take();
    weight_grads[d] = py::make_tuple(dkernel[d].take(), drecurrent[d].take(), db);
    state_grads[d] = state_result(dh0[d], dc0[d], need_dstates, spec.has_c());
  }
  py::object dx_object = py::none();
  if (need_dx) dx_object = dx[0].take();
  return py::make_tuple(dx_object, weight_grads, state_grads);
}

py::tuple dispatch_forward(py::handle x, const py::tuple& weights, py::handle initial_state,
                           py::handle mask, const ForwardOptions& options, py::handle x_dropout,
                           py::handle h_dropout) {
  WeightsTuple packed;
  for (const py::handle w : weights) packed.push_back(w.cast<const RecurrentWeights&>());
  const Dtype dtype = float_dtype(kForward, "x", x);
  if (!packed.empty() && packed.front().dtype() != dtype) {
    raise_type(kForward, "x must have the dtype of the weights",
               dtype == Dtype::f32 ? "float32" : "float64", "convert x or the weights");
  }
  return dtype == Dtype::f32 ? forward<float>(x, std::move(packed), initial_state, mask, options,
                                              x_dropout, h_dropout)
                             : forward<double>(x, std::move(packed), initial_state, mask, options,
                                               x_dropout, h_dropout);
}

// What a call would keep for the backward pass.
std::size_t saved_bytes(const py::tuple& weights, std::size_t batch, std::size_t steps,
                        py::handle mask, const std::string& remat) {
  const Remat mode = remat_arg(remat);
  const MaskArg mask_arg(mask, batch, steps);
  // Both directions see the same lengths.
  const SequencePlan plan(static_cast<long>(batch), static_cast<long>(steps), false,
                          mask_arg.view());
  std::size_t sum = 0;
  for (const py::handle w : weights) {
    const auto& packed = w.cast<const RecurrentWeights&>();
    sum += packed.dtype() == Dtype::f32 ? Saved<float>::bytes(packed.spec(), plan, mode)
                                        : Saved<double>::bytes(packed.spec(), plan, mode);
  }
  return sum;
}

const char* cell_name(Cell cell) {
  return cell == Cell::lstm ? "lstm" : cell == Cell::simple_rnn ? "simple_rnn" : "gru";
}

}  // namespace

void init_recurrent(py::module_& module) {
  py::class_<RecurrentWeights>(module, "RecurrentWeights")
      .def(py::init([](const std::string& cell, py::object kernel, py::object recurrent_kernel,
                       py::object bias, bool reset_after, const std::string& products) {
             const Dtype dtype = float_dtype("RecurrentWeights", "kernel", kernel);
             const Storage storage = products_arg(products, dtype);
             return dtype == Dtype::f32
                        ? pack<float>(cell, kernel, recurrent_kernel, bias, reset_after, storage)
                        : pack<double>(cell, kernel, recurrent_kernel, bias, reset_after, storage);
           }),
           py::arg("cell"), py::arg("kernel"), py::arg("recurrent_kernel"), py::arg("bias"),
           py::arg("reset_after") = true, py::arg("products") = "")
      .def_property_readonly("cell",
                             [](const RecurrentWeights& w) { return cell_name(w.spec().cell); })
      .def_property_readonly("input_dim",
                             [](const RecurrentWeights& w) { return w.spec().input_dim; })
      .def_property_readonly("units", [](const RecurrentWeights& w) { return w.spec().units; })
      .def_property_readonly("reset_after",
                             [](const RecurrentWeights& w) { return w.spec().cell == Cell::gru; })
      .def_property_readonly(
          "dtype",
          [](const RecurrentWeights& w) { return w.dtype() == Dtype::f32 ? "float32" : "float64"; })
      .def_property_readonly("nbytes", [](const RecurrentWeights& w) {
        return std::visit([](const auto& p) { return p->bytes(); }, w.packed);
      });
  py::class_<SavedForBackward>(module, "SavedForBackward")
      .def_property_readonly("remat",
                             [](const SavedForBackward& s) { return remat_name(s.call->mode()); })
      .def_property_readonly("nbytes", [](const SavedForBackward& s) { return s.call->bytes(); })
      .def_property_readonly("scratch_nbytes",
                             [](const SavedForBackward& s) { return s.call->scratch_bytes(); })
      .def("shrink",
           [](SavedForBackward& s, const std::string& remat) { s.call->shrink(remat_arg(remat)); });
  module.def(
      "recurrent_saved_bytes",
      [](const py::tuple& weights, std::size_t batch, std::size_t steps, py::object mask,
         const std::string& remat) { return saved_bytes(weights, batch, steps, mask, remat); },
      py::arg("weights"), py::arg("batch"), py::arg("steps"), py::arg("mask"), py::arg("remat"));
  module.def(
      "recurrent_forward",
      [](py::object x, const py::tuple& weights, py::object initial_state, py::object mask,
         std::vector<bool> go_backwards, std::string activation, std::string recurrent_activation,
         bool return_sequences, bool time_order, bool zero_output_for_mask, bool training,
         bool want_states, py::object x_dropout, py::object h_dropout, py::object remat,
         long truncate) {
        if (truncate < 0) {
          raise_value(kForward, "truncate must be a number of steps, 0 for never",
                      std::to_string(truncate));
        }
        const ForwardOptions options{
            std::move(go_backwards),
            std::move(activation),
            std::move(recurrent_activation),
            return_sequences,
            time_order,
            zero_output_for_mask,
            training,
            want_states,
            remat.is_none() ? Remat::full : remat_arg(py::cast<std::string>(remat)),
            truncate};
        return dispatch_forward(x, weights, initial_state, mask, options, x_dropout, h_dropout);
      },
      py::arg("x"), py::arg("weights"), py::arg("initial_state") = py::none(),
      py::arg("mask") = py::none(), py::arg("go_backwards") = std::vector<bool>{false},
      py::arg("activation") = "tanh", py::arg("recurrent_activation") = "sigmoid",
      py::arg("return_sequences") = false, py::arg("time_order") = false,
      py::arg("zero_output_for_mask") = false, py::arg("training") = false,
      py::arg("want_states") = true, py::arg("x_dropout") = py::none(),
      py::arg("h_dropout") = py::none(), py::arg("remat") = py::none(), py::arg("truncate") = 0);
  module.def(
      "recurrent_backward",
      [](SavedForBackward& saved, py::object dy, py::object dstates, bool need_dx,
         bool need_dstates) { return saved.call->backward(dy, dstates, need_dx, need_dstates); },
      py::arg("saved"), py::arg("dy"), py::arg("dstates") = py::none(), py::arg("need_dx") = true,
      py::arg("need_dstates") = true);
}

}  // namespace tidegate::bindings
