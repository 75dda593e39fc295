// What every target compiles: all kernels, then the tables of this ISA. Included once per
// targets/<isa>.cpp, after the SIMD words.
#include "kernels/all.inl.h"
#include "kernels/target_pairs.inl.h"

namespace tidegate::TIDEGATE_TARGET {
namespace {

template <class T>
RecurrentKernels<T> recurrent_kernels() {
  return {.lstm = {lstm_step<false, T, T>, lstm_step<true, T, T>},
          .lstm_project = lstm_project<T>,
          .lstm_backward = lstm_backward<T>,
          .gru = {gru_step<false, T, T>, gru_step<true, T, T>},
          .gru_project = gru_project<T>,
          .gru_backward = gru_backward<T>,
          .gru_before_gates = gru_before_gates<T, T>,
          .gru_before_candidate = gru_before_candidate<T, T>,
          .gru_before_backward_candidate = gru_before_backward_candidate<T>,
          .gru_before_backward_gates = gru_before_backward_gates<T>,
          .simple_rnn = simple_rnn_step<T, T>,
          .simple_rnn_project = simple_rnn_project<T>,
          .simple_rnn_backward = simple_rnn_backward<T>};
}

template <class T>
NnKernels<T> nn_kernels() {
  return {.activation = activation<T>,
          .activation_grad = activation_grad<T>,
          .column_sums = column_sums<T>,
          .softmax = softmax<T>,
          .softmax_backward = softmax_backward<T>,
          .cross_entropy = cross_entropy<T>,
          .scatter_add = scatter_add<T>,
          .to_bfloat16 = to_bfloat16s,
          .from_bfloat16 = to_floats,
          .sum_of_squares = sum_of_squares<T>,
          .sgd = sgd<T>,
          .rmsprop = rmsprop<T>,
          .adam = adam<T>};
}

template <class T>
const KernelTable<T>& table_of() {
  static const KernelTable<T> table = {.lanes = Vec<T>::kLanes,
                                       .product = {.product = product<T, T>, .outer = outer<T>},
                                       .recurrent = recurrent_kernels<T>(),
                                       .nn = nn_kernels<T>()};
  return table;
}

}  // namespace

const KernelTable<float>& table_of_float();
const KernelTable<double>& table_of_double();
const StepKernels& bfloat16_kernels();

const StepKernels& bfloat16_kernels() {
  using W = bfloat16;
  static const StepKernels kernels = {.lstm = lstm_step<false, W, float>,
                                      .gru = gru_step<false, W, float>,
                                      .gru_before_gates = gru_before_gates<W, float>,
                                      .gru_before_candidate = gru_before_candidate<W, float>,
                                      .simple_rnn = simple_rnn_step<W, float>,
                                      .product = product<W, float>};
  return kernels;
}

const KernelTable<float>& table_of_float() { return table_of<float>(); }
const KernelTable<double>& table_of_double() { return table_of<double>(); }

}  // namespace tidegate::TIDEGATE_TARGET
