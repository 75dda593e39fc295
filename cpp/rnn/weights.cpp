#include "rnn/weights.h"

#include <algorithm>
#include <cstring>

#include "core/checked.h"
#include "kernels/dispatch.h"

namespace tidegate {
namespace {

long ceil_div(long a, long b) { return (a + b - 1) / b; }

template <class T>
Buffer take(long a, long b) {
  return pool_take(
      checked_mul(static_cast<std::size_t>(a), static_cast<std::size_t>(b), sizeof(T)));
}

// A matrix in Keras' layout: [rows, gates * units].
template <class T>
struct KerasMatrix {
  const T* data;
  long rows, gates, units;
  const T* at(long row, long gate, long unit) const {
    return data + (row * gates + gate) * units + unit;
  }
};

// [panel of L units][row][vector][L]; vector v is column block gate[v]. Units past the end are 0.
template <class T>
Buffer pack_gates(const KerasMatrix<T>& m, const long* gate, long vectors, long lanes) {
  const long panels = ceil_div(m.units, lanes);
  Buffer packed = take<T>(panels * m.rows, vectors * lanes);
  T* out = packed.as<T>();
  for (long p = 0; p < panels; ++p) {
    const long live = std::min(lanes, m.units - p * lanes);
    for (long k = 0; k < m.rows; ++k) {
      for (long v = 0; v < vectors; ++v, out += lanes) {
        std::copy_n(m.at(k, gate[v], p * lanes), live, out);
        std::fill(out + live, out + lanes, T(0));
      }
    }
  }
  return packed;
}

// [panel of 4 L units][row][vectors * L], the last panel with as many vectors as it needs.
template <class T>
Buffer pack_one_gate(const KerasMatrix<T>& m, long gate, long lanes) {
  const long padded = ceil_div(m.units, lanes) * lanes;
  Buffer packed = take<T>(padded, m.rows);
  T* out = packed.as<T>();
  for (long first = 0; first < padded; first += 4 * lanes) {
    const long width = std::min(4 * lanes, padded - first);
    const long live = std::min(width, m.units - first);
    for (long k = 0; k < m.rows; ++k, out += width) {
      std::copy_n(m.at(k, gate, first), live, out);
      std::fill(out + live, out + width, T(0));
    }
  }
  return packed;
}

// A forward packing to be transposed: rows of `vectors` vectors per panel of L units, or one gate
// in panels of 4 L units.
template <class T>
struct ForwardPack {
  const T* data;
  bool one_gate;
  long vectors;

  // The L lanes of (row, vector, unit).
  const T* at(long row, long v, long unit, long rows, long units, long lanes) const {
    if (!one_gate) return data + (((unit / lanes) * rows + row) * vectors + v) * lanes;
    const long first = unit / (4 * lanes) * (4 * lanes);
    const long width = std::min(4 * lanes, ceil_div(units, lanes) * lanes - first);
    return data + first * rows + row * width + (unit - first);
  }
};

template <class T>
Buffer zeros(long a, long b) {
  Buffer buffer = take<T>(a, b);
  std::memset(buffer.data(), 0, buffer.bytes());
  return buffer;
}

// Writes the transpose into the right operand of the backward products: rows [block of 16
// units][count vectors][16], of which this packing fills vectors first .. first + from.vectors;
// columns are the rows of the packing.
template <class T>
void transpose_into(T* result, long count, long first, const ForwardPack<T>& from, long columns,
                    const CellSpec& spec, long lanes) {
  const long rows = spec.blocks() * count * kGroupLanes;
  const long padded = ceil_div(columns, lanes) * lanes;
  for (long column = 0; column < columns; ++column) {
    const long start = column / (4 * lanes) * (4 * lanes);
    const long width = std::min(4 * lanes, padded - start);
    T* panel = result + start * rows + (column - start);
    for (long unit = 0; unit < spec.units; unit += lanes) {
      const long live = std::min(lanes, spec.units - unit);
      for (long v = 0; v < from.vectors; ++v) {
        const T* lane = from.at(column, v, unit, columns, spec.units, lanes);
        const long block_row = (unit / kGroupLanes) * count + first + v;
        T* to = panel + (block_row * kGroupLanes + unit % kGroupLanes) * width;
        for (long l = 0; l < live; ++l) to[l * width] = lane[l];
      }
    }
  }
}

template <class T>
Buffer transpose(const ForwardPack<T>& from, long columns, const CellSpec& spec, long lanes) {
  const long rows = spec.blocks() * from.vectors * kGroupLanes;
  Buffer result = zeros<T>(ceil_div(columns, lanes) * lanes, rows);
  transpose_into(result.as<T>(), from.vectors, 0, from, columns, spec, lanes);
  return result;
}

// Where accumulators start: [panel][accumulators][L]. value(a, unit) is the bias of accumulator a.
template <class T, class Value>
Buffer pack_bias(long units, long accumulators, long lanes, Value&& value) {
  const long panels = ceil_div(units, lanes);
  Buffer packed = take<T>(panels * accumulators, lanes);
  T* out = packed.as<T>();
  for (long p = 0; p < panels; ++p) {
    for (long a = 0; a < accumulators; ++a) {
      for (long l = 0; l < lanes; ++l) {
        const long unit = p * lanes + l;
        *out++ = unit < units ? value(a, unit) : T(0);
      }
    }
  }
  return packed;
}

}  // namespace

template <class T>
PackedWeights<T>::PackedWeights(const CellSpec& spec, const T* kernel, const T* recurrent_kernel,
                                const T* bias)
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
    backward_.recurrent_kernel = transpose(u, units, spec_, lanes_);
    if (spec_.cell != Cell::gru_before) {
      backward_.kernel = transpose(w, inputs, spec_, lanes_);
      return;
    }
    const ForwardPack<T> w_n{candidate_kernel(), true, 1};
    const ForwardPack<T> u_n{candidate_recurrent_kernel(), true, 1};
    backward_.candidate = transpose(u_n, units, spec_, lanes_);
    const long rows = spec_.blocks() * 3 * kGroupLanes;
    backward_.kernel = zeros<T>(ceil_div(inputs, lanes_) * lanes_, rows);
    transpose_into(backward_.kernel.template as<T>(), 3, 0, w_n, inputs, spec_, lanes_);
    transpose_into(backward_.kernel.template as<T>(), 3, 1, w, inputs, spec_, lanes_);
  });
  return backward_;
}

template class PackedWeights<float>;
template class PackedWeights<double>;

}  // namespace tidegate
