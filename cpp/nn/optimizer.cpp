#include "nn/optimizer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/team.h"
#include "kernels/dispatch.h"
#include "nn/partition.h"
#include "nn/product.h"

namespace tidegate::nn {
namespace {

constexpr long kBlock = 4096;  // values; the unit of the partition and of the sums of squares

long blocks_of(long n) { return (n + kBlock - 1) / kBlock; }

template <class T>
long all_blocks(const std::vector<OptimizerVariable<T>>& variables) {
  long blocks = 0;
  for (const auto& variable : variables) blocks += blocks_of(variable.n);
  return blocks;
}

// Calls body(index of the variable, blocks of it, number of its first block) for the member's part
// of all blocks.
template <class T, class Body>
void for_own_blocks(const std::vector<OptimizerVariable<T>>& variables, Member member,
                    Body&& body) {
  const Range own = share_of(all_blocks(variables), member);
  long first = 0;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const long count = blocks_of(variables[i].n);
    const Range blocks{std::max(own.begin - first, 0L), std::min(own.end - first, count)};
    if (blocks.begin < blocks.end) body(i, blocks, first);
    first += count;
  }
}

template <class T>
int team_for_variables(const std::vector<OptimizerVariable<T>>& variables, long passes) {
  return team_for_bytes(static_cast<double>(all_blocks(variables) * kBlock * passes) * sizeof(T));
}

// The sum of squares of each gradient.
template <class T>
std::vector<double> squares(const std::vector<OptimizerVariable<T>>& variables) {
  const auto& nn = kernels<T>().nn;
  std::vector<T> block_sums(static_cast<std::size_t>(all_blocks(variables)));
  run_team(team_for_variables(variables, 1), [&](Member member) {
    for_own_blocks(variables, member, [&](std::size_t i, Range blocks, long first) {
      for (long block = blocks.begin; block < blocks.end; ++block) {
        const long at = block * kBlock;
        block_sums[static_cast<std::size_t>(first + block)] =
            nn.sum_of_squares(variables[i].g + at, std::min(kBlock, variables[i].n - at));
      }
    });
  });
  std::vector<double> sums;
  auto next = block_sums.begin();
  for (const auto& variable : variables) {
    double sum = 0;
    for (long block = 0; block < blocks_of(variable.n); ++block)
      sum += static_cast<double>(*next++);
    sums.push_back(sum);
  }
  return sums;
}

struct ClipScale {
  Clip clip = Clip::none;
  double first = 0, second = 1;
};

// Keras' _clip_by_norm: g * clipnorm / max(norm, clipnorm); a norm that is NaN goes through.
ClipScale clip_by_norm(double sum, double limit) {
  const double norm = std::sqrt(sum);
  return {Clip::norm, limit, norm <= limit ? limit : norm};
}

// Keras' clip_by_global_norm, in the variables' own arithmetic; an infinite norm makes the scale
// NaN.
template <class T>
ClipScale clip_by_global_norm(double sum, double limit) {
  const T norm = static_cast<T>(std::sqrt(sum));
  const T clip = static_cast<T>(limit);
  // NOLINTNEXTLINE(misc-redundant-expression)
  const T scale = clip * std::min(T(1) / norm, T(1) / clip) + (norm - norm);
  return {Clip::scale, static_cast<double>(scale), 1};
}

template <class T>
OptimizerArgs<T> arguments(const OptimizerHyper& hyper) {
  OptimizerArgs<T> args{};
  const T one(1);
  args.learning_rate = static_cast<T>(hyper.learning_rate);
  args.epsilon = static_cast<T>(hyper.epsilon);
  args.nesterov = hyper.nesterov;
  switch (hyper.kind) {
    case OptimizerKind::sgd:
      args.rate_first = static_cast<T>(hyper.momentum);
      break;
    case OptimizerKind::rmsprop:
      args.rate_first = static_cast<T>(hyper.rho);
      args.rate_second = static_cast<T>(1 - hyper.rho);
      args.momentum = static_cast<T>(hyper.momentum);
      break;
    case OptimizerKind::adam: {
      // The powers in the type of the variables, as Keras has them.
      const auto power = [&](double beta) {
        return static_cast<T>(std::pow(static_cast<double>(static_cast<T>(beta)),
                                       static_cast<double>(hyper.iteration + 1)));
      };
      args.rate_first = static_cast<T>(1 - hyper.beta_1);
      args.rate_second = static_cast<T>(1 - hyper.beta_2);
      args.step =
          args.learning_rate * std::sqrt(one - power(hyper.beta_2)) / (one - power(hyper.beta_1));
      break;
    }
  }
  return args;
}

template <class T>
void update_blocks(const OptimizerHyper& hyper, const OptimizerVariable<T>& variable,
                   const ClipScale& clip, Range blocks, OptimizerArgs<T> args) {
  const auto& nn = kernels<T>().nn;
  const long at = blocks.begin * kBlock;
  args.n = std::min(variable.n, blocks.end * kBlock) - at;
  args.w = variable.w + at;
  args.g = variable.g + at;
  for (int s = 0; s < 3; ++s) {
    args.slot[s] = variable.slot[s] == nullptr ? nullptr : variable.slot[s] + at;
  }
  args.clip = clip.clip;
  args.clip_first = static_cast<T>(clip.first);
  args.clip_second = static_cast<T>(clip.second);
  args.decay = static_cast<T>(variable.decay);
  switch (hyper.kind) {
    case OptimizerKind::sgd:
      return nn.sgd(args);
    case OptimizerKind::rmsprop:
      return nn.rmsprop(args);
    case OptimizerKind::adam:
      return nn.adam(args);
  }
}

template <class T>
int update(const OptimizerHyper& hyper, const std::vector<OptimizerVariable<T>>& variables,
           const std::vector<ClipScale>& clips) {
  if (variables.empty()) return 1;
  const OptimizerArgs<T> args = arguments<T>(hyper);
  return run_team(team_for_variables(variables, 5), [&](Member member) {
    for_own_blocks(variables, member, [&](std::size_t i, Range blocks, long) {
      update_blocks(hyper, variables[i], clips[i], blocks, args);
    });
  });
}

template <class T>
std::vector<ClipScale> clip_scales(const OptimizerHyper& hyper, const std::vector<double>& sums,
                                   double total, std::size_t count) {
  std::vector<ClipScale> clips(count);
  for (std::size_t i = 0; i < count; ++i) {
    switch (hyper.clip) {
      case ClipRule::none:
        break;
      case ClipRule::clipvalue:
        clips[i] = {Clip::value, hyper.clip_value, 1};
        break;
      case ClipRule::clipnorm:
        clips[i] = clip_by_norm(sums[i], hyper.clip_value);
        break;
      case ClipRule::global_clipnorm:
        clips[i] = clip_by_global_norm<T>(total, hyper.clip_value);
        break;
    }
  }
  return clips;
}

}  // namespace

void optimizer_step(const OptimizerHyper& hyper, const OptimizerVariables& variables) {
  std::vector<double> sums_f32;
  std::vector<double> sums_f64;
  double total = 0;
  if (hyper.clip == ClipRule::clipnorm || hyper.clip == ClipRule::global_clipnorm) {
    sums_f32 = squares(variables.f32);
    sums_f64 = squares(variables.f64);
    for (const double sum : sums_f32) total += sum;
    for (const double sum : sums_f64) total += sum;
  }
  const auto f32 = clip_scales<float>(hyper, sums_f32, total, variables.f32.size());
  const auto f64 = clip_scales<double>(hyper, sums_f64, total, variables.f64.size());
  const int threads =
      std::max(update(hyper, variables.f32, f32), update(hyper, variables.f64, f64));
  record_run("optimizer_step", {threads, threads == 1 ? "single" : "batch"});
}

}  // namespace tidegate::nn
