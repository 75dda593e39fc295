#include "runtime/row_ops.h"

#include <algorithm>

namespace tidegate {
namespace {

// A NaN on either side stays one, as in NumPy.
float largest(float a, float b) { return a > b || a != a ? a : b; }
float smallest(float a, float b) { return a < b || a != a ? a : b; }

// y = function(a, b); a value of width 1 stands for every number of the row. y may be a.
template <class Function>
void join(const float* a, long a_width, const float* b, long b_width, float* y, long n,
          Function function) {
  if (a_width == n && b_width == n) {
    for (long i = 0; i < n; ++i) y[i] = function(a[i], b[i]);
    return;
  }
  // y may be a: its one number is read before it is overwritten.
  const float one_a = a[0], one_b = b[0];
  for (long i = 0; i < n; ++i) {
    y[i] = function(a_width == n ? a[i] : one_a, b_width == n ? b[i] : one_b);
  }
}

template <class Function>
void join_all(const StepOp& op, long rows, int parity, Function function) {
  for (long r = 0; r < rows; ++r) {
    const Value* first = op.reads[0];
    const float* a = first->rows[parity][r];
    long a_width = first->width;
    float* y = op.out[r];
    for (long i = 1; i < op.read_count; ++i) {
      const Value* next = op.reads[i];
      join(a, a_width, next->rows[parity][r], next->width, y, op.width, function);
      a = y;
      a_width = op.width;
    }
  }
}

void concatenate(const StepOp& op, long rows, int parity) {
  for (long r = 0; r < rows; ++r) {
    float* y = op.out[r];
    for (long i = 0; i < op.read_count; ++i) {
      y = std::copy_n(op.reads[i]->rows[parity][r], op.reads[i]->width, y);
    }
  }
}

}  // namespace

void merge_rows(const StepOp& op, long rows, int parity) {
  switch (op.kind) {
    case OpKind::add:
      return join_all(op, rows, parity, [](float a, float b) { return a + b; });
    case OpKind::subtract:
      return join_all(op, rows, parity, [](float a, float b) { return a - b; });
    case OpKind::multiply:
      return join_all(op, rows, parity, [](float a, float b) { return a * b; });
    case OpKind::maximum:
      return join_all(op, rows, parity, largest);
    case OpKind::minimum:
      return join_all(op, rows, parity, smallest);
    case OpKind::average: {
      join_all(op, rows, parity, [](float a, float b) { return a + b; });
      const auto count = static_cast<float>(op.read_count);
      for (long r = 0; r < rows; ++r) {
        for (long i = 0; i < op.width; ++i) op.out[r][i] /= count;
      }
      return;
    }
    default:
      return concatenate(op, rows, parity);
  }
}

}  // namespace tidegate
