"""The check of the micro-kernels' code finds what it is there for, in listings made up for it."""

from __future__ import annotations

import disassembly
import pytest

ISA = "avx2"
SYMBOL = "void tidegate::avx2::(anonymous namespace)::outer_tile<3, 1, true, float>(args)"
BEFORE = ["vxorps %xmm4,%xmm4,%xmm4", "xor    %eax,%eax"]
LOOP = [
    "vmovups (%r9,%rax,1),%ymm3",
    "vbroadcastss (%rdx),%ymm2",
    "vbroadcastss 0x4(%rdx),%ymm1",
    "vbroadcastss 0x8(%rdx),%ymm0",
    "lea    0x18(%rdx),%rdx",
    "vfmadd231ps %ymm3,%ymm2,%ymm6",
    "vfmadd231ps %ymm3,%ymm1,%ymm5",
    "vfmadd231ps %ymm3,%ymm0,%ymm4",
    "cmp    %rcx,(%rdi)",
]
AFTER = ["vaddps (%rbx),%ymm4,%ymm4", "vmovups %ymm4,(%rbx)", "ret"]


NEON_LOOP = [
    "ldp q20, q21, [x3]",
    "ldr q22, [x3, #32]",
    "ldr s23, [x1, x0, lsl #2]",
    "ld1r {v24.4s}, [x2], #4",
    "fmla v0.4s, v20.4s, v23.s[0]",
    "fmla v1.4s, v21.4s, v23.s[0]",
    "fmla v2.4s, v22.4s, v23.s[0]",
    "fmla v3.4s, v20.4s, v24.4s",
    "fmla v4.4s, v21.4s, v24.4s",
    "fmla v5.4s, v22.4s, v24.4s",
    "add x0, x0, #0x1",
    "cmp x0, x4",
]
NEON_SYMBOL = "tidegate::neon::(anonymous namespace)::outer_tile<2, 3, true, float>(args)"


def listing(loop=LOOP, before=BEFORE, symbol=SYMBOL, jump="jg    "):
    lines = [*before, *loop, f"{jump} TOP", *AFTER]
    text = [f"0000000000000100 <{symbol}>:"]
    for i, line in enumerate(lines):
        jump = f"{0x100 + len(before):x} <{symbol}+0x2>"
        text.append(f"     {0x100 + i:x}:\t{line.replace('TOP', jump)}")
    return "\n".join(text) + "\n"


def findings(monkeypatch, text, isa=ISA):
    monkeypatch.setattr(disassembly, "required", lambda isa: [])
    number, found = disassembly.check(text, isa)
    assert number == 1
    return found


def test_a_clean_loop_passes(monkeypatch):
    assert findings(monkeypatch, listing()) == []


def test_a_loop_of_two_k_may_load_twice_as_much(monkeypatch):
    assert findings(monkeypatch, listing(LOOP + LOOP[:-1])) == []


UNPACKED = SYMBOL.replace("true", "false")
POINTER_PER_K = ["mov    (%r8),%rdx", *LOOP]


def test_an_outer_product_of_unpacked_rows_reads_one_pointer_per_k(monkeypatch):
    assert findings(monkeypatch, listing(POINTER_PER_K, symbol=UNPACKED)) == []
    [found] = findings(monkeypatch, listing(POINTER_PER_K))
    assert "6 loads for 1 k, at most 5" in found


@pytest.mark.parametrize(
    "line",
    [
        "vmovaps -0x20(%rsp),%ymm6",
        "mov    -0x8(%rsp),%r9",
        "mov    %r9,-0x8(%rsp)",
        "vmovaps %ymm6,%ymm7",
        "vmovq  %xmm9,%r10",
    ],
)
def test_no_outer_product_may_spill_what_it_sums(monkeypatch, line):
    found = findings(monkeypatch, listing([*POINTER_PER_K, line], symbol=UNPACKED))
    assert any(" ".join(line.split()) in one for one in found), found


PANELS = disassembly.Tile("fill", (1, 1, 0, 1), (1, 4), "float")
PANELS_LOOP = [
    *(f"vmovups {32 * i}(%r9),%ymm{8 + i}" for i in range(4)),
    "vbroadcastss (%rdx),%ymm2",
    *(f"vfmadd231ps %ymm{8 + i},%ymm2,%ymm{4 + i}" for i in range(4)),
]


@pytest.mark.parametrize("pointer", ["mov    -0x8(%rsp),%r9", "vmovq  %xmm9,%r9"])
def test_four_panels_may_read_one_pointer_again_per_k(pointer):
    def found(number):
        loop = listing([pointer] * number + PANELS_LOOP, symbol=f"k::{PANELS}(p)")
        [(tile, body)] = disassembly.tiles(loop)
        [inner] = disassembly.inner_loops(body)
        return disassembly.faults(inner, tile, 4, r"%rsp", ISA)

    assert found(0) == found(1) == []
    assert found(2)


