// Which kernels run: the best that this processor and operating system support, or what
// TIDEGATE_ISA names.
#pragma once

#include <vector>

#include "core/cpu.h"
#include "kernels/table.h"

namespace tidegate {

// Supported here, best first. scalar is always last.
std::vector<Isa> available_isas();

// Chosen on first use: TIDEGATE_ISA if set, else the best. Throws std::invalid_argument, naming the
// choices, if the variable names an ISA that does not exist or that this machine lacks.
Isa active_isa();

// The table of the active ISA; T is float or double.
template <class T>
const KernelTable<T>& kernels();

// Those of the active ISA that read weights in bfloat16.
const StepKernels& bfloat16_kernels();

// Products of bfloat16: the kernels of the active ISA with those of `pair_kernels()` in their
// place, and what they run on: "avx512_bf16" where the processor multiplies pairs itself, else the
// active ISA. The bits are the same everywhere.
const KernelTable<float>& pair_table();
const PairKernels& pair_kernels();
const char* pair_isa_name();

// The table of one ISA, for tests that compare them. The caller has checked that it is available.
template <class T>
const KernelTable<T>& kernels_of(Isa isa);
// `native`: by the processor's own instruction for pairs, if it has one.
const PairKernels& pair_kernels_of(Isa isa, bool native);

}  // namespace tidegate
