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

// What the threads of one direction share while they sum. A single chunk is summed where its
// gradients go, in whole blocks of units. The others are summed beside each other and written at
// the end: rows of Keras' layout lie powers of two apart, and a tile of them does not stay in a set
// of the cache.
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
    long first, count;
    long mask_gate;        // dropout mask of the source, -1 for none
    std::vector<T*> rows;  // [features] where they go in Keras' layout, the bias last
    // Sums of the blocks of 16 units from `staged` on, and where the rows of the first one begin:
    // count > 1: [block][features][count][16], else [features][block][16].
    long staged;
    Buffer sums;
    std::vector<T*> sum_rows;

    long features() const { return static_cast<long>(rows.size()); }
    // Where the sums of vector v lie in a row of theirs.
    long sum_at(long block, long v) const {
      const long row = count > 1 ? features() * count : 1;
      return ((block - staged) * row + v) * kGroupLanes;
    }
    long tiles() const { return (features() + kOuterTile - 1) / kOuterTile; }
  };
  class Rows;

  // With `bias`, one more feature that is always 1 sums the gradients of this row of the bias.
  void add_part(typename Part::Source source, long first, long count, T* bias, long mask_gate);
  const Direction<T>& d_;
  const BackwardOutput<T>& out_;
  std::vector<Range> chunks_;
  bool one_chunk_;
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
  void chunk(const Rows& rows);
  void input_gradient(const Rows& rows, Range mine) const;
  void pack_features(const Part& part, const Rows& rows, Range tiles) const;
  void pair_features(long rows, long tiles) const;
  void sum_part(const Part& part, const Rows& rows, Range tiles) const;
  void write_staged(const Part& part, Range features) const;

  // Where the sums of one call of the kernel go: groups of 16 columns in the rows of `rows`.
  static constexpr long kMostGroups = 4;
  struct Target {
    T* const* rows;
    long blocks, groups;
    long columns[kMostGroups];
  };
  Target target(const Part& part, long block) const;

  const WeightGradients& shared_;
  const Direction<T>& d_;
  const BackwardOutput<T>& out_;
  const Seat& seat_;
  std::vector<Range> tiles_;
  bool added_ = false;  // the first chunk writes, the others add
  Buffer packed_;
  Buffer packed16_, scratch16_;  // products of bfloat16
};

extern template class WeightGradients<float>;
extern template class WeightGradients<double>;

}  // namespace tidegate
