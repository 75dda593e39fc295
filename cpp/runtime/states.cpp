#include "runtime/states.h"

#include <algorithm>

namespace tidegate {
namespace {

// Where the first row of the piece lies. A ring starts behind the row that the next step writes.
float* place(const StatePiece& piece, int parity) {
  if (piece.conv == nullptr) return piece.panel[parity];
  return piece.panel[0] + (piece.conv->position + 1) * piece.conv->op->inputs;
}

// Every row of a ring is about to be written: it may start anywhere.
void rewind(const StatePiece& piece) {
  if (piece.conv != nullptr) piece.conv->position = 0;
}

}  // namespace

void reset_states(SessionPlan& plan) {
  plan.parity = 0;
  for (const StatePiece* piece = plan.pieces; piece != plan.pieces_end; ++piece) {
    rewind(*piece);
    for (long r = 0; r < plan.batch; ++r) {
      std::fill_n(place(*piece, 0) + r * piece->stride, piece->units, piece->start);
    }
  }
}

void copy_states(const SessionPlan& plan, float* to) {
  for (const StatePiece* piece = plan.pieces; piece != plan.pieces_end; ++piece) {
    const float* from = place(*piece, plan.parity);
    for (long r = 0; r < plan.batch; ++r) {
      to = std::copy_n(from + r * piece->stride, piece->units, to);
    }
  }
}

void put_states(SessionPlan& plan, const float* from) {
  for (const StatePiece* piece = plan.pieces; piece != plan.pieces_end; ++piece) {
    rewind(*piece);
    float* to = place(*piece, plan.parity);
    for (long r = 0; r < plan.batch; ++r, from += piece->units) {
      std::copy_n(from, piece->units, to + r * piece->stride);
    }
  }
}

}  // namespace tidegate
