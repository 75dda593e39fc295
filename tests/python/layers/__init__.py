"""A package, so that test modules of one name may exist in several folders."""
