#include "nn/layer_moments.h"

#include "core/team.h"
#include "nn/moments.h"
#include "nn/partition.h"
#include "nn/product.h"

namespace tidegate::nn {

template <class T>
void layer_moments(const T* x, long rows, long columns, T epsilon, T* mean, T* inverse) {
  const double bytes = static_cast<double>(rows) * static_cast<double>(columns) * sizeof(T);
  const int threads = run_team(team_for_bytes(bytes), [&](Member member) {
    const Range own = share_of(rows, member);
    for (long r = own.begin; r < own.end; ++r) {
      const Moments<T> found = moments(x + r * columns, columns, epsilon);
      mean[r] = found.mean;
      inverse[r] = found.inverse;
    }
  });
  record_run("layer_moments", {threads, threads == 1 ? "single" : "batch"});
}

template void layer_moments<float>(const float*, long, long, float, float*, float*);
template void layer_moments<double>(const double*, long, long, double, double*, double*);

}  // namespace tidegate::nn
