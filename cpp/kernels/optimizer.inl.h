// Keras 3.15.1's updates, one pass over memory: gradient clipping and decoupled weight decay ride
// along. Slots: sgd [momentum]; rmsprop [velocity, momentum, average gradient]; adam [momentum,
// velocity, largest velocity]. Those that the hyper-parameters do not call for are null.
namespace tidegate::TIDEGATE_TARGET {
namespace {

template <class T>
struct Gradient {
  using V = Vec<T>;
  const OptimizerArgs<T>& p;
  const V first = tg_set<V>(p.clip_first);
  const V second = tg_set<V>(p.clip_second);
  const V low = tg_neg(first);

  template <class At>
  V load(long i, At at) const {
    const V g = at.load(p.g + i);
    switch (p.clip) {
      case Clip::value:
        return tg_min(first, tg_max(low, g));
      case Clip::norm:
        return tg_div(tg_mul(g, first), second);
      case Clip::scale:
        return tg_mul(g, first);
      default:
        return g;
    }
  }
};

template <class T>
struct Weight {
  using V = Vec<T>;
  const OptimizerArgs<T>& p;
  const V decay = tg_set<V>(p.decay);
  const V rate = tg_set<V>(p.learning_rate);

  template <class At>
  V load(long i, At at) const {
    const V w = at.load(p.w + i);
    return p.decay != T(0) ? tg_sub(w, tg_mul(tg_mul(w, decay), rate)) : w;
  }
};

// m = m * momentum - g * learning_rate; w += m, with nesterov w += m * momentum - g *
// learning_rate.
template <class T>
void sgd(const OptimizerArgs<T>& p) {
  using V = Vec<T>;
  const Gradient<T> gradient{p};
  const Weight<T> weight{p};
  const V momentum = tg_set<V>(p.rate_first);
  for_each_vector<T>(p.n, [&](long i, auto at) {
    const V step = tg_mul(gradient.load(i, at), weight.rate);
    const V w = weight.load(i, at);
    if (p.slot[0] == nullptr) return at.store(p.w + i, tg_sub(w, step));
    const V m = tg_sub(tg_mul(at.load(p.slot[0] + i), momentum), step);
    at.store(p.slot[0] + i, m);
    at.store(p.w + i, tg_add(w, p.nesterov ? tg_sub(tg_mul(m, momentum), step) : m));
  });
}

// v = rho v + (1 - rho) g^2; centered a = rho a + (1 - rho) g; increment = lr g / sqrt(v [- a^2] +
// epsilon); with momentum m = momentum m + increment is taken off instead.
template <class T>
void rmsprop(const OptimizerArgs<T>& p) {
  using V = Vec<T>;
  const Gradient<T> gradient{p};
  const Weight<T> weight{p};
  const V rho = tg_set<V>(p.rate_first);
  const V rest = tg_set<V>(p.rate_second);
  const V momentum = tg_set<V>(p.momentum);
  const V epsilon = tg_set<V>(p.epsilon);
  for_each_vector<T>(p.n, [&](long i, auto at) {
    const V g = gradient.load(i, at);
    const V v = tg_add(tg_mul(rho, at.load(p.slot[0] + i)), tg_mul(rest, tg_mul(g, g)));
    at.store(p.slot[0] + i, v);
    V denominator = tg_add(v, epsilon);
    if (p.slot[2] != nullptr) {
      const V a = tg_add(tg_mul(rho, at.load(p.slot[2] + i)), tg_mul(rest, g));
      at.store(p.slot[2] + i, a);
      denominator = tg_add(tg_sub(v, tg_mul(a, a)), epsilon);
    }
    V step = tg_div(tg_mul(weight.rate, g), tg_sqrt(denominator));
    if (p.slot[1] != nullptr) {
      step = tg_add(tg_mul(momentum, at.load(p.slot[1] + i)), step);
      at.store(p.slot[1] + i, step);
    }
    at.store(p.w + i, tg_sub(weight.load(i, at), step));
  });
}

// m += (g - m) (1 - beta_1); v += (g^2 - v) (1 - beta_2); w -= m alpha / (sqrt(v) + epsilon).
template <class T>
void adam(const OptimizerArgs<T>& p) {
  using V = Vec<T>;
  const Gradient<T> gradient{p};
  const Weight<T> weight{p};
  const V alpha = tg_set<V>(p.step);
  const V first = tg_set<V>(p.rate_first);
  const V second = tg_set<V>(p.rate_second);
  const V epsilon = tg_set<V>(p.epsilon);
  for_each_vector<T>(p.n, [&](long i, auto at) {
    const V g = gradient.load(i, at);
    V m = at.load(p.slot[0] + i);
    m = tg_add(m, tg_mul(tg_sub(g, m), first));
    at.store(p.slot[0] + i, m);
    V v = at.load(p.slot[1] + i);
    v = tg_add(v, tg_mul(tg_sub(tg_mul(g, g), v), second));
    at.store(p.slot[1] + i, v);
    if (p.slot[2] != nullptr) {
      v = tg_max(at.load(p.slot[2] + i), v);
      at.store(p.slot[2] + i, v);
    }
    const V step = tg_div(tg_mul(m, alpha), tg_add(tg_sqrt(v), epsilon));
    at.store(p.w + i, tg_sub(weight.load(i, at), step));
  });
}

template <class T>
T sum_of_squares(const T* x, long n) {
  using V = Vec<T>;
  Chains<T> chains(V::zero());
  for_each_chain(n, chains, [&](V sum, long i, auto at) {
    const V v = at.load(x + i);
    return tg_fma(v, v, sum);
  });
  return fold_sum(chains);
}

}  // namespace
}  // namespace tidegate::TIDEGATE_TARGET
