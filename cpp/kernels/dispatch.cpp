#include "kernels/dispatch.h"

#include <algorithm>
#include <stdexcept>

namespace tidegate {

// Accessors of targets/<isa>.cpp and targets/<isa>_training.cpp. The build says which there are.
#define TIDEGATE_DECLARE_TARGET(isa)            \
  namespace isa {                               \
  const KeepingKernels& keeping_kernels();      \
  const KernelTable<float>& table_of_float();   \
  const KernelTable<double>& table_of_double(); \
  const PairKernels& pair_kernels();            \
  }
#if defined(TIDEGATE_WITH_AVX512)
TIDEGATE_DECLARE_TARGET(avx512)
namespace avx512_bf16 {
const PairKernels& pair_kernels();
}
#endif
#if defined(TIDEGATE_WITH_AVX2)
TIDEGATE_DECLARE_TARGET(avx2)
#endif
#if defined(TIDEGATE_WITH_NEON)
TIDEGATE_DECLARE_TARGET(neon)
#endif
#if defined(TIDEGATE_WITH_SCALAR)
TIDEGATE_DECLARE_TARGET(scalar)
#endif

namespace {

// Training's table of float32 with what is compiled for inference in its places.
KernelTable<float> complete(const KernelTable<float>& training, const KeepingKernels& keeping,
                            const InferenceKernels& inference) {
  KernelTable<float> all = training;
  all.product.product = inference.full.product;
  RecurrentKernels<float>& r = all.recurrent;
  r.lstm[0] = inference.full.lstm;
  r.lstm[1] = keeping.lstm;
  r.gru[0] = inference.full.gru;
  r.gru[1] = keeping.gru;
  r.gru_before_gates = inference.full.gru_before_gates;
  r.gru_before_candidate = inference.full.gru_before_candidate;
  r.simple_rnn = inference.full.simple_rnn;
  all.nn.activation = inference.activation;
  all.nn.softmax = inference.softmax;
  return all;
}

}  // namespace

Isa active_isa() {
  const IsaChoice& choice = isa_choice();
  if (!choice.error.empty()) throw std::invalid_argument(choice.error);
  return choice.isa;
}

template <>
const KernelTable<float>& kernels_of<float>(Isa isa) {
#define TIDEGATE_RETURN_TABLE(name)                                                           \
  if (isa == Isa::name) {                                                                     \
    static const KernelTable<float> table =                                                   \
        complete(name::table_of_float(), name::keeping_kernels(), inference_kernels_of(isa)); \
    return table;                                                                             \
  }
#if defined(TIDEGATE_WITH_AVX512)
  TIDEGATE_RETURN_TABLE(avx512)
#endif
#if defined(TIDEGATE_WITH_AVX2)
  TIDEGATE_RETURN_TABLE(avx2)
#endif
#if defined(TIDEGATE_WITH_NEON)
  TIDEGATE_RETURN_TABLE(neon)
#endif
#if defined(TIDEGATE_WITH_SCALAR)
  TIDEGATE_RETURN_TABLE(scalar)
#endif
#undef TIDEGATE_RETURN_TABLE
  __builtin_unreachable();  // the caller has checked
}

template <>
const KernelTable<double>& kernels_of<double>(Isa isa) {
#if defined(TIDEGATE_WITH_AVX512)
  if (isa == Isa::avx512) return avx512::table_of_double();
#endif
#if defined(TIDEGATE_WITH_AVX2)
  if (isa == Isa::avx2) return avx2::table_of_double();
#endif
#if defined(TIDEGATE_WITH_NEON)
  if (isa == Isa::neon) return neon::table_of_double();
#endif
#if defined(TIDEGATE_WITH_SCALAR)
  if (isa == Isa::scalar) return scalar::table_of_double();
#endif
  __builtin_unreachable();
}

const PairKernels& pair_kernels_of(Isa isa, bool native) {
#if defined(TIDEGATE_WITH_AVX512)
  if (isa == Isa::avx512 && native && cpu_multiplies_bfloat16()) {
    return avx512_bf16::pair_kernels();
  }
  if (isa == Isa::avx512) return avx512::pair_kernels();
#endif
#if defined(TIDEGATE_WITH_AVX2)
  if (isa == Isa::avx2) return avx2::pair_kernels();
#endif
#if defined(TIDEGATE_WITH_NEON)
  if (isa == Isa::neon) return neon::pair_kernels();
#endif
#if defined(TIDEGATE_WITH_SCALAR)
  if (isa == Isa::scalar) return scalar::pair_kernels();
#endif
  (void)native;
  __builtin_unreachable();
}

const PairKernels& pair_kernels() { return pair_kernels_of(active_isa(), true); }

const char* pair_isa_name() {
  const bool native = active_isa() == Isa::avx512 && cpu_multiplies_bfloat16();
  return native ? "avx512_bf16" : isa_name(active_isa());
}

const KernelTable<float>& pair_table() {
  static const KernelTable<float> table = [] {
    KernelTable<float> all = kernels<float>();
    const PairKernels& pairs = pair_kernels();
    all.product = {.product = pairs.product, .outer = pairs.outer};
    RecurrentKernels<float>& r = all.recurrent;
    std::copy_n(pairs.lstm, 2, r.lstm);
    std::copy_n(pairs.gru, 2, r.gru);
    r.gru_before_gates = pairs.gru_before_gates;
    r.gru_before_candidate = pairs.gru_before_candidate;
    r.simple_rnn = pairs.simple_rnn;
    r.lstm_project = r.gru_project = r.simple_rnn_project = nullptr;
    return all;
  }();
  return table;
}

template <class T>
const KernelTable<T>& kernels() {
  static const KernelTable<T>& table = kernels_of<T>(active_isa());
  return table;
}
template const KernelTable<float>& kernels<float>();
template const KernelTable<double>& kernels<double>();

}  // namespace tidegate
