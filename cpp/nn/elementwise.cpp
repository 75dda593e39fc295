#include "nn/elementwise.h"

#include <utility>

#include "core/team.h"
#include "kernels/dispatch.h"
#include "nn/partition.h"
#include "nn/product.h"

namespace tidegate::nn {
namespace {

// An exponential costs as much as moving about eight values.
constexpr double kBytesPerExp = 32.0;

// Calls body(first row, rows) for each member's share of what moves so many bytes; the team's size.
template <class Body>
int by_shares(long rows, double bytes, Body&& body) {
  return run_team(team_for_bytes(bytes), [&](Member member) {
    const Range own = share_of(rows, member);
    body(own.begin, own.size());
  });
}

template <class Body>
void by_rows(const char* op, long rows, long columns, Body&& body) {
  const double work = static_cast<double>(rows) * static_cast<double>(columns) * kBytesPerExp;
  const int threads = by_shares(rows, work, std::forward<Body>(body));
  record_run(op, {threads, threads == 1 ? "single" : "batch"});
}

// What a value and its rounding take. A conversion belongs to the call whose arguments or results
// it converts, so it leaves last_run() alone.
constexpr double kBytesPerConversion = sizeof(float) + sizeof(bfloat16);

}  // namespace

int activation_kind(std::string_view name) {
  if (name == "tanh") return static_cast<int>(Activation::tanh);
  if (name == "sigmoid") return static_cast<int>(Activation::sigmoid);
  if (name == "relu") return static_cast<int>(Activation::relu);
  if (name == "linear") return static_cast<int>(Activation::linear);
  if (name == "hard_sigmoid") return static_cast<int>(Activation::hard_sigmoid);
  if (name == "exp") return kActivationExp;
  return -1;
}

template <class T>
void activate(int kind, const T* x, T* y, long n) {
  const auto& nn = kernels<T>().nn;
  by_rows("activation", n, 1,
          [&](long first, long count) { nn.activation(kind, x + first, y + first, count); });
}

void to_bfloat16(const float* x, bfloat16* y, long n) {
  const auto& nn = kernels<float>().nn;
  by_shares(n, static_cast<double>(n) * kBytesPerConversion,
            [&](long first, long count) { nn.to_bfloat16(x + first, y + first, count); });
}

void from_bfloat16(const bfloat16* x, float* y, long n) {
  const auto& nn = kernels<float>().nn;
  by_shares(n, static_cast<double>(n) * kBytesPerConversion,
            [&](long first, long count) { nn.from_bfloat16(x + first, y + first, count); });
}

template <class T>
void softmax(const T* x, T* y, long rows, long columns) {
  const auto& nn = kernels<T>().nn;
  by_rows("softmax", rows, columns, [&](long row, long count) {
    nn.softmax(x + row * columns, y + row * columns, count, columns);
  });
}

template <class T>
void softmax_backward(const T* y, const T* dy, T* dx, long rows, long columns) {
  const auto& nn = kernels<T>().nn;
  by_rows("softmax_backward", rows, columns, [&](long row, long count) {
    const long at = row * columns;
    nn.softmax_backward(y + at, dy + at, dx + at, count, columns);
  });
}

template <class T>
void softmax_cross_entropy(const CrossEntropyArgs<T>& p) {
  const auto& nn = kernels<T>().nn;
  by_rows("softmax_cross_entropy", p.rows, p.columns, [&](long row, long count) {
    CrossEntropyArgs<T> part = p;
    const long at = row * p.columns;
    part.rows = count;
    part.logits += at;
    part.loss += row;
    if (p.labels != nullptr) part.labels += row;
    if (p.probabilities != nullptr) part.probabilities += at;
    if (p.gradient != nullptr) part.gradient += at;
    nn.cross_entropy(part);
  });
}

#define TIDEGATE_INSTANTIATE(T)                                          \
  template void activate<T>(int, const T*, T*, long);                    \
  template void softmax<T>(const T*, T*, long, long);                    \
  template void softmax_backward<T>(const T*, const T*, T*, long, long); \
  template void softmax_cross_entropy<T>(const CrossEntropyArgs<T>&);
TIDEGATE_INSTANTIATE(float)
TIDEGATE_INSTANTIATE(double)
#undef TIDEGATE_INSTANTIATE

}  // namespace tidegate::nn
