#include "nn/product.h"

#include <algorithm>

#include "core/checked.h"
#include "core/last_run.h"
#include "core/team.h"
#include "kernels/dispatch.h"
#include "nn/partition.h"

namespace tidegate::nn {
namespace {

constexpr long kRowBlock =
    192;  // rows whose pointers lie on the stack; a multiple of every tile's height
constexpr long kTile = 6;

template <class T>
void multiply_block(const RowProduct<T>& p, long row, long rows, long panel_begin, long panel_end) {
  const T* a[kRowBlock];
  T* c[kRowBlock];
  for (long r = 0; r < rows; ++r) {
    a[r] = p.a + (row + r) * p.a_stride;
    c[r] = p.c + (row + r) * p.c_stride;
  }
  ProductArgs<T> args{};
  args.rows = rows;
  args.columns = p.b.columns;
  args.panel_begin = panel_begin;
  args.panel_end = panel_end;
  args.a = a;
  args.segments = 1;
  args.segment_length = p.b.rows;
  args.b = p.b.at;
  args.b_segment_stride = p.b.rows;
  args.b_rows = p.b.rows;
  args.init = p.init;
  args.c = c;
  p.kernels->product.product(args);
}

template <class T>
void activate_block(const RowProduct<T>& p, long row, long rows, long panel_begin, long panel_end) {
  const long begin = panel_begin * 4 * p.b.lanes;
  const long n = std::min(p.b.columns, panel_end * 4 * p.b.lanes) - begin;
  T* c = p.c + row * p.c_stride + begin;
  if (n == p.c_stride) {
    p.kernels->nn.activation(p.activation, c, c, rows * n);
    return;
  }
  for (long r = 0; r < rows; ++r, c += p.c_stride) {
    p.kernels->nn.activation(p.activation, c, c, n);
  }
}

}  // namespace

template <class T>
void multiply_part(const RowProduct<T>& p, long row_begin, long row_end, long panel_begin,
                   long panel_end, CancelToken* cancel, bool poll) {
  if (panel_begin >= panel_end) return;
  for (long row = row_begin; row < row_end; row += kRowBlock) {
    if (cancel != nullptr && (poll ? cancel->poll() : cancel->requested())) return;
    const long rows = std::min(kRowBlock, row_end - row);
    multiply_block(p, row, rows, panel_begin, panel_end);
    if (p.activation != static_cast<int>(Activation::linear)) {
      activate_block(p, row, rows, panel_begin, panel_end);
    }
  }
}

// Rows where each thread gets a few tiles of them, else panels: a thread that shares neither reads
// all of B and little of A.
template <class T>
TeamRun multiply(const RowProduct<T>& p, CancelToken* cancel) {
  const double products = static_cast<double>(p.rows) * static_cast<double>(p.b.rows) *
                          static_cast<double>(p.b.columns);
  const long panels = p.b.panels();
  const long tiles = (p.rows + kTile - 1) / kTile;
  const int want =
      static_cast<int>(std::min<long>(team_for_products(products), std::max(panels, tiles)));
  bool by_rows = true;
  const int threads = run_team(want, [&](Member member) {
    const bool rows_suffice = tiles >= 4 * member.size || tiles >= panels;
    const Range rows = rows_suffice ? share_of(p.rows, member, kTile) : Range{0, p.rows};
    const Range columns = rows_suffice ? Range{0, panels} : share_of(panels, member);
    multiply_part(p, rows.begin, rows.end, columns.begin, columns.end, cancel, member.index == 0);
    if (member.index == 0) by_rows = rows_suffice;
  });
  return {threads, threads == 1 ? "single" : by_rows ? "batch" : "units"};
}

void record_run(const char* op, TeamRun run) {
  last_run() = {op, isa_name(active_isa()), run.threads, run.schedule};
}

namespace {

// One item of a batched matmul. `scratch` holds packed B and, if A is stored transposed, A turned
// back.
template <class T>
struct MatmulPlan {
  const Matmul<T>& p;
  const KernelTable<T>& table;
  long packed;  // values
  long turned;

