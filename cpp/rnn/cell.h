// What the drivers must know of a cell: how many gates, in which order they are kept, what feeds
// them.
#pragma once

#include <array>

#include "kernels/table.h"

namespace tidegate {

// The two forms of Keras' GRU are two cells here: reset_after (gru) and reset before the product
// (gru_before).
enum class Cell { lstm, gru, gru_before, simple_rnn };

// Gates are kept in the order of kernels/recurrent_table.h: LSTM i f c o, GRU n z r u, GRU before n
// z r.
struct CellSpec {
  Cell cell;
  long input_dim;  // I
  long units;      // H

  // Column blocks of Keras' kernels.
  long gates() const { return cell == Cell::lstm ? 4 : cell == Cell::simple_rnn ? 1 : 3; }
  // Vectors kept per unit for the backward pass.
  long kept() const { return cell == Cell::gru ? 4 : gates(); }
  // The first input_kept() of them are fed by x; recurrent_kept() of them, from recurrent_first()
  // on, by h.
  long input_kept() const { return gates(); }
  long recurrent_first() const { return cell == Cell::gru || cell == Cell::gru_before ? 1 : 0; }
  long recurrent_kept() const { return cell == Cell::gru_before ? 2 : gates(); }
  // Keras' column block of kept vector v.
  long keras_gate(long v) const {
    constexpr std::array<long, 4> kGru{2, 0, 1, 2};
    return cell == Cell::gru || cell == Cell::gru_before ? kGru[static_cast<std::size_t>(v)] : v;
  }
  bool has_c() const { return cell == Cell::lstm; }
  // h_{t-1} reaches h_t past the recurrent kernel.
  bool mixes_h() const { return cell == Cell::gru || cell == Cell::gru_before; }
  // Rows of Keras' bias: the reset-after GRU has one for x and one for h.
  long bias_rows() const { return cell == Cell::gru ? 2 : 1; }

  long blocks() const { return (units + kGroupLanes - 1) / kGroupLanes; }
  // Values between two rows of a state panel: whole blocks, and not a multiple of a page, where
  // rows would share cache sets.
  long state_stride() const {
    const long padded = blocks() * kGroupLanes;
    return padded % 512 == 0 ? padded + kGroupLanes : padded;
  }
};

}  // namespace tidegate
