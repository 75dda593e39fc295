"""Measured results, single kernels, and how README's figures are made. See README.md."""
