"""The two texts of an exported model: the C file and its header."""

from __future__ import annotations

from ..._version import __version__
from .program import Program
from .text import installed_text, shared_text

__all__ = ["header", "source"]


def header(program: Program, title: str) -> str:
    """The text of the header; ``title`` says what the network is."""
    name, upper = program.name, program.name.upper()
    sizes = "\n".join(f"#define {upper}_{key} {value}" for key, value in program.sizes.items())
    fields = "\n".join(f"  float {key}[{size}];" for key, size in program.fields.items())
    return f"""\
/* {title}
 * Written by tidegate {__version__}. One step at a time:
 *
 *   static {name}_state state;
 *   {name}_init(&state);
 *   {_example(program)}
 *
 * Any number of states share the weights, which are constants. A step allocates nothing. */
#ifndef {upper}_H
#define {upper}_H

#include <stdint.h>

{sizes}

#ifdef __cplusplus
extern "C" {{
#endif

/* What one stream carries from step to step, and room to compute in. */
typedef struct {{
{fields or "  char nothing;"}
}} {name}_state;

/* Before the first step. */
void {name}_init({name}_state* state);

/* The next step begins a new sequence. */
void {name}_reset({name}_state* state);

{_promise(program)}
{_signature(program)};

#ifdef __cplusplus
}}
#endif
#endif
"""


def source(program: Program, title: str, freestanding: bool) -> str:
    """The text of the C file."""
    name = program.name
    parts = [
        _heading(program, title, freestanding),
        f'#include "{name}.h"\n',
        shared_text(program.functions, program.activations, freestanding),
        f"/* Weights. */\n\n{program.constants}",
        _functions(program),
        _self_test(program, freestanding),
    ]
    return "\n".join(parts)


def _heading(program: Program, title: str, freestanding: bool) -> str:
    upper = program.name.upper()
    library = (
        "No library is used. Where the processor has no fused multiply-add, results differ from\n"
        " * the runtime's in the last bits."
        if freestanding
        else "Without an instruction for fused multiply-adds (x86: -mfma) each is a call of fmaf,\n"
        " * exact and slow; export with freestanding=True uses no library."
    )
    return f"""\
/* {title}
 * Written by tidegate {__version__}; do not edit. C99, also C++:
 *
 *   cc -std=c99 -O2 -c {program.name}.c
 *
 * Results have the bits of tidegate's own runtime, provided that the compiler neither fuses nor
 * reorders (gcc -std=c99 does not, -std=gnu99 needs -ffp-contract=off; never -ffast-math) and that
 * no number is subnormal: the runtime flushes those to zero.
 * {library}
 * Compiled with -D{upper}_SELF_TEST this file is a program that compares a stored sequence: exit
 * status 0 if all is well. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif
"""


def _functions(program: Program) -> str:
    name = program.name
    zeros = "\n".join(
        f"  tg_start(state->{key}, 0, {program.fields[key]});" for key in program.reset
    )
    calls = "\n".join(f"  {call}" for call in program.step)
    check = (
        f"  if (x < 0 || x >= {name.upper()}_INPUT_LIMIT) return 1;\n" if program.reads_ids else ""
    )
    unused = "" if "state" in calls else "  (void)state;\n"
    end = "  return 0;\n" if program.reads_ids else ""
    return f"""\
void {name}_init({name}_state* state) {{ {name}_reset(state); }}

void {name}_reset({name}_state* state) {{
{zeros or "  (void)state;"}
}}

{_signature(program)} {{
{check}{unused}{calls}
{end}}}
"""


def _signature(program: Program) -> str:
    if program.reads_ids:
        return f"int {program.name}_step({program.name}_state* state, int32_t x, float* y)"
    return f"void {program.name}_step({program.name}_state* state, const float* x, float* y)"


def _promise(program: Program) -> str:
    upper = program.name.upper()
    if program.reads_ids:
        return (
            f"/* x in [0, {upper}_INPUT_LIMIT) -> y [{upper}_OUTPUT_SIZE]. Returns 0, or 1 if x\n"
            " * is no such id; then nothing has happened. */"
        )
    return f"/* x [{upper}_INPUT_SIZE] -> y [{upper}_OUTPUT_SIZE], which do not overlap. */"


def _example(program: Program) -> str:
    name = program.name
    call = f"{name}_step(&state, x, y)"
    return f"if ({call} != 0) ...;" if program.reads_ids else f"{call};"


def _self_test(program: Program, freestanding: bool) -> str:
    name, upper = program.name, program.name.upper()
    stdio = "" if freestanding else "#include <stdio.h>\n\n"
    step = f"{name}_step(&state, self_test_x[t], y)"
    step = f"others += {step};" if program.reads_ids else f"{step};"
    result = (
        ""
        if freestanding
        else f'  printf("{name}: %ld of %ld values differ from the stored ones\\n", others, '
        f"steps * {upper}_OUTPUT_SIZE);\n"
    )
    return f"""\
#ifdef {upper}_SELF_TEST
/* What the runtime made of x when this file was written. */
{stdio}{installed_text("agrees.h")}
{program.self_test}
int main(void) {{
  static {name}_state state;
  const long steps = (long)(sizeof self_test_x / sizeof self_test_x[0]);
  long others = 0, t, j;
  {name}_init(&state);
  for (t = 0; t < steps; ++t) {{
    float y[{upper}_OUTPUT_SIZE];
    {step}
    for (j = 0; j < {upper}_OUTPUT_SIZE; ++j) others += !tg_agrees(y[j], self_test_y[t][j]);
  }}
{result}  return others != 0;
}}
#endif
"""
