"""`python -m benchmarks.models`: layers, steps and whole fits, tidegate beside its peers."""
