// The layer that every version computes: an LSTM over sequences, forward, float32, one thread.
#pragma once

#include <cstddef>

#include "../values.h"

constexpr long kBatch = 32, kSteps = 64, kInputs = 256, kUnits = 256;
constexpr long kColumns = 4 * kUnits;  // gates i f c o, in this order

struct Layer {
  Values x;          // [B, T, I]
  Values kernel;     // [I, 4H]
  Values recurrent;  // [H, 4H]
  Values bias;       // [4H]
};

// y [B, T, H]. Each version may pack weights and take memory in its constructor, which is not
// timed: weights change once an epoch or never, and all but the first pack them.
struct Version {
  virtual ~Version() = default;
  virtual void run(float* y) = 0;
};

Version* naive(const Layer& layer);
Version* ordered(const Layer& layer);
Version* tiled(const Layer& layer);
Version* fused(const Layer& layer);
Version* shipped(const Layer& layer);
