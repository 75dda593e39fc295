// The library's own driver, as a call of the layer runs it.

#include <memory>

#include "core/team.h"
#include "lstm.h"
#include "rnn/forward.h"

namespace {

using namespace tidegate;

class Shipped : public Version {
 public:
  explicit Shipped(const Layer& layer)
      : plan_(kBatch, kSteps, false, nullptr),
        weights_(CellSpec{Cell::lstm, kInputs, kUnits}, layer.kernel.data(), layer.recurrent.data(),
                 layer.bias.data()),
        h_(kBatch * kUnits),
        c_(kBatch * kUnits) {
    set_thread_limit(1);
    direction_.weights = &weights_;
    direction_.plan = &plan_;
    direction_.activation = Activation::tanh;
    direction_.recurrent_activation = Activation::sigmoid;
    direction_.x = layer.x.data();
    direction_.sequences = true;
    direction_.y_row_stride = kSteps * kUnits;
    direction_.y_step_stride = kUnits;
  }

  void run(float* y) override {
    CancelToken cancel;
    std::vector<Saved<float>> saved;
    recurrent_forward<float>({direction_}, std::nullopt, {{y, h_.data(), c_.data()}}, saved,
                             cancel);
  }

 private:
  SequencePlan plan_;
  PackedWeights<float> weights_;
  Values h_, c_;
  Direction<float> direction_{};
};

}  // namespace

Version* shipped(const Layer& layer) { return new Shipped(layer); }
