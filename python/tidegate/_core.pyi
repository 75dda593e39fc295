"""Types of the compiled core. Each section belongs to one file of cpp/bindings."""

from typing import TypedDict

# threads.cpp

class _LastRun(TypedDict):
    op: str
    isa: str
    threads: int
    schedule: str

class _PoolStats(TypedDict):
    takes: int
    hits: int
    bytes_in_use: int
    bytes_idle: int

def set_num_threads(n: int | None) -> None: ...
def get_num_threads() -> int: ...
def isa() -> str: ...
def available_isas() -> list[str]: ...
def last_run() -> _LastRun: ...
def pool_stats() -> _PoolStats: ...
def release_pool() -> None: ...
