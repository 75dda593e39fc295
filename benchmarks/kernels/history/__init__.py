"""One kernel as it grew: naive, ordered, tiled, fused, and as the library has it."""
