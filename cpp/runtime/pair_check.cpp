#include "runtime/pair_check.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tidegate/session.h"

namespace tidegate {
namespace {

// Every instruction set gives the bits that were stored; a processor without fused multiply-adds
// may round otherwise: where rows become whole numbers, to the next of them.
struct Tolerance {
  float value;
  const char* text;
};
constexpr Tolerance kNear = {1e-4F, "1e-4"}, kNearInBytes = {1e-2F, "1e-2"};
// A file cannot keep the loader busy or its memory full.
constexpr std::size_t kMostSteps = 64;
constexpr std::size_t kMostBytes = std::size_t{64} << 20;

bool agree(const float* y, const float* stored, std::size_t n, float tolerance) {
  float largest = 1;
  for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, std::fabs(stored[i]));
  for (std::size_t i = 0; i < n; ++i) {
    const bool both_nan = y[i] != y[i] && stored[i] != stored[i];
    if (!both_nan && y[i] != stored[i] && !(std::fabs(y[i] - stored[i]) <= tolerance * largest)) {
      return false;
    }
  }
  return true;
}

class Pair {
 public:
  Pair(const Graph& graph, WeightKind kind, const TensorFile& file)
      : graph_(graph), tolerance_(kind == WeightKind::int8 ? kNearInBytes : kNear), file_(file) {}

  std::string check(const std::shared_ptr<const Graph>& shared) {
    if (!graph_.can_step()) return "a graph that cannot step has no pair";
    for (const char c : file_.steps) {
      if (c < '0' || c > '9' || steps_ > kMostSteps) return "pair_steps must be a small number";
      steps_ = steps_ * 10 + static_cast<std::size_t>(c - '0');
    }
    if (steps_ < 1 || steps_ > kMostSteps) return "pair_steps must be from 1 to 64";
    std::string fault = read();
    if (!fault.empty()) return fault;
    const std::size_t bytes = Session::bytes(graph_, 1);
    if (bytes == 0 || bytes > kMostBytes) return "a session is too large to run the stored pair";
    Session session(shared, 1);
    if (!session) return "there is not enough memory for a session";
    return run(session);
  }

 private:
  const void* tensor(const std::string& name, TensorType type, std::vector<std::uint64_t> shape) {
    const Tensor* found = file_.find(name);
    if (found == nullptr || !found->is(type, shape)) return nullptr;
    copies_.emplace_back();
    return found->values(alignof(float), &copies_.back());
  }

  std::string read() {
    for (std::size_t i = 0; i < graph_.input_count(); ++i) {
      const std::string name = "pair.x." + std::to_string(i);
      const auto width = static_cast<std::uint64_t>(graph_.input_size(i));
      InputRows rows;
      if (graph_.reads_ids(i)) {
        rows.ids = static_cast<const std::int32_t*>(tensor(name, TensorType::i32, {steps_}));
      } else {
        rows.values = static_cast<const float*>(tensor(name, TensorType::f32, {steps_, width}));
      }
      if (rows.ids == nullptr && rows.values == nullptr) {
        return "tensor '" + name + "' must hold the steps of the stored pair";
      }
      x_.push_back(rows);
    }
    for (std::size_t i = 0; i < graph_.output_count(); ++i) {
      const std::string name = "pair.y." + std::to_string(i);
      const auto width = static_cast<std::uint64_t>(graph_.output_size(i));
      stored_.push_back(static_cast<const float*>(tensor(name, TensorType::f32, {steps_, width})));
      if (stored_.back() == nullptr) {
        return "tensor '" + name + "' must hold the steps of the stored pair";
      }
    }
    return "";
  }

  std::string run(Session& session) {
    std::vector<Block> blocks;
    std::vector<float*> y;
    for (std::size_t i = 0; i < graph_.output_count(); ++i) {
      blocks.emplace_back(values(i) * sizeof(float));
      y.push_back(blocks.back().as<float>());
      if (y.back() == nullptr) return "there is not enough memory for the stored pair";
    }
    const auto steps = static_cast<long>(steps_);
    if (session.run(x_.data(), y.data(), steps, 0, steps) != Session::kDone) {
      return "the stored pair has an id out of range";
    }
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (!agree(y[i], stored_[i], values(i), tolerance_.value)) {
        return "output " + std::to_string(i) + " must be that of the stored pair within " +
               tolerance_.text;
      }
    }
    return "";
  }

  std::size_t values(std::size_t output) const {
    return steps_ * static_cast<std::size_t>(graph_.output_size(output));
  }

  const Graph& graph_;
  const Tolerance& tolerance_;
  const TensorFile& file_;
  std::size_t steps_ = 0;
  std::vector<Block> copies_;
  std::vector<InputRows> x_;
  std::vector<const float*> stored_;
};

}  // namespace

std::string check_pair(const std::shared_ptr<const Graph>& graph, WeightKind kind,
                       const TensorFile& file) {
  return Pair(*graph, kind, file).check(graph);
}

}  // namespace tidegate
