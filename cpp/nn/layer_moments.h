// Mean and spread of rows, dealt to the team.
#pragma once

namespace tidegate::nn {

// x [rows, columns]: mean [rows], inverse [rows] = 1 / sqrt(variance + epsilon). columns >= 1.
template <class T>
void layer_moments(const T* x, long rows, long columns, T epsilon, T* mean, T* inverse);

}  // namespace tidegate::nn
