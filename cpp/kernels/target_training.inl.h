// What every target compiles beside target.inl.h: float64, gradients, optimizers, products of
// bfloat16. Included once per targets/<isa>_training.cpp, after the SIMD words.
//
// The places of float32's forward kernels stay empty here: kernels/dispatch.cpp puts in what
// targets/<isa>.cpp has compiled already.
#include "kernels/all.inl.h"
#include "kernels/target_pairs.inl.h"

namespace tidegate::TIDEGATE_TARGET {
namespace {

template <class T>
void add_gradients(KernelTable<T>& table) {
  table.lanes = Vec<T>::kLanes;
  table.product.outer = outer<T>;
  RecurrentKernels<T>& recurrent = table.recurrent;
  recurrent.lstm_project = lstm_project<T>;
  recurrent.lstm_backward = lstm_backward<T>;
  recurrent.gru_project = gru_project<T>;
  recurrent.gru_backward = gru_backward<T>;
  recurrent.gru_before_backward_candidate = gru_before_backward_candidate<T>;
  recurrent.gru_before_backward_gates = gru_before_backward_gates<T>;
  recurrent.simple_rnn_project = simple_rnn_project<T>;
  recurrent.simple_rnn_backward = simple_rnn_backward<T>;
  NnKernels<T>& nn = table.nn;
  nn.activation_grad = activation_grad<T>;
  nn.column_sums = column_sums<T>;
  nn.softmax_backward = softmax_backward<T>;
  nn.cross_entropy = cross_entropy<T>;
  nn.scatter_add = scatter_add<T>;
  nn.to_bfloat16 = to_bfloat16s;
  nn.from_bfloat16 = to_floats;
  nn.sum_of_squares = sum_of_squares<T>;
  nn.sgd = sgd<T>;
  nn.rmsprop = rmsprop<T>;
  nn.adam = adam<T>;
}

template <class T>
void add_forward(KernelTable<T>& table) {
  table.product.product = product<T, T>;
  RecurrentKernels<T>& recurrent = table.recurrent;
  recurrent.lstm[0] = lstm_step<false, T, T>;
  recurrent.lstm[1] = lstm_step<true, T, T>;
  recurrent.gru[0] = gru_step<false, T, T>;
  recurrent.gru[1] = gru_step<true, T, T>;
  recurrent.gru_before_gates = gru_before_gates<T, T>;
  recurrent.gru_before_candidate = gru_before_candidate<T, T>;
  recurrent.simple_rnn = simple_rnn_step<T, T>;
  table.nn.activation = activation<T>;
  table.nn.softmax = softmax<T>;
}

}  // namespace

const KernelTable<float>& table_of_float();
const KernelTable<double>& table_of_double();

const KernelTable<float>& table_of_float() {
  static const KernelTable<float> table = [] {
    KernelTable<float> filled{};
    add_gradients(filled);
    return filled;
  }();
  return table;
}

const KernelTable<double>& table_of_double() {
  static const KernelTable<double> table = [] {
    KernelTable<double> filled{};
    add_gradients(filled);
    add_forward(filled);
    return filled;
  }();
  return table;
}

}  // namespace tidegate::TIDEGATE_TARGET
