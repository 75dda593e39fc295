// Softmax over rows, its gradient, and cross-entropy from logits.
//   softmax        y = exp(x - max x) / sum exp(x - max x)
//   cross-entropy  loss = sum_c p_c (log sum exp(x - max x) - (x_c - max x)),  d loss / d x = y
//   sum(p) - p
// A NaN or a +inf in a row makes the whole row NaN, as the formulas say.
#include <cmath>

namespace tidegate::TIDEGATE_TARGET {
namespace {

template <class T>
inline T row_max(const T* x, long n) {
  using V = Vec<T>;
  const T lowest = -static_cast<T>(INFINITY);
  Chains<T> chains(tg_set<V>(lowest));
  // The lanes that a partial vector leaves out hold zero: they must not take part.
  for_each_chain(n, chains, [&](V best, long i, auto at) {
    const V larger = tg_max(best, at.load(x + i));
    return at.keep_or(larger, best);
  });
  return fold(chains, [](T a, T b) { return a > b ? a : b; });
}

// e = exp(x - shift), stored if `e` is not null; returns its sum.
template <class T>
inline T row_exp(const T* x, T shift, T* e, long n) {
  using V = Vec<T>;
  const V s = tg_set<V>(shift);
  Chains<T> chains(V::zero());
  for_each_chain(n, chains, [&](V sum, long i, auto at) {
    const V y = tg_exp(tg_sub(at.load(x + i), s));
    if (e != nullptr) at.store(e + i, y);
    return tg_add(sum, at.keep(y));
  });
  return fold_sum(chains);
}

template <class T>
void softmax(const T* x, T* y, long rows, long columns) {
  using V = Vec<T>;
  for (long row = 0; row < rows; ++row, x += columns, y += columns) {
    const V sum = tg_set<V>(row_exp(x, row_max(x, columns), y, columns));
    for_each_vector<T>(columns,
                       [&](long i, auto at) { at.store(y + i, tg_div(at.load(y + i), sum)); });
  }
}

template <class T>
inline T row_dot(const T* a, const T* b, long n) {
  using V = Vec<T>;
  Chains<T> chains(V::zero());
  for_each_chain(n, chains, [&](V sum, long i, auto at) {
    return tg_fma(at.load(a + i), at.load(b + i), sum);
  });
  return fold_sum(chains);
}

template <class T>
void softmax_backward(const T* y, const T* dy, T* dx, long rows, long columns) {
  using V = Vec<T>;
  for (long row = 0; row < rows; ++row, y += columns, dy += columns, dx += columns) {
    const V dot = tg_set<V>(row_dot(y, dy, columns));
    for_each_vector<T>(columns, [&](long i, auto at) {
      at.store(dx + i, tg_mul(at.load(y + i), tg_sub(at.load(dy + i), dot)));
    });
  }
}

// One row against integers: only the label's own term of the sum is left.
template <class T>
inline void sparse_row(const CrossEntropyArgs<T>& p, const T* x, long row, T* gradient) {
  using V = Vec<T>;
  const T shift = row_max(x, p.columns);
  const T total = row_exp(x, shift, gradient, p.columns);
  const long label = p.labels[row];
  p.loss[row] = static_cast<T>(std::log(static_cast<double>(total)) -
                               (static_cast<double>(x[label]) - static_cast<double>(shift)));
  if (gradient == nullptr) return;
  const V sum = tg_set<V>(total);
  for_each_vector<T>(p.columns, [&](long i, auto at) {
    at.store(gradient + i, tg_div(at.load(gradient + i), sum));
  });
  gradient[label] -= T(1);
}

template <class T>
inline void probability_row(const CrossEntropyArgs<T>& p, const T* x, long row, T* gradient) {
  using V = Vec<T>;
  const T* target = p.probabilities + row * p.columns;
  const T shift = row_max(x, p.columns);
  const T total = row_exp(x, shift, gradient, p.columns);
  const V s = tg_set<V>(shift);
  const V log_total = tg_set<V>(std::log(static_cast<double>(total)));
  Chains<T> losses(V::zero());
  for_each_chain(p.columns, losses, [&](V sum, long i, auto at) {
    const V shifted = tg_sub(at.load(x + i), s);
    return tg_fma(at.load(target + i), tg_sub(log_total, shifted), sum);
  });
  p.loss[row] = fold_sum(losses);
  if (gradient == nullptr) return;
  Chains<T> weights(V::zero());
  for_each_chain(p.columns, weights,
                 [&](V sum, long i, auto at) { return tg_add(sum, at.load(target + i)); });
  const V weight = tg_set<V>(fold_sum(weights));
  const V sum = tg_set<V>(total);
  for_each_vector<T>(p.columns, [&](long i, auto at) {
    const V y = tg_div(at.load(gradient + i), sum);
    at.store(gradient + i, tg_sub(tg_mul(y, weight), at.load(target + i)));
  });
}

template <class T>
void cross_entropy(const CrossEntropyArgs<T>& p) {
  for (long row = 0; row < p.rows; ++row) {
    const T* x = p.logits + row * p.columns;
    T* gradient = p.gradient == nullptr ? nullptr : p.gradient + row * p.columns;
    if (p.labels != nullptr) {
      sparse_row(p, x, row, gradient);
    } else {
      probability_row(p, x, row, gradient);
    }
  }
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
