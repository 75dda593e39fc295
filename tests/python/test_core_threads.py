"""cpp/bindings/threads.cpp: thread limits, instruction sets, the pool, seen from Python."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from tidegate import _core


def in_process(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `code` after `from tidegate import _core` in a process of its own."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "TIDEGATE_"))}
    return subprocess.run(
        [sys.executable, "-c", "from tidegate import _core\n" + code],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def threads():
    yield _core.set_num_threads
    _core.set_num_threads(None)


def test_an_explicit_count_is_honoured_above_the_cores(threads):
    threads(9)
    assert _core.get_num_threads() == 9


def test_none_goes_back_to_the_machine(threads):
    machine = _core.get_num_threads()
    threads(machine + 3)
    threads(None)
    assert _core.get_num_threads() == machine
    assert 1 <= machine <= len(os.sched_getaffinity(0))


@pytest.mark.parametrize("bad", [0, -1, 513, 2**63, -(2**70)])
def test_counts_out_of_range(threads, bad):
    with pytest.raises(
        ValueError, match=r"^\[set_num_threads\] n must be an integer from 1 to 512"
    ):
        threads(bad)


@pytest.mark.parametrize("bad", [2.0, "2", True, np.float32(2), [2]])
def test_counts_of_another_type(threads, bad):
    with pytest.raises(TypeError, match=r"^\[set_num_threads\] .* Received: "):
        threads(bad)


@pytest.mark.parametrize("variable", ["OMP_NUM_THREADS", "OMP_THREAD_LIMIT"])
def test_the_limits_of_openmp_are_respected(variable):
    done = in_process("print(_core.get_num_threads())", **{variable: "1"})
    assert done.stdout == "1\n", done.stderr


def test_the_affinity_mask_is_respected():
    code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    done = in_process(code + "print(_core.get_num_threads())")
    assert done.stdout == "1\n", done.stderr


def test_isa_names():
    available = _core.available_isas()
    assert available[-1] == "scalar"
    assert set(available) <= {"scalar", "neon", "avx2", "avx512"}
    assert _core.isa() in available


@pytest.mark.parametrize("isa", _core.available_isas())
def test_tidegate_isa_chooses(isa):
    done = in_process("print(_core.isa())", TIDEGATE_ISA=isa)
    assert done.stdout == f"{isa}\n", done.stderr


def test_an_unknown_isa_is_an_error_at_import():
    done = in_process("", TIDEGATE_ISA="avx1024")
    assert done.returncode == 1
    assert "TIDEGATE_ISA must be one of this machine's: " in done.stderr
    assert "Received: avx1024." in done.stderr


def test_last_run_is_per_thread():
    x = np.zeros((2, 2), np.float32)
    _core.matmul(x, x)
    assert _core.last_run()["op"] == "matmul"
    assert _core.last_run()["isa"] == _core.isa()
    others: list[str] = []
    worker = threading.Thread(target=lambda: others.append(_core.last_run()["op"]))
    worker.start()
    worker.join()
    assert others == [""]


def test_outputs_are_pool_blocks_that_go_back():
    _core.release_pool()
    x = np.ones((64, 64), np.float32)
    before = _core.pool_stats()["bytes_in_use"]
    y = _core.matmul(x, x)
    assert y.ctypes.data % 64 == 0
    assert _core.pool_stats()["bytes_in_use"] >= before + y.nbytes
    kept = y[3]  # a view keeps the block alive
    del y
    assert _core.pool_stats()["bytes_in_use"] > before
    np.testing.assert_array_equal(kept, 64.0)
    del kept
    assert _core.pool_stats()["bytes_in_use"] == before
    assert _core.pool_stats()["bytes_idle"] > 0
    _core.release_pool()
    assert _core.pool_stats()["bytes_idle"] == 0
