#include "nn/optimizer.h"

#include <doctest/doctest.h>

#include "core/last_run.h"
#include "values.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

constexpr long kSizes[] = {1, 5000, 70000, 33, 4096};

// Weights and slots of all variables after three updates, as one array.
template <class T>
std::vector<T> trained(nn::OptimizerHyper hyper, int slots, double decay = 0) {
  std::vector<std::vector<T>> arrays;
  std::vector<std::vector<T>> gradients;
  std::vector<nn::OptimizerVariable<T>> variables;
  std::uint32_t seed = 80;
  for (const long n : kSizes) {
    nn::OptimizerVariable<T> variable{};
    gradients.push_back(values<T>(n, ++seed));
    variable.g = gradients.back().data();
    arrays.push_back(values<T>(n, ++seed));
    variable.w = arrays.back().data();
    for (int s = 0; s < slots; ++s) {
      arrays.emplace_back(static_cast<std::size_t>(n), T(0));
      variable.slot[s] = arrays.back().data();
    }
    variable.n = n;
    variable.decay = decay;
    variables.push_back(variable);
  }
  nn::OptimizerVariables all;
  if constexpr (sizeof(T) == 4) {
    all.f32 = variables;
  } else {
    all.f64 = variables;
  }
  for (hyper.iteration = 0; hyper.iteration < 3; ++hyper.iteration) nn::optimizer_step(hyper, all);
  std::vector<T> state;
  for (const auto& array : arrays) state.insert(state.end(), array.begin(), array.end());
  return state;
}

nn::OptimizerHyper adam(nn::ClipRule clip, double value) {
  nn::OptimizerHyper hyper;
  hyper.kind = nn::OptimizerKind::adam;
  hyper.learning_rate = 0.001;
  hyper.beta_1 = 0.9;
  hyper.beta_2 = 0.999;
  hyper.epsilon = 1e-7;
  hyper.clip = clip;
  hyper.clip_value = value;
  return hyper;
}

}  // namespace

TEST_CASE_TEMPLATE("an update has the same bits for any team and any clipping", T, float, double) {
  for (const nn::ClipRule clip : {nn::ClipRule::none, nn::ClipRule::clipnorm,
                                  nn::ClipRule::clipvalue, nn::ClipRule::global_clipnorm}) {
    std::vector<T> reference;
    {
      const Limit one(1);
      reference = trained<T>(adam(clip, 0.5), 2, 0.004);
    }
    for (const int threads : {2, 3, 8}) {
      const Limit limit(threads);
      CHECK(same_bits(trained<T>(adam(clip, 0.5), 2, 0.004), reference));
      CHECK(last_run().threads > 1);
    }
  }
}

TEST_CASE_TEMPLATE("sgd with clipped norms: each variable alone, or all together", T, float,
                   double) {
  nn::OptimizerHyper hyper;
  hyper.learning_rate = 1;
  hyper.clip_value = 3;
  double total = 0;
  for (const nn::ClipRule clip : {nn::ClipRule::clipnorm, nn::ClipRule::global_clipnorm}) {
    hyper.clip = clip;
    const std::vector<T> a = {3, 4};
    const std::vector<T> b = {0, 12};
    const std::vector<T> c = {T(0.5), 0};
    std::vector<T> w(6, T(0));
    nn::OptimizerVariables all;
    std::vector<nn::OptimizerVariable<T>> variables = {{w.data(), a.data(), {}, 2, 0},
                                                       {w.data() + 2, b.data(), {}, 2, 0},
                                                       {w.data() + 4, c.data(), {}, 2, 0}};
    if constexpr (sizeof(T) == 4) {
      all.f32 = variables;
    } else {
      all.f64 = variables;
    }
    nn::optimizer_step(hyper, all);
    const double norm = std::sqrt(25 + 144 + 0.25);
    const bool each = clip == nn::ClipRule::clipnorm;
    const std::vector<double> exact = {each ? -1.8 : -9 / norm,  each ? -2.4 : -12 / norm,  0,
                                       each ? -3.0 : -36 / norm, each ? -0.5 : -1.5 / norm, 0};
    CHECK(error_in_eps(w, exact, 4) < 2);
    total += static_cast<double>(w[0]);
  }
  CHECK(total < -2);
}

TEST_CASE("a norm goes over the variables of both types") {
  nn::OptimizerHyper hyper;
  hyper.learning_rate = 1;
  hyper.clip = nn::ClipRule::global_clipnorm;
  hyper.clip_value = 1;
  float w32 = 0;
  double w64 = 0;
  const float g32 = 3;
  const double g64 = 4;
  nn::OptimizerVariables all;
  all.f32 = {{&w32, &g32, {}, 1, 0}};
  all.f64 = {{&w64, &g64, {}, 1, 0}};
  nn::optimizer_step(hyper, all);
  CHECK(w32 == doctest::Approx(-0.6));
  CHECK(w64 == doctest::Approx(-0.8));
}