  explicit MatmulPlan(const Matmul<T>& matmul)
      : p(matmul),
        table(kernels<T>()),
        packed(packed_size<T>(p.k, p.m, table.lanes)),
        turned(p.transpose_a ? p.n * p.k : 0) {}

  MatrixView<T> right(long item) const {
    return {p.b + item * p.k * p.m, p.k, p.m, p.transpose_b ? p.k : p.m, p.transpose_b};
  }

  const T* left(long item, T* scratch) const {
    const T* a = p.a + item * p.n * p.k;
    if (!p.transpose_a) return a;
    transpose(a, p.n, p.k, p.n, scratch, p.k);
    return scratch;
  }

  RowProduct<T> product(long item, const T* a, const T* b) const {
    RowProduct<T> product{};
    product.kernels = &table;
    product.a = a;
    product.a_stride = p.k;
    product.rows = p.n;
    product.b = {b, p.k, p.m, table.lanes};
    product.activation = static_cast<int>(Activation::linear);
    product.c = p.c + item * p.n * p.m;
    product.c_stride = p.m;
    return product;
  }
};

template <class T>
Buffer take_values(std::size_t count) {
  return pool_take(checked_mul(count, sizeof(T)));
}

// Whole items to each member: each packs for itself, nobody waits.
template <class T>
TeamRun matmul_by_items(const MatmulPlan<T>& plan, int want, CancelToken* cancel) {
  const Matmul<T>& p = plan.p;
  const std::size_t each =
      checked_round_up(static_cast<std::size_t>(plan.packed + plan.turned), 64);
  const Buffer scratch = take_values<T>(checked_mul(each, want));
  const int threads = run_team(want, [&](Member member) {
    T* own = scratch.template as<T>() + static_cast<std::size_t>(member.index) * each;
    const long panels = plan.product(0, own, own).b.panels();
    const Range items = share_of(p.batch, member);
    for (long item = items.begin; item < items.end; ++item) {
      pack_panels(plan.right(item), plan.table.lanes, 0, panels, own);
      const T* a = plan.left(item, own + plan.packed);
      multiply_part(plan.product(item, a, own), 0, p.n, 0, panels, cancel, member.index == 0);
    }
  });
  return {threads, threads == 1 ? "single" : "batch"};
}

// Few large items: the team shares each of them.
template <class T>
TeamRun matmul_by_parts(const MatmulPlan<T>& plan, CancelToken* cancel) {
  const Matmul<T>& p = plan.p;
  const Buffer scratch = take_values<T>(static_cast<std::size_t>(plan.turned));
  TeamRun run{1, "single"};
  for (long item = 0; item < p.batch; ++item) {
    if (cancel != nullptr && cancel->poll()) break;
    const PackedMatrix<T> b = pack(plan.right(item), plan.table.lanes);
    const T* a = plan.left(item, scratch.template as<T>());
    run = multiply(plan.product(item, a, b.view.at), cancel);
  }
  return run;
}

}  // namespace

template <class T>
void matmul(const Matmul<T>& p, CancelToken* cancel) {
  const MatmulPlan<T> plan(p);
  const double products = static_cast<double>(p.n) * static_cast<double>(p.k) *
                          static_cast<double>(p.m) * static_cast<double>(p.batch);
  const int want = std::min(team_for_products(products), threads_available());
  record_run("matmul", p.batch >= want && p.batch > 1 ? matmul_by_items(plan, want, cancel)
                                                      : matmul_by_parts(plan, cancel));
}

#define TIDEGATE_INSTANTIATE(T)                                                              \
  template void multiply_part<T>(const RowProduct<T>&, long, long, long, long, CancelToken*, \
                                 bool);                                                      \
  template TeamRun multiply<T>(const RowProduct<T>&, CancelToken*);                          \
  template void matmul<T>(const Matmul<T>&, CancelToken*);
TIDEGATE_INSTANTIATE(float)
TIDEGATE_INSTANTIATE(double)
#undef TIDEGATE_INSTANTIATE

}  // namespace tidegate::nn
