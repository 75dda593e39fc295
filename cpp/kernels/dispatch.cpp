#include "kernels/dispatch.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace tidegate {

// One pair of accessors per targets/<isa>.cpp.
#define TIDEGATE_DECLARE_TARGET(isa)            \
  namespace isa {                               \
  const KernelTable<float>& table_of_float();   \
  const KernelTable<double>& table_of_double(); \
  const StepKernels& bfloat16_kernels();        \
  const PairKernels& pair_kernels();            \
  }
TIDEGATE_DECLARE_TARGET(scalar)
#if defined(__x86_64__)
TIDEGATE_DECLARE_TARGET(avx2)
TIDEGATE_DECLARE_TARGET(avx512)
namespace avx512_bf16 {
const PairKernels& pair_kernels();
}
#endif

namespace {

constexpr Isa kBestFirst[] = {
#if defined(__x86_64__)
    Isa::avx512, Isa::avx2,
#endif
    Isa::scalar};

Isa choose() {
  const std::vector<Isa> available = available_isas();
  const char* wanted = std::getenv("TIDEGATE_ISA");
  if (wanted == nullptr || *wanted == '\0') return available.front();
  std::string names;
  for (const Isa isa : available) {
    if (isa_name(isa) == std::string(wanted)) return isa;
    names += (names.empty() ? "" : ", ") + std::string(isa_name(isa));
  }
  throw std::invalid_argument("[dispatch] TIDEGATE_ISA must be one of this machine's: " + names +
                              ". Received: " + wanted + ". Hint: unset it to use the best, " +
                              std::string(isa_name(available.front())) + ".");
}

}  // namespace

std::vector<Isa> available_isas() {
  std::vector<Isa> found;
  for (const Isa isa : kBestFirst) {
    if (cpu_supports(isa)) found.push_back(isa);
  }
  return found;
}

Isa active_isa() {
  static const Isa chosen = choose();
  return chosen;
}

template <>
const KernelTable<float>& kernels_of<float>(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx512) return avx512::table_of_float();
  if (isa == Isa::avx2) return avx2::table_of_float();
#endif
  (void)isa;
  return scalar::table_of_float();
}

template <>
const KernelTable<double>& kernels_of<double>(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx512) return avx512::table_of_double();
  if (isa == Isa::avx2) return avx2::table_of_double();
#endif
  (void)isa;
  return scalar::table_of_double();
}

const StepKernels& bfloat16_kernels() {
#if defined(__x86_64__)
  if (active_isa() == Isa::avx512) return avx512::bfloat16_kernels();
  if (active_isa() == Isa::avx2) return avx2::bfloat16_kernels();
#endif
  return scalar::bfloat16_kernels();
}

const PairKernels& pair_kernels_of(Isa isa, bool native) {
#if defined(__x86_64__)
  if (isa == Isa::avx512 && native && cpu_multiplies_bfloat16()) {
    return avx512_bf16::pair_kernels();
  }
  if (isa == Isa::avx512) return avx512::pair_kernels();
  if (isa == Isa::avx2) return avx2::pair_kernels();
#endif
  (void)isa;
  (void)native;
  return scalar::pair_kernels();
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
