#include "nn/embedding.h"

#include <algorithm>
#include <cstring>

#include "core/team.h"
#include "kernels/dispatch.h"
#include "nn/partition.h"
#include "nn/product.h"

namespace tidegate::nn {

long first_bad_id(const std::int32_t* ids, long n, long rows) {
  // A negative id is a large unsigned one. The common case has no branch per id.
  const auto bad = [rows](std::int32_t id) {
    return static_cast<std::int64_t>(static_cast<std::uint32_t>(id)) >= rows;
  };
  constexpr long kBlock = 256;
  for (long begin = 0; begin < n; begin += kBlock) {
    const long end = std::min(n, begin + kBlock);
    bool any = false;
    for (long i = begin; i < end; ++i) any |= bad(ids[i]);
    if (any) return std::find_if(ids + begin, ids + end, bad) - ids;
  }
  return -1;
}

template <class T>
void embedding_forward(const std::int32_t* ids, long n, const T* table, long dim, T* y) {
  const auto row_bytes = static_cast<std::size_t>(dim) * sizeof(T);
  const double bytes = 2.0 * static_cast<double>(n) * static_cast<double>(row_bytes);
  const int threads = run_team(team_for_bytes(bytes), [&](Member member) {
    const Range rows = share_of(dim > 0 ? n : 0, member);
    for (long i = rows.begin; i < rows.end; ++i) {
      std::memcpy(y + i * dim, table + ids[i] * dim, row_bytes);
    }
  });
  record_run("embedding_forward", {threads, threads == 1 ? "single" : "batch"});
}

// The columns are dealt out, so each thread adds all rows of its columns in order and none waits
// for another.
template <class T>
void embedding_backward(const std::int32_t* ids, long n, const T* dy, long dim, long rows,
                        T* dtable) {
  constexpr long kLine = 64 / static_cast<long>(sizeof(T));
  const KernelTable<T>& table = kernels<T>();
  const double bytes = static_cast<double>(2 * n + rows) * static_cast<double>(dim) * sizeof(T);
  const int want = static_cast<int>(
      std::min<long>(team_for_bytes(bytes), std::max(1L, (dim + kLine - 1) / kLine)));
  const int threads = run_team(want, [&](Member member) {
    const Range columns = share_of(dim, member, kLine);
    if (columns.size() == dim) {
      std::fill_n(dtable, rows * dim, T(0));
    } else {
      for (long row = 0; row < rows; ++row) {
        std::fill_n(dtable + row * dim + columns.begin, columns.size(), T(0));
      }
    }
    table.nn.scatter_add(ids, n, dy + columns.begin, dtable + columns.begin, dim, columns.size());
  });
  record_run("embedding_backward", {threads, threads == 1 ? "single" : "units"});
}

#define TIDEGATE_INSTANTIATE(T)                                                      \
  template void embedding_forward<T>(const std::int32_t*, long, const T*, long, T*); \
  template void embedding_backward<T>(const std::int32_t*, long, const T*, long, long, T*);
TIDEGATE_INSTANTIATE(float)
TIDEGATE_INSTANTIATE(double)
#undef TIDEGATE_INSTANTIATE

}  // namespace tidegate::nn
