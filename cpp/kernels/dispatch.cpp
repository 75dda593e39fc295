#include "kernels/dispatch.h"

#include <algorithm>
#include <stdexcept>

#include "kernels/built_isas.h"

namespace tidegate {

// Accessors of targets/<isa>.cpp and targets/<isa>_training.cpp.
#define TIDEGATE_DECLARE_TARGET(isa)            \
  namespace isa {                               \
  const KeepingKernels& keeping_kernels();      \
  const KernelTable<float>& table_of_float();   \
  const KernelTable<double>& table_of_double(); \
  const PairKernels& pair_kernels();            \
  }
TIDEGATE_FOR_EACH_ISA(TIDEGATE_DECLARE_TARGET)
namespace avx512_bf16 {
const PairKernels& pair_kernels();
}

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

// In each of the three the caller has checked that there is a table.
template <>
const KernelTable<float>& kernels_of<float>(Isa isa) {
#define TIDEGATE_RETURN_COMPLETE(name)                                                        \
  if (isa == Isa::name) {                                                                     \
    static const KernelTable<float> table =                                                   \
        complete(name::table_of_float(), name::keeping_kernels(), inference_kernels_of(isa)); \
    return table;                                                                             \
  }
  TIDEGATE_FOR_EACH_ISA(TIDEGATE_RETURN_COMPLETE)
  __builtin_unreachable();
}

template <>
const KernelTable<double>& kernels_of<double>(Isa isa) {
#define TIDEGATE_RETURN_DOUBLE(name) \
  if (isa == Isa::name) return name::table_of_double();
  TIDEGATE_FOR_EACH_ISA(TIDEGATE_RETURN_DOUBLE)
  __builtin_unreachable();
}

const PairKernels& pair_kernels_of(Isa isa, [[maybe_unused]] bool native) {
#if defined(TIDEGATE_WITH_AVX512)
  if (isa == Isa::avx512 && native && cpu_multiplies_bfloat16()) {
    return avx512_bf16::pair_kernels();
  }
#endif
#define TIDEGATE_RETURN_PAIRS(name) \
  if (isa == Isa::name) return name::pair_kernels();
  TIDEGATE_FOR_EACH_ISA(TIDEGATE_RETURN_PAIRS)
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
