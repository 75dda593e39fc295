"""A contender: a library with its settings, in a process that stands still unless it is asked."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

NEEDS = {
    "tidegate": ("tidegate",),
    "torch": ("torch",),
    "ort": ("onnxruntime", "onnx"),
    "openvino": ("openvino", "onnx"),
    "jax": ("jax",),
    "keras": ("keras",),
}
PEERS = ("torch", "ort", "openvino", "jax", "keras")

# How each library is told to leave wider instructions alone: what it would do on an AVX2 machine.
# onnxruntime and openvino cannot be told.
LIMITS = {
    "tidegate": {"TIDEGATE_ISA": "{isa}"},
    "torch": {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
    | {"MKL_ENABLE_INSTRUCTIONS": "AVX2"},
    "jax": {"XLA_FLAGS": "--xla_cpu_max_isa=AVX2"},
    "keras": {"ONEDNN_MAX_CPU_ISA": "AVX2", "XLA_FLAGS": "--xla_cpu_max_isa=AVX2"}
    | {"ATEN_CPU_CAPABILITY": "avx2"},
}


class ContenderError(RuntimeError):
    """The library could not do what was asked; the message is its own."""


@dataclass(frozen=True)
class Setting:
    """Which library, on how many threads, and limited to which instruction set, if any."""

    peer: str
    threads: int
    isa: str = ""

    @property
    def label(self) -> str:
        return self.peer + (f"-{self.isa}" if self.isa else "")


def parse(word: str, threads: int) -> Setting:
    """`torch`, `tidegate`; with an instruction set behind it `tidegate-scalar`, `torch-avx2`."""
    peer, _, isa = word.partition("-")
    limited = not isa or peer == "tidegate" or (isa == "avx2" and peer in LIMITS)
    if peer not in NEEDS or not limited:
        raise ValueError(
            f"[bench] a contender must be one of {', '.join(NEEDS)}, tidegate-<isa>, or "
            f"{', '.join(f'{p}-avx2' for p in LIMITS if p != 'tidegate')}. Received: {word!r}."
        )
    return Setting(peer, threads, isa)


def missing(peer: str) -> str | None:
    """The module that a library needs and that is not installed."""
    return next((name for name in NEEDS[peer] if find_spec(name) is None), None)


def _cpus(threads: int) -> list[int]:
    """As many CPUs as threads, the last ones: libraries that count CPUs then agree."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[-threads:] if threads < len(usable) else usable


def cpu_seconds(pid: int) -> float:
    """That all threads of a process have used; 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _thread_seconds(pid: int) -> dict[int, float]:
    """Seconds on a CPU of each thread of a process."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return {int(t.name): int((t / "schedstat").read_text().split()[0]) / 1e9 for t in threads}


def _environment(setting: Setting) -> dict[str, str]:
    environment = dict(os.environ)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        environment[name] = str(setting.threads)
    environment |= {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    environment.pop("TIDEGATE_ISA", None)
    if setting.isa:
        limits = LIMITS[setting.peer].items()
        environment |= {name: value.format(isa=setting.isa) for name, value in limits}
    return environment


class Contender:
    """A running library, stopped (SIGSTOP) between calls, so that it costs the others nothing.

    Attributes:
        setting: what it is.
        versions: what it says of itself.
        cpus: that it may use.
        while_stopped: seconds of CPU that it used while it should have stood still.
    """

    def __init__(self, setting: Setting, pin: bool = True) -> None:
        self.setting = setting
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed by close)
        to_child, self._commands = os.pipe()
        self._replies_end, from_child = os.pipe()
        self.cpus = _cpus(setting.threads) if pin else sorted(os.sched_getaffinity(0))
        self.while_stopped = self._stopped_at = 0.0
        command = [sys.executable, "-m", "tidegate_bench.harness.worker", setting.peer]
        command += [str(setting.threads), ",".join(map(str, self.cpus))]
        command += [str(to_child), str(from_child)]
        self._process = subprocess.Popen(
            command,
            env=_environment(setting),
            pass_fds=(to_child, from_child),
            stdout=self._log,
            stderr=self._log,
        )
        os.close(to_child)
        os.close(from_child)
        self._outbox = Connection(self._commands, readable=False)
        self._inbox = Connection(self._replies_end, writable=False)
        try:
            self.versions: dict[str, str] = self._receive()
        except ContenderError:
            self.close()
            raise

    @property
    def label(self) -> str:
        return self.setting.label

    def call(self, method: str, *arguments: Any) -> Any:
        """Wake it, let it do one thing, stop it again."""
        self.while_stopped += cpu_seconds(self._process.pid) - self._stopped_at
        os.kill(self._process.pid, signal.SIGCONT)
        try:
            self._outbox.send((method, arguments))
        except OSError as error:
            raise ContenderError(f"{self.label} has ended: {self.last_words()}") from error
        return self._receive()

    def busy_threads(self, method: str, *arguments: Any) -> list[int]:
        """The threads of it that run for more than a twentieth of such a call's CPU time."""
        before = _thread_seconds(self._process.pid)
        self.call(method, *arguments)
        after = _thread_seconds(self._process.pid)
        spent = {thread: after[thread] - before.get(thread, 0.0) for thread in after}
        return [thread for thread, seconds in spent.items() if 20 * seconds > sum(spent.values())]

    def _receive(self) -> Any:
        try:
            status, answer = self._inbox.recv()
        except EOFError:
            raise ContenderError(f"{self.label} has ended: {self.last_words()}") from None
        self._stop()
        if status != "ok":
            raise ContenderError(answer)
        return answer

    def _stop(self) -> None:
        """Returns when the kernel says that every thread of it stands still."""
        if self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        self._stopped_at = cpu_seconds(self._process.pid)

    def used(self) -> float:
        """Seconds of CPU since it was started."""
        return cpu_seconds(self._process.pid)

    def last_words(self) -> str:
        """The last line that it printed."""
        self._log.seek(0)
        lines = self._log.read().strip().splitlines()
        return lines[-1] if lines else "without a word"

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for connection in (self._outbox, self._inbox):
            with contextlib.suppress(OSError):
                connection.close()
        self._log.close()

    def __enter__(self) -> Contender:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
