"""The two texts of an exported model: the C file and its header."""

from __future__ import annotations

from ..._version import __version__
from .program import Parameter, Program
from .self_test import STEPS
from .text import installed_text, shared_text

__all__ = ["header", "source"]


def header(program: Program, title: str) -> str:
    """The text of the header; ``title`` says what the network is."""
    name, upper = program.name, program.name.upper()
    fields = "\n".join(f"  {field.declaration}" for field in program.fields)
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

{_sizes(program)}

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


def source(program: Program, title: str, stored: str, freestanding: bool) -> str:
    """The text of the C file; ``stored`` are the constants of the self-test."""
    parts = [
        _heading(program, title, freestanding),
        f'#include "{program.name}.h"\n',
        shared_text(program.functions, program.activations, program.products, freestanding),
        f"/* Weights. */\n\n{program.constants}",
        _functions(program),
        _self_test(program, stored, freestanding),
    ]
    return "\n".join(parts)


def _heading(program: Program, title: str, freestanding: bool) -> str:
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
 * Compiled with -D{program.name.upper()}_SELF_TEST this file is a program that compares a stored
 * sequence: exit status 0 if all is well. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif
"""


def _functions(program: Program) -> str:
    name = program.name
    resets = "\n".join(f"  {field.reset}" for field in program.fields if field.reset)
    calls = "\n".join(f"  {call}" for call in program.step)
    checks = "".join(
        f"  if ({given.name} < 0 || {given.name} >= {_macro(program, given, 'LIMIT')}) return 1;\n"
        for given in program.inputs
        if given.limit
    )
    unused = "" if "state->" in calls else "  (void)state;\n"
    end = "  return 0;\n" if program.reads_ids else ""
    return f"""\
void {name}_init({name}_state* state) {{ {name}_reset(state); }}

void {name}_reset({name}_state* state) {{
{resets or "  (void)state;"}
}}

{_signature(program)} {{
{checks}{unused}{calls}
{end}}}
"""


def _macro(program: Program, parameter: Parameter, what: str) -> str:
    return f"{program.name.upper()}_{parameter.macro}_{what}"


def _sizes(program: Program) -> str:
    lines = []
    for parameter in (*program.inputs, *program.outputs):
        lines.append(f"#define {_macro(program, parameter, 'SIZE')} {parameter.size}")
        if parameter.limit:
            lines.append(f"#define {_macro(program, parameter, 'LIMIT')} {parameter.limit}")
    lines.append(f"#define {program.name.upper()}_MULTIPLY_ADDS {program.multiply_adds}")
    return "\n".join(lines)


def _signature(program: Program) -> str:
    given = [
        f"int32_t {x.name}" if x.limit else f"const float* {x.name}" for x in program.inputs
    ] + [f"float* {y.name}" for y in program.outputs]
    result = "int" if program.reads_ids else "void"
    return f"{result} {program.name}_step({program.name}_state* state, {', '.join(given)})"


def _promise(program: Program) -> str:
    """The comment above the declaration of a step."""
    reads = [
        f"{x.name} in [0, {_macro(program, x, 'LIMIT')})"
        if x.limit
        else f"{x.name} [{_macro(program, x, 'SIZE')}]"
        for x in program.inputs
    ]
    gives = [f"{y.name} [{_macro(program, y, 'SIZE')}]" for y in program.outputs]
    text = f"/* {', '.join(reads)} -> {', '.join(gives)}.\n * Arrays do not overlap."
    if program.reads_ids:
        text += " Returns 0, or 1 if an id is out of its range; then nothing has happened."
    return text + " */"


def _example(program: Program) -> str:
    names = ", ".join(one.name for one in (*program.inputs, *program.outputs))
    call = f"{program.name}_step(&state, {names})"
    return f"if ({call} != 0) ...;" if program.reads_ids else f"{call};"


def _self_test(program: Program, stored: str, freestanding: bool) -> str:
    name = program.name
    stdio = "" if freestanding else "#include <stdio.h>\n\n"
    places = "\n".join(f"    float {y.name}[{y.size}];" for y in program.outputs)
    given = [f"stored_{x.name}[t]" for x in program.inputs] + [y.name for y in program.outputs]
    step = f"{name}_step(&state, {', '.join(given)});"
    compares = "\n".join(
        f"    for (j = 0; j < {y.size}; ++j) {{\n"
        f"      others += !tg_agrees({y.name}[j], stored_{y.name}[t][j]);\n    }}"
        for y in program.outputs
    )
    values = STEPS * sum(y.size for y in program.outputs)
    result = (
        ""
        if freestanding
        else f'  printf("{name}: %ld of {values} values differ from the stored ones\\n", others);\n'
    )
    return f"""\
#ifdef {name.upper()}_SELF_TEST
{stdio}{installed_text("agrees.h")}
/* Some steps, and the bits of what the runtime made of them when this file was written. */
{stored}
int main(void) {{
  static {name}_state state;
  long others = 0, t, j;
  {name}_init(&state);
  for (t = 0; t < {STEPS}; ++t) {{
{places}
    {f"others += {step}" if program.reads_ids else step}
{compares}
  }}
{result}  return others != 0;
}}
#endif
"""
