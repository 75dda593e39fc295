#include <doctest/doctest.h>

#include "../nn/values.h"
#include "kernels/dispatch.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

// w and three slots after one update, as one array.
template <class T>
std::vector<T> updated(Isa isa, int kind, int slots, Clip clip, T decay, long n) {
  std::vector<T> state = values<T>(4 * n, 31, 0.5);
  for (T& v : state) v = std::fabs(v);  // slots of squares are positive
  const std::vector<T> g = values<T>(n, 32);
  OptimizerArgs<T> args{};
  args.n = n;
  args.w = state.data();
  args.g = g.data();
  for (int s = 0; s < 3; ++s)
    args.slot[s] = (slots >> s & 1) != 0 ? state.data() + (s + 1) * n : nullptr;
  args.clip = clip;
  args.clip_first = T(0.7);
  args.clip_second = T(1.3);
  args.decay = decay;
  args.learning_rate = T(0.01);
  args.step = T(0.003);
  args.rate_first = T(0.9);
  args.rate_second = T(0.1);
  args.momentum = T(0.8);
  args.epsilon = T(1e-7);
  args.nesterov = true;
  const auto& nn = kernels_of<T>(isa).nn;
  (kind == 0 ? nn.sgd : kind == 1 ? nn.rmsprop : nn.adam)(args);
  return state;
}

}  // namespace

TEST_CASE_TEMPLATE("updates have the same bits on every ISA, partial vectors included", T, float,
                   double) {
  struct Case {
    int kind, slots;
  };
  for (const Case c : {Case{0, 0}, {0, 1}, {1, 1}, {1, 3}, {1, 5}, {1, 7}, {2, 3}, {2, 7}}) {
    for (const Clip clip : {Clip::none, Clip::value, Clip::norm, Clip::scale}) {
      for (const long n : {1L, 5L, 16L, 37L}) {
        const auto reference = updated<T>(Isa::scalar, c.kind, c.slots, clip, T(0.05), n);
        for (const Isa isa : available_isas()) {
          CHECK(same_bits(updated<T>(isa, c.kind, c.slots, clip, T(0.05), n), reference));
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("sum of squares: right, and alike on every ISA", T, float, double) {
  for (const long n : {0L, 1L, 15L, 16L, 17L, 4095L, 4096L}) {
    const std::vector<T> x = values<T>(n, 33);
    long double sum = 0;  // a chain in double would err more than what is tested
    for (const T v : x) sum += static_cast<long double>(v) * static_cast<long double>(v);
    const auto exact = static_cast<double>(sum);
    const T reference = kernels_of<T>(Isa::scalar).nn.sum_of_squares(x.data(), n);
    CHECK(error_in_eps<T>({reference}, {exact}, exact + 1) < 32.0);
    for (const Isa isa : available_isas()) {
      CHECK(kernels_of<T>(isa).nn.sum_of_squares(x.data(), n) == reference);
    }
  }
}