def replaced(old, *new):
    at = LOOP.index(old)
    return [*LOOP[:at], *new, *LOOP[at + 1 :]]


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ([*LOOP, "vmovaps %ymm6,-0x20(%rsp)"], "accesses to the stack: spilled"),
        ([*LOOP, "mov    0x8(%rsp),%r9"], "accesses to the stack: spilled"),
        ([*LOOP, "vmovups %ymm6,(%rbx)"], "1 stores, first `vmovups %ymm6,(%rbx)`"),
        ([*LOOP, "vmovups 0x20(%r9),%ymm3"], "6 loads for 1 k, at most 5"),
        ([*LOOP, "mov    (%r8),%r9"], "6 loads for 1 k, at most 5"),
        ([*LOOP, "vmovaps %ymm6,%ymm7"], "1 moves between registers"),
        (replaced(LOOP[5], "vmulps %ymm3,%ymm2,%ymm6"), "0 loops over k with 3 multiply-adds"),
        (replaced(LOOP[5], "vfmadd231ss %xmm3,%xmm2,%xmm6"), "0 loops over k with 3"),
    ],
)
def test_a_planted_fault_is_found(monkeypatch, loop, expected):
    found = findings(monkeypatch, listing(loop))
    assert any(expected in line for line in found), found
    assert all(line.startswith("outer_tile<3, 1, true, float>: ") for line in found)


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        (NEON_LOOP, None),
        ([*NEON_LOOP, "ldr q3, [sp, #16]"], "accesses to the stack: spilled"),
        ([*NEON_LOOP, "str q3, [x5]"], "1 stores, first `str q3, [x5]`"),
        ([*NEON_LOOP, "mov v7.16b, v3.16b"], "1 moves between registers"),
        ([*NEON_LOOP, "ldp q25, q26, [x5]"], "7 loads for 1 k, at most 6"),
        (NEON_LOOP[:4] + NEON_LOOP[5:], "0 loops over k with 6 multiply-adds"),
    ],
)
@pytest.mark.parametrize("jump", ["b.lt", "cbnz x6,"])
def test_code_of_aarch64_is_read_too(monkeypatch, jump, loop, expected):
    found = findings(monkeypatch, listing(loop, symbol=NEON_SYMBOL, jump=jump), "neon")
    if expected is None:
        assert found == []
    else:
        assert any(expected in line for line in found), found


def test_rbp_is_the_stack_only_where_it_is_the_frame(monkeypatch):
    loop = replaced("vmovups (%r9,%rax,1),%ymm3", "vmovups -0x30(%rbp),%ymm3")
    assert findings(monkeypatch, listing(loop)) == []
    found = findings(monkeypatch, listing(loop, ["push   %rbp", "mov    %rsp,%rbp"]))
    assert "1 accesses to the stack" in found[0]


def test_a_kernel_that_is_not_there_is_a_finding():
    number, found = disassembly.check("", ISA)
    assert number == 0
    assert "fill_tile<TileShape<4, 3, 1, 3>, 3, 1, float> is missing" in found
    assert "product_tile<3, 1, 4, double> is missing" in found
    assert "outer_tile<3, 4, false, float> is missing" in found


@pytest.mark.parametrize(
    ("symbol", "rows", "vectors"),
    [
        ("k::fill_tile<a::(b)::TileShape<4, 3, 1, 3>, 2, 2, float>(p)", 2, (6, 6)),
        ("k::project_tile<a::(b)::TileShape<4, 3, 1, 3>, 6, double>(p)", 6, (3,)),
        ("k::product_tile<2, 2, 4, float>(p)", 2, (8,)),
        ("k::outer_tile<5, 3, false, float>(p) [clone .isra.0]", 5, (3,)),
    ],
)
def test_sizes_are_read_from_the_names(symbol, rows, vectors):
    [(tile, body)] = disassembly.tiles(listing(symbol=symbol))
    assert (tile.rows, tile.vectors) == (rows, vectors)
    assert len(body) == len(BEFORE) + len(LOOP) + 1 + len(AFTER)


def test_only_objects_of_the_vector_targets_are_read(capsys):
    assert disassembly.main(["targets/scalar.cpp.o"]) == 2
    assert disassembly.main(["targets/avx512_vnni.cpp.o", "targets/neon_dot.cpp.o"]) == 0
    assert disassembly.main([]) == 1
