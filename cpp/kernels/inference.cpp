#include "kernels/inference.h"

#include <cstdlib>

#include "kernels/built_isas.h"

namespace tidegate {

// Accessors of targets/<isa>.cpp.
#define TIDEGATE_DECLARE_TARGET(isa)           \
  namespace isa {                              \
  const InferenceKernels& inference_kernels(); \
  const CompactKernels& bytes_kernels();       \
  }
TIDEGATE_FOR_EACH_ISA(TIDEGATE_DECLARE_TARGET)
namespace avx512_vnni {
const CompactKernels& bytes_kernels();
}
namespace neon_dot {
const CompactKernels& bytes_kernels();
}

namespace {

#define TIDEGATE_NAME(isa) Isa::isa,
constexpr Isa kBestFirst[] = {TIDEGATE_FOR_EACH_ISA(TIDEGATE_NAME)};

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
#define TIDEGATE_RETURN_KERNELS(name) \
  if (isa == Isa::name) return name::inference_kernels();
  TIDEGATE_FOR_EACH_ISA(TIDEGATE_RETURN_KERNELS)
  __builtin_unreachable();  // the caller has checked
}

const CompactKernels& bytes_kernels_of(Isa isa, [[maybe_unused]] bool native) {
#if defined(TIDEGATE_WITH_AVX512)
  if (isa == Isa::avx512 && native && cpu_multiplies_bytes()) return avx512_vnni::bytes_kernels();
#endif
#if defined(TIDEGATE_WITH_NEON)
  if (isa == Isa::neon && native && cpu_multiplies_bytes()) return neon_dot::bytes_kernels();
#endif
#define TIDEGATE_RETURN_BYTES(name) \
  if (isa == Isa::name) return name::bytes_kernels();
  TIDEGATE_FOR_EACH_ISA(TIDEGATE_RETURN_BYTES)
  __builtin_unreachable();  // the caller has checked
}

const CompactKernels& bytes_kernels() {
  static const CompactKernels& kernels = bytes_kernels_of(isa_choice().isa, true);
  return kernels;
}

const InferenceKernels& inference_kernels() {
  static const InferenceKernels& kernels = inference_kernels_of(isa_choice().isa);
  return kernels;
}

}  // namespace tidegate
