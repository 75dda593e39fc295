"""`python -m benchmarks.promises`: figures that are compared with a limit, not with a peer."""
