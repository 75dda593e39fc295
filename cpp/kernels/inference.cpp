#include "kernels/inference.h"

#include <cstdlib>

namespace tidegate {

// The accessor of targets/<isa>.cpp. The build says which there are.
#define TIDEGATE_DECLARE_TARGET(isa)           \
  namespace isa {                              \
  const InferenceKernels& inference_kernels(); \
  }
#if defined(TIDEGATE_WITH_AVX512)
TIDEGATE_DECLARE_TARGET(avx512)
#endif
#if defined(TIDEGATE_WITH_AVX2)
TIDEGATE_DECLARE_TARGET(avx2)
#endif
#if defined(TIDEGATE_WITH_NEON)
TIDEGATE_DECLARE_TARGET(neon)
#endif
#if defined(TIDEGATE_WITH_WASM128)
TIDEGATE_DECLARE_TARGET(wasm128)
#endif
#if defined(TIDEGATE_WITH_SCALAR)
TIDEGATE_DECLARE_TARGET(scalar)
#endif

namespace {

constexpr Isa kBestFirst[] = {
#if defined(TIDEGATE_WITH_AVX512)
    Isa::avx512,
#endif
#if defined(TIDEGATE_WITH_AVX2)
    Isa::avx2,
#endif
#if defined(TIDEGATE_WITH_NEON)
    Isa::neon,
#endif
#if defined(TIDEGATE_WITH_WASM128)
    Isa::wasm128,
#endif
#if defined(TIDEGATE_WITH_SCALAR)
    Isa::scalar,
#endif
};

IsaChoice choose() {
  const IsaList available = available_isas();
  const char* wanted = std::getenv("TIDEGATE_ISA");
  const bool any = wanted == nullptr || *wanted == '\0';
  std::string names;
  for (const Isa isa : available) {
    if (any || isa_name(isa) == std::string(wanted)) return {isa, ""};
    names += (names.empty() ? "" : ", ") + std::string(isa_name(isa));
  }
  if (available.count == 0) {
    return {kBestFirst[0],
            "[dispatch] the processor must support an instruction set of this "
            "build. Received: none of them. Hint: build with scalar among "
            "TIDEGATE_ISAS."};
  }
  return {kBestFirst[0], "[dispatch] TIDEGATE_ISA must be one of this machine's: " + names +
                             ". Received: " + wanted + ". Hint: unset it to use the best, " +
                             isa_name(available.front()) + "."};
}

}  // namespace

IsaList available_isas() {
  IsaList found{};
  for (const Isa isa : kBestFirst) {
    if (cpu_supports(isa)) found.isa[found.count++] = isa;
  }
  return found;
}

const IsaChoice& isa_choice() {
  static const IsaChoice choice = choose();
  return choice;
}

const InferenceKernels& inference_kernels_of(Isa isa) {
#if defined(TIDEGATE_WITH_AVX512)
  if (isa == Isa::avx512) return avx512::inference_kernels();
#endif
#if defined(TIDEGATE_WITH_AVX2)
  if (isa == Isa::avx2) return avx2::inference_kernels();
#endif
#if defined(TIDEGATE_WITH_NEON)
  if (isa == Isa::neon) return neon::inference_kernels();
#endif
#if defined(TIDEGATE_WITH_WASM128)
  if (isa == Isa::wasm128) return wasm128::inference_kernels();
#endif
#if defined(TIDEGATE_WITH_SCALAR)
  if (isa == Isa::scalar) return scalar::inference_kernels();
#endif
  __builtin_unreachable();  // the caller has checked
}

const InferenceKernels& inference_kernels() {
  static const InferenceKernels& kernels = inference_kernels_of(isa_choice().isa);
  return kernels;
}

}  // namespace tidegate
