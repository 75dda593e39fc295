// One operation of a graph: what it computes, what it reads, its sizes and weights.
//
// Every operation gives one value: a row of O numbers per step of a sequence, or, behind an
// operation that takes a whole sequence to one row (return_sequences = false, a pooling over time),
// one row. A graph that runs step by step gives that row after every step, as if the sequence ended
// there.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidegate {

enum class OpKind {
  input,      // O values per row from outside, or one id
  embedding,  // ids -> rows of a table
  simple_rnn,
  lstm,
  gru,
  dense,  // activation(x W + b)
  activation,
  add,  // of two or more values, from the first to the last; so are the next four
  multiply,
  average,  // their sum, divided by their number
  maximum,
  minimum,
  subtract,                // of exactly two
  concatenate,             // of one or more
  layer_normalization,     // (x - mean) / sqrt(variance + epsilon) * kernel + bias
  scale,                   // x * kernel + bias
  conv1d,                  // activation(windows of K steps, times the kernel, + b)
  global_average_pooling,  // the mean of all steps
  global_max_pooling,      // the largest of all steps
  reverse,                 // the steps from the last to the first
};

// Functions of one value; softmax is of a row, and of no recurrent layer. The first five are those
// of recurrent layers.
enum class ActivationKind {
  tanh,
  sigmoid,
  relu,
  linear,
  hard_sigmoid,
  softmax,
  leaky_relu,  // x > 0 ? x : alpha * x
  elu,         // x > 0 ? x : alpha * (exp(x) - 1)
  silu,        // x * sigmoid(x)
};

// Where the windows of a convolution lie: from K - 1 dilated steps before, with zeros in front;
// only whole windows; zeros on both sides. A graph that steps has causal ones of stride 1.
enum class Padding { causal, valid, same };

// The arrays are read while the graph is made and not kept.
struct OpSpec {
  OpKind kind = OpKind::dense;
  const char* name = "";        // of the layer that it stands for; errors say it
  const long* reads = nullptr;  // positions of the operations it reads; null: the one before it
  std::size_t read_count = 1;
  long inputs = 0;   // I, of all that it reads together; embedding: how many ids there are, V;
                     // input: 0. Of add ... subtract each value read has O numbers per row or 1
  long outputs = 0;  // O; a recurrent layer's units H; input of ids: 1
  ActivationKind activation = ActivationKind::linear;  // recurrent, dense, activation, conv1d
  ActivationKind recurrent_activation = ActivationKind::sigmoid;  // lstm, gru
  float alpha = 0;                                                // of leaky_relu and elu
  bool reset_after = true;                                        // gru
  bool go_backwards = false;     // recurrent: from the last step; the result is in that order
  bool return_sequences = true;  // recurrent: a row per step, or the last one
  bool ids = false;              // input: ids for embeddings, in place of values
  bool sequence = true;          // input: a row per step, or one row per sequence
  float epsilon = 0;             // layer_normalization
  long kernel_size = 1;          // conv1d, so are the next four
  long strides = 1;
  long dilation = 1;
  long groups = 1;  // parts of the I values, each with its own O / groups filters
  Padding padding = Padding::causal;
  const float* kernel = nullptr;  // [I, G*H]; dense [I, O]; embedding: the table [V, O]; conv1d
                                  // [K, I / groups, O]; layer_normalization, scale: [O]
  const float* recurrent_kernel = nullptr;  // [H, G*H]
  // In place of the two, as GraphSpec::weights says: the bits of bfloat16 or float16, or whole
  // numbers in [-127, 127] (-128 counts as -127) and a scale per column [G*H] ([O] of dense; of an
  // embedding per row, [V]).
  const std::uint16_t* kernel16 = nullptr;
  const std::uint16_t* recurrent_kernel16 = nullptr;
  const std::int8_t* kernel8 = nullptr;
  const float* kernel_scale = nullptr;
  const std::int8_t* recurrent_kernel8 = nullptr;
  const float* recurrent_kernel_scale = nullptr;
  const float* bias = nullptr;  // [G*H], reset-after GRU [2, 3H], else [O]; null for none
};

}  // namespace tidegate
