#include "rnn/weights.h"

#include <type_traits>
#include <utility>

#include "core/checked.h"
#include "kernels/dispatch.h"
#include "kernels/narrow.h"
#include "kernels/pairs.h"
#include "rnn/packing.h"

namespace tidegate {
namespace {

long ceil_div(long a, long b) { return (a + b - 1) / b; }

// Panels of `width` vectors, anew as pairs of rows.
Buffer pair_up(const Buffer& full, long rows, long columns, long width) {
  const long lanes = kernels<float>().lanes;
  Buffer half = pool_take(
      checked_mul(static_cast<std::size_t>(paired_values(rows, ceil_div(columns, lanes) * lanes)),
                  sizeof(bfloat16)));
  pair_kernels().pack(full.as<float>(), rows, columns, width, half.as<bfloat16>());
  return half;
}

}  // namespace

template <class T>
PackedWeights<T>::PackedWeights(const CellSpec& spec, const T* kernel, const T* recurrent_kernel,
                                const T* bias, Storage storage)
    : spec_(spec),
      storage_(storage),
      lanes_(tidegate::kernels<T>().lanes),
      has_bias_(bias != nullptr) {
  const long units = spec.units;
  const KerasMatrix<T> w{kernel, spec.input_dim, spec.gates(), units};
  const KerasMatrix<T> u{recurrent_kernel, units, spec.gates(), units};
  const auto at = [&](long row, long gate, long unit) {
    return bias == nullptr ? T(0) : bias[(row * spec.gates() + gate) * units + unit];
  };
  constexpr long kInOrder[4] = {0, 1, 2, 3};
  constexpr long kGruInput[3] = {2, 0, 1};
  switch (spec.cell) {
    case Cell::lstm:
      kernel_ = pack_gates(w, kInOrder, 4, lanes_);
      recurrent_kernel_ = pack_gates(u, kInOrder, 4, lanes_);
      bias_ = pack_bias<T>(units, 4, lanes_, [&](long a, long n) { return at(0, a, n); });
      break;
    case Cell::gru:
      kernel_ = pack_gates(w, kGruInput, 3, lanes_);
      recurrent_kernel_ = pack_gates(u, kInOrder, 3, lanes_);
      bias_ = pack_bias<T>(units, 4, lanes_, [&](long a, long n) {
        if (a == 0) return at(0, 2, n);
        if (a == 3) return at(1, 2, n);
        return at(0, a - 1, n) + at(1, a - 1, n);
      });
      break;
    case Cell::gru_before:
      kernel_ = pack_gates(w, kInOrder, 2, lanes_);
      recurrent_kernel_ = pack_gates(u, kInOrder, 2, lanes_);
      bias_ = pack_bias<T>(units, 2, lanes_, [&](long a, long n) { return at(0, a, n); });
      candidate_kernel_ = pack_one_gate(w, 2, lanes_);
      candidate_recurrent_kernel_ = pack_one_gate(u, 2, lanes_);
      candidate_bias_ = pack_bias<T>(units, 1, lanes_, [&](long, long n) { return at(0, 2, n); });
      break;
    case Cell::simple_rnn:
      kernel_ = pack_one_gate(w, 0, lanes_);
      recurrent_kernel_ = pack_one_gate(u, 0, lanes_);
      bias_ = pack_bias<T>(units, 1, lanes_, [&](long, long n) { return at(0, 0, n); });
      break;
  }
  if (storage != Storage::full) narrow();
}

template <class T>
void PackedWeights<T>::narrow() {
  if constexpr (std::is_same_v<T, float>) {
    const auto each = [&](Buffer& full, Buffer& half, long rows, long columns, long width) {
      if (pairs()) {
        half = pair_up(full, rows, columns, width);
        return;
      }
      half = pool_take(full.bytes() / 2);
      narrow_panels(full.as<float>(), rows, columns, width, lanes_, half.as<bfloat16>());
      full = Buffer();
    };
    // A panel of the gates is as wide as a unit has vectors.
    const bool one_gate = spec_.cell == Cell::simple_rnn;
    const long width = one_gate ? 4 : spec_.cell == Cell::gru_before ? 2 : spec_.gates();
    const long columns = one_gate ? spec_.units : panels() * width * lanes_;
    each(kernel_, kernel16_, spec_.input_dim, columns, width);
    each(recurrent_kernel_, recurrent_kernel16_, spec_.units, columns, width);
    if (spec_.cell != Cell::gru_before) return;
    each(candidate_kernel_, candidate_kernel16_, spec_.input_dim, spec_.units, 4);
    each(candidate_recurrent_kernel_, candidate_recurrent_kernel16_, spec_.units, spec_.units, 4);
  }
}

template <class T>
const KernelTable<T>& PackedWeights<T>::kernels() const {
  if constexpr (std::is_same_v<T, float>) {
    if (pairs()) return pair_table();
  }
  return tidegate::kernels<T>();
}

template <class T>
std::size_t PackedWeights<T>::bytes() const {
  const std::size_t biases = bias_.bytes() + candidate_bias_.bytes();
  if (storage_ != Storage::full) {
    return biases + kernel16_.bytes() + recurrent_kernel16_.bytes() + candidate_kernel16_.bytes() +
           candidate_recurrent_kernel16_.bytes();
  }
  return biases + kernel_.bytes() + recurrent_kernel_.bytes() + candidate_kernel_.bytes() +
         candidate_recurrent_kernel_.bytes();
}

template <class T>
long PackedWeights<T>::panels() const {
  return spec_.cell == Cell::simple_rnn ? one_gate_panels() : ceil_div(spec_.units, lanes_);
}

template <class T>
long PackedWeights<T>::one_gate_panels() const {
  return ceil_div(spec_.units, 4L * lanes_);
}

template <class T>
long PackedWeights<T>::projected_stride() const {
  return panels() * 4 * lanes_;
}

template <class T>
auto PackedWeights<T>::backward() const -> const Backward& {
  std::call_once(once_, [this] {
    const long inputs = spec_.input_dim;
    const long units = spec_.units;
    const bool one_gate = spec_.cell == Cell::simple_rnn;
    const long vectors = spec_.cell == Cell::gru_before ? 2 : spec_.gates();
    const ForwardPack<T> w{kernel(), one_gate, vectors};
    const ForwardPack<T> u{recurrent_kernel(), one_gate, vectors};
    const auto transposed = [&](const ForwardPack<T>* packs, int number, long columns) {
      Buffer full = transpose(packs, number, columns, spec_, lanes_);
      if (!pairs()) return full;
      long count = 0;
      for (int i = 0; i < number; ++i) count += packs[i].vectors;
      return pair_up(full, spec_.blocks() * count * kGroupLanes, columns, 4);
    };
    backward_.recurrent_kernel = transposed(&u, 1, units);
    if (spec_.cell != Cell::gru_before) {
      backward_.kernel = transposed(&w, 1, inputs);
      return;
    }
    const ForwardPack<T> w_n{candidate_kernel(), true, 1};
    const ForwardPack<T> u_n{candidate_recurrent_kernel(), true, 1};
    const ForwardPack<T> both[2] = {w_n, w};
    backward_.candidate = transposed(&u_n, 1, units);
    backward_.kernel = transposed(both, 2, inputs);
  });
  return backward_;
}

template class PackedWeights<float>;
template class PackedWeights<double>;

}  // namespace tidegate
