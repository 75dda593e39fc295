#include "rnn/plan.h"

#include <doctest/doctest.h>

#include <vector>

using namespace tidegate;

namespace {

// Rows of 0 and 1, with lengths and stable order worked out as the Python layer does.
struct Mask {
  std::vector<std::uint8_t> values;
  std::vector<std::int32_t> lengths, order;
  MaskView view;

  Mask(MaskView::Kind kind, const std::vector<std::vector<std::uint8_t>>& rows,
       std::vector<std::int32_t> sorted)
      : order(std::move(sorted)) {
    for (const auto& row : rows) {
      std::int32_t n = 0;
      for (const std::uint8_t v : row) {
        values.push_back(v);
        n += v;
      }
      lengths.push_back(n);
    }
    view = {kind, values.data(), lengths.data(), order.data()};
  }
};

}  // namespace

TEST_CASE("without a mask every row runs every step") {
  const SequencePlan plan(3, 4, false, nullptr);
  CHECK(plan.active_steps() == 4);
  CHECK(plan.count(3) == 3);
  CHECK(plan.count(4) == 0);
  CHECK(plan.total() == 12);
  CHECK(plan.time(1, 2) == 2);
  CHECK(SequencePlan(3, 4, true, nullptr).time(1, 0) == 3);
}

TEST_CASE("rows drop out after their own length, longest first") {
  const Mask mask(MaskView::Kind::right, {{1, 0, 0}, {1, 1, 1}, {0, 0, 0}, {1, 1, 0}},
                  {1, 3, 0, 2});
  const SequencePlan plan(4, 3, false, &mask.view);
  CHECK(plan.active_steps() == 3);
  CHECK(plan.count(0) == 3);
  CHECK(plan.count(1) == 2);
  CHECK(plan.count(2) == 1);
  CHECK(plan.offset(2) == 5);
  CHECK(plan.total() == 6);
  CHECK(plan.caller_row(0) == 1);
  CHECK(plan.length(3) == 0);
  CHECK(SequencePlan(4, 3, true, &mask.view).time(1, 0) == 1);
}

TEST_CASE("left padding and holes map steps to the times that count") {
  const Mask left(MaskView::Kind::left, {{0, 1, 1}, {0, 0, 1}}, {0, 1});
  const SequencePlan plan(2, 3, false, &left.view);
  CHECK(plan.time(0, 0) == 1);
  CHECK(plan.time(1, 0) == 2);
  const Mask holes(MaskView::Kind::holes, {{1, 0, 1, 0, 1}}, {0});
  CHECK(SequencePlan(1, 5, false, &holes.view).time(0, 1) == 2);
  CHECK(SequencePlan(1, 5, true, &holes.view).time(0, 0) == 4);
}

TEST_CASE("an empty batch or no time runs nothing") {
  CHECK(SequencePlan(0, 4, false, nullptr).total() == 0);
  CHECK(SequencePlan(4, 0, false, nullptr).total() == 0);
}
