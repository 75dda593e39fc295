#include "nn/dense.h"

#include <algorithm>

#include "core/checked.h"
#include "core/team.h"
#include "kernels/dispatch.h"
#include "nn/partition.h"
#include "nn/product.h"

namespace tidegate::nn {
namespace {

constexpr long kChunk = 256;  // rows of a sum that form one chain

long round_up(long value, long step) { return (value + step - 1) / step * step; }

template <class T>
Buffer take_values(long count) {
  return pool_take(checked_mul(static_cast<std::size_t>(count), sizeof(T)));
}

}  // namespace

template <class T>
DenseWeights<T>::DenseWeights(const T* kernel, long input_dim, long units)
    : forward_(pack<T>({kernel, input_dim, units, units, false}, kernels<T>().lanes)) {}

template <class T>
const PackedView<T>& DenseWeights<T>::backward() const {
  std::call_once(once_, [this] { backward_ = pack_transposed(forward_.view); });
  return backward_.view;
}

template <class T>
void dense_forward(const DenseForward<T>& p, CancelToken* cancel) {
  const PackedView<T>& b = p.weights->forward();
  // The kernels read the bias by whole vectors.
  const long padded = round_up(b.columns, b.lanes);
  Buffer bias = take_values<T>(p.bias == nullptr ? 0 : padded);
  if (p.bias != nullptr) {
    T* end = std::copy_n(p.bias, b.columns, bias.template as<T>());
    std::fill(end, bias.template as<T>() + padded, T(0));
  }
  RowProduct<T> product{};
  product.kernels = &kernels<T>();
  product.a = p.x;
  product.a_stride = b.rows;
  product.rows = p.rows;
  product.b = b;
  product.init = bias.template as<T>();
  product.activation = p.activation;
  product.c = p.y;
  product.c_stride = b.columns;
  record_run("dense_forward", multiply(product, cancel));
}

namespace {

// The gradient of the pre-activations [rows][padded]: in a buffer of its own unless dy can be read
// in place.
template <class T>
struct PreGradient {
  Buffer buffer;
  const T* at;
  long stride;  // a multiple of kGroupLanes, zero from O on
};

template <class T>
PreGradient<T> pre_gradient(const DenseBackward<T>& p, const KernelTable<T>& table) {
  const long units = p.weights->units();
  const long stride = round_up(units, kGroupLanes);
  if (p.activation == static_cast<int>(Activation::linear) && stride == units) {
    return {{}, p.dy, stride};
  }
  PreGradient<T> dz{take_values<T>(p.rows * stride), nullptr, stride};
  T* at = dz.buffer.template as<T>();
  dz.at = at;
  run_team(team_for_bytes(3.0 * static_cast<double>(dz.buffer.bytes())), [&](Member member) {
    const Range rows = share_of(p.rows, member);
    if (stride == units) {
      const long first = rows.begin * units;
      table.nn.activation_grad(p.activation, p.y + first, p.dy + first, at + first,
                               rows.size() * units);
      return;
    }
    for (long row = rows.begin; row < rows.end; ++row) {
      T* out = at + row * stride;
      table.nn.activation_grad(p.activation, p.y + row * units, p.dy + row * units, out, units);
      std::fill(out + units, out + stride, T(0));
    }
  });
  return dz;
}

// dW over one rectangle of it: columns of x by groups of 16 units. out [I][dz.stride].
template <class T>
void weight_gradient_part(const DenseBackward<T>& p, const KernelTable<T>& table,
                          const PreGradient<T>& dz, Range tiles, Range groups, T* out,
                          CancelToken* cancel, bool poll) {
  const long input_dim = p.weights->input_dim();
  alignas(64) T tile[kChunk * kOuterTile];
  T* c[kOuterTile];
  for (long row = 0; row < p.rows; row += kChunk) {
    if (cancel != nullptr && (poll ? cancel->poll() : cancel->requested())) return;
    OuterArgs<T> args{};
    args.rows = std::min(kChunk, p.rows - row);
    args.tile_end = 1;
    args.a = tile;
    args.b = dz.at + row * dz.stride + groups.begin * kGroupLanes;
    args.row_stride = dz.stride;
    args.groups = groups.size();
    args.group_stride = kGroupLanes;
    args.c = c;
    args.accumulate = row > 0;
    for (long i = tiles.begin; i < tiles.end; ++i) {
      const long column = i * kOuterTile;
      pack_outer_tile(p.x + row * input_dim, args.rows, input_dim, column, input_dim, tile);
      args.m = std::min(kOuterTile, input_dim - column);
      for (long j = 0; j < args.m; ++j) {
        c[j] = out + (column + j) * dz.stride + groups.begin * kGroupLanes;
      }
      table.product.outer(args);
    }
  }
}

// The columns of `groups`, the chunks in order.
template <class T>
void bias_gradient_part(const DenseBackward<T>& p, const KernelTable<T>& table,
                        const PreGradient<T>& dz, Range groups) {
  const long begin = groups.begin * kGroupLanes;
  const long n = std::min(p.weights->units(), groups.end * kGroupLanes) - begin;
  std::fill_n(p.db + begin, std::max(n, 0L), T(0));
  for (long row = 0; row < p.rows && n > 0; row += kChunk) {
    table.nn.column_sums(dz.at + row * dz.stride + begin, std::min(kChunk, p.rows - row), dz.stride,
                         p.db + begin, n);
  }
}

// Copies rows of padded dW to where they belong.
template <class T>
void unpad(const T* padded, long stride, long units, Range rows, T* out) {
  if (padded == out) return;
  for (long i = rows.begin; i < rows.end; ++i) {
    std::copy_n(padded + i * stride, units, out + i * units);
  }
}

template <class T>
TeamRun weight_gradients(const DenseBackward<T>& p, const KernelTable<T>& table,
                         const PreGradient<T>& dz, CancelToken* cancel) {
  const long input_dim = p.weights->input_dim();
  const long units = p.weights->units();
  const long tiles = (input_dim + kOuterTile - 1) / kOuterTile;
  const long groups = dz.stride / kGroupLanes;
  const bool in_place = units == dz.stride;
  const Buffer buffer = take_values<T>(in_place ? 0 : input_dim * dz.stride);
  T* out = in_place ? p.dw : buffer.template as<T>();
  const double products = static_cast<double>(p.rows) * static_cast<double>(input_dim * dz.stride);
  const int want =
      static_cast<int>(std::min<long>(team_for_products(products), std::max(tiles, groups)));
  const int threads = run_team(want, [&](Member member) {
    const bool by_tiles = tiles >= groups;
    const Range own_tiles = by_tiles ? share_of(tiles, member) : Range{0, tiles};
    const Range own_groups = by_tiles ? Range{0, groups} : share_of(groups, member);
    const Range rows{own_tiles.begin * kOuterTile, std::min(input_dim, own_tiles.end * kOuterTile)};
    const long first = own_groups.begin * kGroupLanes;
    for (long i = rows.begin; i < rows.end && p.rows == 0; ++i) {
      std::fill_n(out + i * dz.stride + first, own_groups.size() * kGroupLanes, T(0));
    }
    weight_gradient_part(p, table, dz, own_tiles, own_groups, out, cancel, member.index == 0);
    if (by_tiles) unpad(out, dz.stride, units, rows, p.dw);
    if (p.db != nullptr) bias_gradient_part(p, table, dz, share_of(groups, member));
  });
  if (tiles < groups) unpad(out, dz.stride, units, {0, input_dim}, p.dw);
  return {threads, threads == 1 ? "single" : "units"};
}

}  // namespace

template <class T>
void dense_backward(const DenseBackward<T>& p, CancelToken* cancel) {
  const KernelTable<T>& table = kernels<T>();
  const PreGradient<T> dz = pre_gradient(p, table);
  if (p.dx != nullptr) {
    RowProduct<T> product{};
    product.kernels = &table;
    product.a = dz.at;
    product.a_stride = dz.stride;
    product.rows = p.rows;
    product.b = p.weights->backward();
    product.activation = static_cast<int>(Activation::linear);
    product.c = p.dx;
    product.c_stride = p.weights->input_dim();
    multiply(product, cancel);
  }
  record_run("dense_backward", weight_gradients(p, table, dz, cancel));
}

#define TIDEGATE_INSTANTIATE(T)                                         \
  template class DenseWeights<T>;                                       \
  template void dense_forward<T>(const DenseForward<T>&, CancelToken*); \
  template void dense_backward<T>(const DenseBackward<T>&, CancelToken*);
TIDEGATE_INSTANTIATE(float)
TIDEGATE_INSTANTIATE(double)
#undef TIDEGATE_INSTANTIATE

}  // namespace tidegate::nn
