"""The comparison: layers, single steps and whole fits, tidegate beside its peers."""
