// All kernels of the instruction set that kernels/inference.h chooses, training's too.
#pragma once

#include "kernels/inference.h"
#include "kernels/table.h"

namespace tidegate {

// That of isa_choice(). Throws std::invalid_argument with its error if there is none.
Isa active_isa();

// The table of the active ISA; T is float or double.
template <class T>
const KernelTable<T>& kernels();

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
