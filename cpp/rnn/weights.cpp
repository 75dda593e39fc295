#include "rnn/weights.h"

#include <type_traits>
#include <utility>

#include "core/checked.h"
#include "kernels/dispatch.h"
#include "kernels/pairs.h"
#include "rnn/team_shares.h"
#include "rnn/transpose.h"

namespace tidegate {
namespace {

long ceil_div(long a, long b) { return (a + b - 1) / b; }

template <class T>
CellParts<Buffer> take_parts(const CellParts<std::size_t>& sizes) {
  const auto take = [&](CellPart i) { return pool_take(checked_mul(sizes[i], sizeof(T))); };
  return {take(kKernel),          take(kRecurrentKernel),          take(kBias),
          take(kCandidateKernel), take(kCandidateRecurrentKernel), take(kCandidateBias)};
}

// Panels of `width` vectors, anew as pairs of rows.
Buffer pair_up(const Buffer& full, long rows, long columns, long width) {
  const long lanes = kernels<float>().lanes;
  Buffer half = pool_take(
      checked_mul(static_cast<std::size_t>(paired_values(rows, ceil_div(columns, lanes) * lanes)),
                  sizeof(bfloat16)));
  tidegate::pair_kernels().pack(full.as<float>(), rows, columns, width, half.as<bfloat16>());
  return half;
}

}  // namespace

template <class T>
PackedWeights<T>::PackedWeights(const CellSpec& spec, const T* kernel, const T* recurrent_kernel,
                                const T* bias, Storage storage)
    : spec_(spec),
      storage_(storage),
      lanes_(tidegate::kernels<T>().lanes),
      has_bias_(bias != nullptr),
      parts_(take_parts<T>(cell_sizes(spec, lanes_))) {
  std::size_t bytes = 0;
  CellParts<T*> to{};
  for (std::size_t i = 0; i < kCellParts; ++i) {
    to[i] = parts_[i].template as<T>();
    bytes += parts_[i].bytes();
  }
  in_shares(bytes, [&](long i, long n) {
    pack_cell<T>(spec, {kernel, recurrent_kernel, bias}, lanes_, to, i, n);
  });
  if (pairs()) pair_kernels();
}

template <class T>
void PackedWeights<T>::pair_kernels() {
  if constexpr (std::is_same_v<T, float>) {
    const long width = panel_vectors(spec_);
    const bool one_gate = spec_.cell == Cell::simple_rnn;
    const long columns = one_gate ? spec_.units : panels() * width * lanes_;
    pairs_[kKernel] = pair_up(parts_[kKernel], spec_.input_dim, columns, width);
    pairs_[kRecurrentKernel] = pair_up(parts_[kRecurrentKernel], spec_.units, columns, width);
    if (spec_.cell != Cell::gru_before) return;
    pairs_[kCandidateKernel] = pair_up(parts_[kCandidateKernel], spec_.input_dim, spec_.units, 4);
    pairs_[kCandidateRecurrentKernel] =
        pair_up(parts_[kCandidateRecurrentKernel], spec_.units, spec_.units, 4);
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
  const CellParts<Buffer>& kernels = pairs() ? pairs_ : parts_;
  return parts_[kBias].bytes() + parts_[kCandidateBias].bytes() + kernels[kKernel].bytes() +
         kernels[kRecurrentKernel].bytes() + kernels[kCandidateKernel].bytes() +
         kernels[kCandidateRecurrentKernel].bytes();
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
