// Activations and their gradients on arrays, to bfloat16 and back, sums over rows, rows added where
// an index points.
namespace tidegate::TIDEGATE_TARGET {
namespace {

template <class T, class Function>
inline void map_vectors(const T* x, T* y, long n, Function&& function) {
  for_each_vector<T>(n, [&](long i, auto at) { at.store(y + i, function(at.load(x + i))); });
}

// The choice is made once per call, so that each loop holds one function.
template <class T>
void activation(int kind, const T* x, T* y, long n) {
  using V = Vec<T>;
  switch (kind) {
    case TG_TANH:
      return map_vectors(x, y, n, [](V v) { return tg_tanh(v); });
    case TG_SIGMOID:
      return map_vectors(x, y, n, [](V v) { return tg_sigmoid(v); });
    case TG_RELU:
      return map_vectors(x, y, n, [](V v) { return tg_relu(v); });
    case TG_HARD_SIGMOID:
      return map_vectors(x, y, n, [](V v) { return tg_hard_sigmoid(v); });
    case kActivationExp:
      return map_vectors(x, y, n, [](V v) { return tg_exp(v); });
    default:
      if (x != y) map_vectors(x, y, n, [](V v) { return v; });
  }
}

template <int Kind, class T>
inline void map_gradient(const T* y, const T* dy, T* dx, long n) {
  for_each_vector<T>(n, [&](long i, auto at) {
    at.store(dx + i, tg_activate_grad(Kind, at.load(y + i), at.load(dy + i)));
  });
}

template <class T>
void activation_grad(int kind, const T* y, const T* dy, T* dx, long n) {
  switch (kind) {
    case TG_TANH:
      return map_gradient<TG_TANH>(y, dy, dx, n);
    case TG_SIGMOID:
      return map_gradient<TG_SIGMOID>(y, dy, dx, n);
    case TG_RELU:
      return map_gradient<TG_RELU>(y, dy, dx, n);
    case TG_HARD_SIGMOID:
      return map_gradient<TG_HARD_SIGMOID>(y, dy, dx, n);
    case kActivationExp:
      return for_each_vector<T>(
          n, [&](long i, auto at) { at.store(dx + i, tg_mul(at.load(dy + i), at.load(y + i))); });
    default:
      if (dx != dy) map_vectors(dy, dx, n, [](Vec<T> v) { return v; });
  }
}

// On the bits alone, so the compiler's own vectors give the same on every target.
inline void to_bfloat16s(const float* x, bfloat16* y, long n) {
  for (long i = 0; i < n; ++i) y[i] = to_bfloat16(x[i]);
}

inline void to_floats(const bfloat16* x, float* y, long n) {
  for (long i = 0; i < n; ++i) y[i] = to_float(x[i]);
}

template <class T>
void column_sums(const T* x, long rows, long row_stride, T* sums, long columns) {
  for_each_vector<T>(columns, [&](long j, auto at) {
    Vec<T> sum = Vec<T>::zero();
    for (long row = 0; row < rows; ++row) sum = tg_add(sum, at.load(x + row * row_stride + j));
    at.store(sums + j, tg_add(at.load(sums + j), sum));
  });
}

template <class T>
void scatter_add(const std::int32_t* ids, long n, const T* rows, T* table, long stride,
                 long columns) {
  for (long i = 0; i < n; ++i) {
    const T* from = rows + i * stride;
    T* to = table + static_cast<long>(ids[i]) * stride;
    for_each_vector<T>(columns, [&](long j, auto at) {
      at.store(to + j, tg_add(at.load(to + j), at.load(from + j)));
    });
  }
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
