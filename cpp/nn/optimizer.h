// One update of all variables of a model, in place: the formulas of Keras 3.15.1.
//
// Norms are summed in blocks of 4096 values (kernels/optimizer.inl.h has the order inside), the
// blocks in order in double: the bits do not depend on the team. There is no way to stop half way.
#pragma once

#include <vector>

#include "kernels/table.h"

namespace tidegate::nn {

enum class OptimizerKind { sgd, rmsprop, adam };
enum class ClipRule { none, clipnorm, clipvalue, global_clipnorm };

struct OptimizerHyper {
  OptimizerKind kind = OptimizerKind::sgd;
  double learning_rate = 0;
  double momentum = 0;            // sgd, rmsprop
  double rho = 0;                 // rmsprop
  double beta_1 = 0, beta_2 = 0;  // adam
  double epsilon = 0;             // rmsprop, adam
  bool nesterov = false;          // sgd
  bool centered = false;          // rmsprop
  bool amsgrad = false;           // adam
  long iteration = 0;             // updates made before this one
  ClipRule clip = ClipRule::none;
  double clip_value = 0;
};

// w, g and slots are arrays of n values that do not overlap.
template <class T>
struct OptimizerVariable {
  T* w;
  const T* g;
  T* slot[3];  // at their places, see kernels/optimizer.inl.h; unused ones are null
  long n;
  double decay;  // decoupled weight decay, 0 for none
};

// What an update has of each type; norms that clip go over both.
struct OptimizerVariables {
  std::vector<OptimizerVariable<float>> f32;
  std::vector<OptimizerVariable<double>> f64;
};

void optimizer_step(const OptimizerHyper& hyper, const OptimizerVariables& variables);

}  // namespace tidegate::nn
