// dx, dW, dU and db of one direction from the gradients of all its gates: products over every
// (step, row).
//
// Rows are taken in flat order (step by step, sorted rows within) in chunks of 256; the sum over a
// chunk is one chain of fused multiply-adds, chunk sums are added in order. Threads share the
// elements of the results, never a sum, so the bits do not depend on them.
#pragma once

#include "rnn/backward.h"
#include "rnn/seats.h"

namespace tidegate {

// What the threads of one direction share while they sum: one accumulator panel per product.
template <class T>
class WeightGradients {
 public:
  WeightGradients(const Direction<T>& direction, const Kept<T>& kept, const BackwardOutput<T>& out);

  // One thread's part. Reads gradients of all gates: every thread has finished its sweep. No thread
  // waits in here.
  void run(const Seat& seat) const;

 private:
  // One product: features of a source times kept vectors [first, first + count).
  struct Part {
    enum class Source { x, h, reset_h } source;
    long width;  // features
    bool ones;   // and one more feature that is always 1: the bias
    long first, count;
    long mask_gate;  // dropout mask of the source, -1 for none
    Buffer sums;     // count > 1: [block][features][count][16], else [features][block][16]

    long features() const { return width + (ones ? 1 : 0); }
    long tiles() const { return (features() + kOuterTile - 1) / kOuterTile; }
  };
  class Rows;

  void add_part(typename Part::Source source, long first, long count, bool ones, long mask_gate);
  Buffer take_scratch() const;
  void input_gradient(const Rows& rows, Range mine, bfloat16* scratch16) const;
  void pack_features(const Part& part, const Rows& rows, Range tiles, T* packed) const;
  static void pair_features(const T* packed, long rows, long tiles, bfloat16* to);
  void sum_part(const Part& part, const Rows& rows, Range tiles, T* packed,
                bfloat16* packed16) const;
  void write_part(const Part& part, Range tiles) const;

  const Direction<T>& d_;
  const Kept<T>& kept_;
  const BackwardOutput<T>& out_;
  std::vector<Part> parts_;
};

extern template class WeightGradients<float>;
extern template class WeightGradients<double>;

}  // namespace tidegate
