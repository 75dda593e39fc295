#include "rnn/weight_gradients.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "core/checked.h"
#include "kernels/dispatch.h"
#include "rnn/rows.h"

namespace tidegate {
namespace {

constexpr long kColumnsToPack = 512;

std::size_t idx(long i) { return static_cast<std::size_t>(i); }

}  // namespace

// A chunk of the flat (step, row) list with pointers to what each row multiplies.
template <class T>
class WeightGradients<T>::Rows {
 public:
  Rows(const Direction<T>& d, const Panels<T>& panels) : d_(d), panels_(panels) {}

  // The rows [first, end) of the flat list from `step` on.
  void take(long step, Range rows) {
    const SequencePlan& plan = *d_.plan;
    gates_ = panels_.gates_at(plan, step) + rows.begin;
    size_ = rows.end - rows.begin;
    long row = rows.begin;
    for (long i = 0; i < size_; ++i) {
      while (row >= plan.count(step)) row -= plan.count(step++);
      x_[i] = d_.x_at(row, step);
      h_[i] = panels_.h_row(panels_.before(plan, step) + row);
      if (panels_.reset_h != nullptr) {
        reset_h_[i] = panels_.reset_h_row(plan, step) + row * panels_.stride;
      }
      caller_[i] = plan.caller_row(row);
      time_[i] = plan.time(row, step);
      ++row;
    }
  }

  const Panels<T>& panels() const { return panels_; }
  // Gates of row i, in the first block.
  T* gates(long i) const { return panels_.gates + (gates_ + i) * panels_.gates_row_stride; }
  long size() const { return size_; }
  long caller(long i) const { return caller_[i]; }
  long time(long i) const { return time_[i]; }
  const T* const* source(typename Part::Source s) const {
    return s == Part::Source::x ? x_ : s == Part::Source::h ? h_ : reset_h_;
  }

