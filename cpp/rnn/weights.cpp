#include "rnn/weights.h"

#include <type_traits>
#include <utility>

#include "kernels/dispatch.h"
#include "kernels/narrow.h"
#include "rnn/packing.h"

namespace tidegate {
namespace {

long ceil_div(long a, long b) { return (a + b - 1) / b; }

}  // namespace

template <class T>
PackedWeights<T>::PackedWeights(const CellSpec& spec, const T* kernel, const T* recurrent_kernel,
                                const T* bias, Storage storage)
    : spec_(spec), lanes_(kernels<T>().lanes), has_bias_(bias != nullptr) {
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
  if (storage == Storage::bfloat16) narrow();
}

template <class T>
void PackedWeights<T>::narrow() {
  if constexpr (std::is_same_v<T, float>) {
    const auto each = [&](Buffer& packed, long rows, long columns, long width) {
      Buffer narrowed = pool_take(packed.bytes() / 2);
      narrow_panels(packed.as<float>(), rows, columns, width, lanes_, narrowed.as<bfloat16>());
      packed = std::move(narrowed);
    };
    // A panel of the gates is as wide as a unit has vectors.
    const bool one_gate = spec_.cell == Cell::simple_rnn;
    const long width = one_gate ? 4 : spec_.cell == Cell::gru_before ? 2 : spec_.gates();
    const long columns = one_gate ? spec_.units : panels() * width * lanes_;
    each(kernel_, spec_.input_dim, columns, width);
    each(recurrent_kernel_, spec_.units, columns, width);
    if (spec_.cell != Cell::gru_before) return;
    each(candidate_kernel_, spec_.input_dim, spec_.units, 4);
    each(candidate_recurrent_kernel_, spec_.units, spec_.units, 4);
  }
}

template <class T>
std::size_t PackedWeights<T>::bytes() const {
  return kernel_.bytes() + recurrent_kernel_.bytes() + bias_.bytes() + candidate_kernel_.bytes() +
         candidate_recurrent_kernel_.bytes() + candidate_bias_.bytes();
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
    backward_.recurrent_kernel = transpose(&u, 1, units, spec_, lanes_);
    if (spec_.cell != Cell::gru_before) {
      backward_.kernel = transpose(&w, 1, inputs, spec_, lanes_);
      return;
    }
    const ForwardPack<T> w_n{candidate_kernel(), true, 1};
    const ForwardPack<T> u_n{candidate_recurrent_kernel(), true, 1};
    const ForwardPack<T> both[2] = {w_n, w};
    backward_.candidate = transpose(&u_n, 1, units, spec_, lanes_);
    backward_.kernel = transpose(both, 2, inputs, spec_, lanes_);
  });
  return backward_;
}

template class PackedWeights<float>;
template class PackedWeights<double>;

}  // namespace tidegate
