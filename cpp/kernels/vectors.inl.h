// Loops over an array, one vector at a time, and sums whose order does not depend on the width of a
// vector.
namespace tidegate::TIDEGATE_TARGET {
namespace {

// Into the core's second cache: what is needed thousands of cycles later would only push other
// lines out of the first. Always inlined, as everything around it must be: gcc 12 takes a function
// that only prefetches for one without effect and drops its calls.
inline __attribute__((always_inline)) void tg_prefetch(const void* p) {
  __builtin_prefetch(p, 0, 2);
}

// How a vector of a loop meets memory: whole, or its first n lanes.
template <class T>
struct Whole {
  static Vec<T> load(const T* p) { return Vec<T>::load(p); }
  static void store(T* p, Vec<T> v) { v.store(p); }
  static Vec<T> keep(Vec<T> v) { return v; }
  static Vec<T> keep_or(Vec<T> v, Vec<T>) { return v; }
};
template <class T>
struct Part {
  long n;
  Vec<T> load(const T* p) const { return Vec<T>::load(p, n); }
  void store(T* p, Vec<T> v) const { v.store(p, n); }
  // The first n lanes of v, in the others zero (or what `other` has there).
  Vec<T> keep(Vec<T> v) const { return tg_keep(v, n); }
  Vec<T> keep_or(Vec<T> v, Vec<T> other) const {
    T lanes[Vec<T>::kLanes];
    other.store(lanes);
    v.store(lanes, n);
    return Vec<T>::load(lanes);
  }
};

// body(i, at) for vectors that cover [0, n): `at` loads from and stores to p + i. The last, partial
// vector takes the same instructions per lane as all others, so no value depends on its place.
template <class T, class Body>
inline void for_each_vector(long n, Body&& body) {
  constexpr long L = Vec<T>::kLanes;
  long i = 0;
  for (; i + L <= n; i += L) body(i, Whole<T>{});
  if (i < n) body(i, Part<T>{n - i});
}

// kSumChains chains in as many vectors as that takes.
template <class T>
struct Chains {
  static constexpr long L = Vec<T>::kLanes;
  static constexpr int kVectors = static_cast<int>(kSumChains / L);
  Vec<T> v[kVectors];

  explicit Chains(Vec<T> start) {
    for (int i = 0; i < kVectors; ++i) v[i] = start;
  }
};

// chains = step(chains, i, at) for each value of [0, n), value i in chain i mod 16. Chains without
// a value in the last, partial block keep what they have.
template <class T, class Step>
inline void for_each_chain(long n, Chains<T>& chains, Step&& step) {
  constexpr long L = Vec<T>::kLanes;
  constexpr int kVectors = Chains<T>::kVectors;
  long i = 0;
  for (; i + kSumChains <= n; i += kSumChains) {
    for (int v = 0; v < kVectors; ++v) chains.v[v] = step(chains.v[v], i + v * L, Whole<T>{});
  }
  for (int v = 0; v < kVectors; ++v, i += L) {
    const long left = n - i;
    if (left >= L) {
      chains.v[v] = step(chains.v[v], i, Whole<T>{});
    } else if (left > 0) {
      chains.v[v] = step(chains.v[v], i, Part<T>{left});
    }
  }
}

// Folds the chains in halves.
template <class T, class Combine>
inline T fold(const Chains<T>& chains, Combine&& combine) {
  T lane[kSumChains];
  for (int v = 0; v < Chains<T>::kVectors; ++v) chains.v[v].store(lane + v * Vec<T>::kLanes);
  for (long half = kSumChains / 2; half > 0; half /= 2) {
    for (long j = 0; j < half; ++j) lane[j] = combine(lane[j], lane[j + half]);
  }
  return lane[0];
}

template <class T>
inline T fold_sum(const Chains<T>& chains) {
  return fold(chains, [](T a, T b) { return a + b; });
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
