// Which kernels run: the best that this processor and operating system support, or what
// TIDEGATE_ISA names; and those of them that the inference runtime needs.
#pragma once

#include <string>

#include "core/cpu.h"
#include "kernels/inference_table.h"

namespace tidegate {

// The instruction sets that this library was built with and this machine supports, best first.
struct IsaList {
  Isa isa[4];
  int count;

  const Isa* begin() const { return isa; }
  const Isa* end() const { return isa + count; }
  Isa front() const { return isa[0]; }
};
IsaList available_isas();

// Chosen on first use: TIDEGATE_ISA if set, else the best. If there is none, because the variable
// names one that does not exist or that this machine lacks, `error` says so and names the choices.
struct IsaChoice {
  Isa isa;
  std::string error;
};
const IsaChoice& isa_choice();

// Those of the chosen instruction set, which there must be.
const InferenceKernels& inference_kernels();

// The products that its steps over weights of 8 bits call: by the processor's own instruction where
// it has one. The bits are the same everywhere.
const CompactKernels& bytes_kernels();

// Those of one, for tests that compare them. The caller has checked that it is available.
const InferenceKernels& inference_kernels_of(Isa isa);
const CompactKernels& bytes_kernels_of(Isa isa, bool native);

}  // namespace tidegate
