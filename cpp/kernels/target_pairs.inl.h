// The table of kernels whose products are of bfloat16, of one target.
namespace tidegate::TIDEGATE_TARGET {

const PairKernels& pair_kernels();

const PairKernels& pair_kernels() {
  using W = bfloat16_pair;
  static const PairKernels kernels = {
      .lstm = {lstm_step<false, W, float>, lstm_step<true, W, float>},
      .gru = {gru_step<false, W, float>, gru_step<true, W, float>},
      .gru_before_gates = gru_before_gates<W, float>,
      .gru_before_candidate = gru_before_candidate<W, float>,
      .simple_rnn = simple_rnn_step<W, float>,
      .product = product_pairs,
      .outer = outer_pairs,
      .pack = pair_panels,
      .pack_tiles = pair_tiles};
  return kernels;
}

}  // namespace tidegate::TIDEGATE_TARGET