 private:
  const Direction<T>& d_;
  const Panels<T>& panels_;
  long gates_ = 0, size_ = 0;
  const T* x_[kMostChunkRows];
  const T* h_[kMostChunkRows];
  const T* reset_h_[kMostChunkRows];
  long caller_[kMostChunkRows];
  long time_[kMostChunkRows];
};

template <class T>
WeightGradients<T>::WeightGradients(const Direction<T>& direction, const BackwardOutput<T>& out)
    : d_(direction),
      out_(out),
      chunks_(chunk_steps(*direction.plan)),
      one_chunk_(chunks_.size() == 1 && chunk_count(direction.plan->total()) == 1) {
  using Source = typename Part::Source;
  const CellSpec& s = d_.spec();
  const bool x_gates = d_.x_dropout.count > 1;
  const bool h_gates = d_.h_dropout.count > 1;
  const long x_mask = d_.x_dropout.count > 0 ? 0 : -1;
  const long h_mask = d_.h_dropout.count > 0 ? 0 : -1;
  const long inputs = s.input_kept();
  T* const bias = out_.dbias;
  for (long v = 0; v < (x_gates ? inputs : 1); ++v) {
    add_part(Source::x, v, x_gates ? 1 : inputs, bias, x_gates ? s.keras_gate(v) : x_mask);
  }
  const long first = s.recurrent_first();
  const long vectors = s.recurrent_kept();
  T* const second = bias != nullptr && s.bias_rows() == 2 ? bias + s.gates() * s.units : nullptr;
  for (long v = 0; v < (h_gates ? vectors : 1); ++v) {
    add_part(Source::h, first + v, h_gates ? 1 : vectors, second,
             h_gates ? s.keras_gate(first + v) : h_mask);
  }
  if (s.cell == Cell::gru_before) add_part(Source::reset_h, 0, 1, nullptr, -1);
}

template <class T>
void WeightGradients<T>::add_part(typename Part::Source source, long first, long count, T* bias,
                                  long mask_gate) {
  const CellSpec& s = d_.spec();
  const bool from_x = source == Part::Source::x;
  const long width = from_x ? s.input_dim : s.units;
  T* const matrix = from_x ? out_.dkernel : out_.drecurrent_kernel;
  const long staged = one_chunk_ ? s.units / kGroupLanes : 0;
  Part part{source, width, first, count, mask_gate, {}, staged, {}, {}};
  for (long f = 0; f < width; ++f) part.rows.push_back(matrix + f * s.gates() * s.units);
  if (bias != nullptr) part.rows.push_back(bias);
  const long blocks = s.blocks() - staged;
  const std::size_t values = checked_mul(part.rows.size(), idx(blocks), idx(count * kGroupLanes));
  part.sums = pool_take(checked_mul(values, sizeof(T)));
  const long row = (count > 1 ? count : blocks) * kGroupLanes;
  for (long f = 0; f < part.features() && part.sums; ++f) {
    part.sum_rows.push_back(part.sums.template as<T>() + f * row);
  }
  parts_.push_back(std::move(part));
}

template <class T>
WeightGradients<T>::Worker::Worker(const WeightGradients& shared, const Seat& seat)
    : shared_(shared), d_(shared.d_), out_(shared.out_), seat_(seat) {
  long most = 0;
  for (const Part& part : shared.parts_) {
    tiles_.push_back(share(part.tiles(), seat.index, seat.size));
    most = std::max(most, tiles_.back().end - tiles_.back().begin);
  }
  const std::size_t values = checked_mul(idx(most), idx(kOuterTile * kMostChunkRows));
  packed_ = pool_take(checked_mul(values, sizeof(T)));
  if (!d_.weights->pairs()) return;
  packed16_ = pool_take(checked_mul(values + 2 * kGroupLanes, sizeof(bfloat16)));
  const long gates = d_.spec().blocks() * d_.spec().input_kept() * kGroupLanes;
  scratch16_ = pool_take(checked_mul(idx(kMostChunkRows), idx(gates), sizeof(bfloat16)));
}

template <class T>
void WeightGradients<T>::Worker::add(const Panels<T>& panels, Range steps) {
  const SequencePlan& plan = *d_.plan;
  const std::vector<Range>& chunks = shared_.chunks_;
  Rows rows(d_, panels);
  auto next = std::lower_bound(chunks.begin(), chunks.end(), steps.end,
                               [](const Range& c, long step) { return c.begin < step; });
  while (next != chunks.begin() && (--next)->begin >= steps.begin) {
    const long total = plan.offset(next->end) - plan.offset(next->begin);
    const long parts = chunk_count(total);
    for (long i = parts - 1; i >= 0; --i) {
      if (seat_.cancel->requested()) return;
      rows.take(next->begin, share(total, i, parts));
      chunk(rows);
    }
  }
}

template <class T>
void WeightGradients<T>::Worker::chunk(const Rows& rows) {
  if (out_.dx != nullptr) input_gradient(rows, share(rows.size(), seat_.index, seat_.size));
  for (std::size_t i = 0; i < tiles_.size(); ++i) sum_part(shared_.parts_[i], rows, tiles_[i]);
  added_ = true;
}

template <class T>
void WeightGradients<T>::Worker::write() const {
  const CellSpec& s = d_.spec();
  for (std::size_t i = 0; i < tiles_.size(); ++i) {
    const Part& part = shared_.parts_[i];
    const Range features{tiles_[i].begin * kOuterTile,
                         std::min(tiles_[i].end * kOuterTile, part.features())};
    if (added_) {
      write_staged(part, features);
      continue;
    }
    for (long f = features.begin; f < features.end; ++f) {
      for (long v = part.first; v < part.first + part.count; ++v) {
        std::fill_n(part.rows[idx(f)] + s.keras_gate(v) * s.units, s.units, T(0));
      }
    }
  }
}

// dx rows of this chunk: dgates W^T, each gate times its dropout mask.
template <class T>
void WeightGradients<T>::Worker::input_gradient(const Rows& rows, Range mine) const {
  const CellSpec& s = d_.spec();
  const T* a[kMostChunkRows];
  T* c[kMostChunkRows];
  const T* scale[kMostChunkRows];
  const long n = mine.end - mine.begin;
  for (long k = 0; k < n; ++k) {
    const long i = mine.begin + k;
    a[k] = rows.gates(i);
    c[k] = out_.dx + (rows.caller(i) * d_.plan->steps() + rows.time(i)) * s.input_dim;
  }
  const KernelTable<T>& kernels = d_.weights->kernels();
  const long lanes = kernels.lanes;
  ProductArgs<T> p{};
  p.rows = n;
  p.columns = s.input_dim;
  p.panel_end = (s.input_dim + 4 * lanes - 1) / (4 * lanes);
  p.a = a;
  segment_gates(p, *d_.weights, s.input_kept(), rows.panels().gates_block_stride);
  p.b = d_.weights->backward().kernel.template as<T>();
  p.b16 = d_.weights->backward().kernel.template as<bfloat16>();
  p.scratch16 = scratch16_.template as<bfloat16>();
  p.c = c;
  const long masks = d_.x_dropout.count;
  if (masks <= 1) {
    for (long k = 0; k < n && masks == 1; ++k) {
      scale[k] = d_.x_dropout.row(0, d_.plan->batch(), rows.caller(mine.begin + k), s.input_dim);
    }
    p.scale = masks == 1 ? scale : nullptr;
    kernels.product.product(p);
    return;
  }
  segment_one_gate(p, *d_.weights);
  p.scale = scale;
  for (long v = 0; v < s.input_kept(); ++v) {
    for (long k = 0; k < n; ++k) {
      scale[k] = d_.x_dropout.row(s.keras_gate(v), d_.plan->batch(), rows.caller(mine.begin + k),
                                  s.input_dim);
      if (v > 0) a[k] += kGroupLanes;
    }
    p.b_first_row = v * kGroupLanes;
    p.accumulate = v > 0;
    kernels.product.product(p);
  }
}

// The features of these tiles, six beside each other for every row of the chunk.
template <class T>
void WeightGradients<T>::Worker::pack_features(const Part& part, const Rows& rows,
                                               Range tiles) const {
  const long n = rows.size();
  const T* const* source = rows.source(part.source);
  const DropoutMasks<T>& masks = part.source == Part::Source::x ? d_.x_dropout : d_.h_dropout;
  for (long tile = tiles.begin; tile < tiles.end; ++tile) {
    T* to = packed_.template as<T>() + (tile - tiles.begin) * kOuterTile * n;
    const long first = tile * kOuterTile;
    const long live = std::min(kOuterTile, part.width - first);
    for (long k = 0; k < n; ++k, to += kOuterTile) {
      const T* from = source[k] + first;
      for (long j = 0; j < live; ++j) to[j] = from[j];
      for (long j = std::max(live, 0L); j < kOuterTile; ++j) to[j] = T(1);
      if (part.mask_gate < 0) continue;
      const T* mask = masks.row(part.mask_gate, d_.plan->batch(), rows.caller(k), part.width);
      for (long j = 0; j < live; ++j) to[j] *= mask[first + j];
    }
  }
}

// The same as pairs of rows, where products are of bfloat16.
template <class T>
void WeightGradients<T>::Worker::pair_features(long rows, long tiles) const {
  if constexpr (std::is_same_v<T, float>) {
    pair_kernels().pack_tiles(packed_.template as<T>(), rows, tiles, packed16_.as<bfloat16>());
  }
}

// Sums this chunk's products for the tiles (six features each) of one thread. Packing a tile pays
// once many columns read it; for few (kColumnsToPack) whole tiles are read where they lie, which
// takes 10 % off the backward pass of SimpleRNN with 128 units.
template <class T>
void WeightGradients<T>::Worker::sum_part(const Part& part, const Rows& rows, Range tiles) const {
  const bool pairs = d_.weights->pairs();
  const bool few = part.count * d_.spec().blocks() * kGroupLanes <= kColumnsToPack;
  const long whole = few && !pairs && part.mask_gate < 0 ? part.width / kOuterTile : 0;
  const Range in_place{tiles.begin, std::clamp(whole, tiles.begin, tiles.end)};
  const Range copied{in_place.end, tiles.end};
  pack_features(part, rows, copied);
  if (pairs) pair_features(rows.size(), copied.end - copied.begin);
  const Panels<T>& panels = rows.panels();
  OuterArgs<T> o{};
  o.rows = rows.size();
  o.row_stride = panels.gates_row_stride;
  o.group_stride = part.count > 1 ? kGroupLanes : panels.gates_block_stride;
  o.accumulate = added_;
  for (long block = 0; block < d_.spec().blocks();) {
    const Target to = target(part, block);
    o.b = rows.gates(0) + part.first * kGroupLanes + block * panels.gates_block_stride;
    o.groups = to.groups;
    o.c_groups = to.columns;
    o.a_rows = rows.source(part.source);
    o.tile_begin = in_place.begin;
    o.tile_end = in_place.end;
    o.m = part.features();
    o.c = to.rows;
    d_.weights->kernels().product.outer(o);
    o.a_rows = nullptr;
    o.a = packed_.template as<T>();
    o.a16 = packed16_.template as<bfloat16>();
    o.tile_begin = 0;
    o.tile_end = copied.end - copied.begin;
    o.m = part.features() - copied.begin * kOuterTile;
    o.c = to.rows + copied.begin * kOuterTile;
    d_.weights->kernels().product.outer(o);
    block += to.blocks;
  }
}

// All gates of one block, or one gate of as many blocks as go through the kernel together.
template <class T>
auto WeightGradients<T>::Worker::target(const Part& part, long block) const -> Target {
  const CellSpec& s = d_.spec();
  const bool one = part.count == 1;
  const bool staged = block >= part.staged;
  const long end = staged ? s.blocks() : part.staged;
  Target to{};
  to.rows = (staged ? part.sum_rows : part.rows).data();
  to.blocks = one ? std::min(kMostGroups, end - block) : 1;
  to.groups = one ? to.blocks : part.count;
  for (long g = 0; g < to.groups; ++g) {
    const long b = one ? block + g : block, v = one ? 0 : g;
    to.columns[g] =
        staged ? part.sum_at(b, v) : s.keras_gate(part.first + v) * s.units + b * kGroupLanes;
  }
  return to;
}

// From sums to Keras' layout.
template <class T>
void WeightGradients<T>::Worker::write_staged(const Part& part, Range features) const {
  const CellSpec& s = d_.spec();
  for (long f = features.begin; f < features.end; ++f) {
    for (long v = 0; v < part.count; ++v) {
      T* to = part.rows[idx(f)] + s.keras_gate(part.first + v) * s.units;
      for (long b = part.staged; b < s.blocks(); ++b) {
        const long live = std::min(kGroupLanes, s.units - b * kGroupLanes);
        std::copy_n(part.sum_rows[idx(f)] + part.sum_at(b, v), live, to + b * kGroupLanes);
      }
    }
  }
}

template class WeightGradients<float>;
template class WeightGradients<double>;

}  // namespace tidegate
