// Where the steps of a sequence are cut: for the sums of the weight gradients, and into windows for
// the memory modes. A function of the plan alone, so that no mode, thread or ISA moves a cut.
#pragma once

#include <vector>

#include "kernels/product_table.h"
#include "rnn/plan.h"
#include "rnn/schedule.h"

namespace tidegate {

// A sum over rows is cut into chunks of about kChunkRows; none has more than kMostChunkRows.
constexpr long kChunkRows = 256;
constexpr long kMostChunkRows = kOuterRows;

// Whole steps whose rows come closest to kChunkRows, from the first step on: one chunk, or several
// where a single step has more rows. Ranges of steps, ascending; a chunk never crosses their
// borders.
std::vector<Range> chunk_steps(const SequencePlan& plan);

// Chunks of a range of steps with `rows` rows: equal parts of them.
inline long chunk_count(long rows) {
  const long n = (rows + kChunkRows / 2) / kChunkRows;
  return n > 1 ? n : 1;
}

// Runs of whole `chunks` of at least sqrt(T) steps: what a memory mode computes again at a time.
// The fewest values are then kept at the borders and within one window together.
std::vector<Range> window_steps(const SequencePlan& plan, const std::vector<Range>& chunks);

}  // namespace tidegate
