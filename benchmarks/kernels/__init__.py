"""One file per kernel: verified first, then timed. `pytest benchmarks/kernels --benchmark-only`."""
