// dx, dW, dU and db of one direction from the gradients of all its gates: products over every
// (step, row).
//
// Rows are taken in flat order (step by step, sorted rows within) in chunks (rnn/cuts.h); the sum
// over a chunk is one chain of fused multiply-adds, chunk sums are added from the last chunk to the
// first, which is the order in which windows of steps become ready. Threads share the elements of
// the results, never a sum, so the bits do not depend on them.
#pragma once

#include "rnn/backward.h"
#include "rnn/cuts.h"
#include "rnn/seats.h"

namespace tidegate {

// What the threads of one direction share while they sum: one accumulator panel per product.
template <class T>
class WeightGradients {
 public:
  WeightGradients(const Direction<T>& direction, const BackwardOutput<T>& out);

  // One thread's part. No thread waits in here.
  class Worker;

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
  const Direction<T>& d_;
  const BackwardOutput<T>& out_;
  std::vector<Range> chunks_;
  std::vector<Part> parts_;
};

template <class T>
class WeightGradients<T>::Worker {
 public:
  Worker(const WeightGradients& shared, const Seat& seat);

  // Adds the chunks of these steps. Reads gradients of all gates there: every thread has finished
  // its sweep over them. Between two calls the steps descend.
  void add(const Panels<T>& panels, Range steps);
  // Once all steps are added.
  void write() const;

 private:
  void chunk(const Rows& rows) const;
  void input_gradient(const Rows& rows, Range mine) const;
  void pack_features(const Part& part, const Rows& rows, Range tiles) const;
  void pair_features(long rows, long tiles) const;
  void sum_part(const Part& part, const Rows& rows, Range tiles) const;
  void write_part(const Part& part, Range tiles) const;

  const WeightGradients& shared_;
  const Direction<T>& d_;
  const BackwardOutput<T>& out_;
  const Seat& seat_;
  std::vector<Range> tiles_;
  Buffer packed_;
  Buffer packed16_, scratch16_;  // products of bfloat16
};

extern template class WeightGradients<float>;
extern template class WeightGradients<double>;

}  // namespace tidegate
