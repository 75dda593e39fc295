"""Tests of `tidegate.metrics`; a package so that modules of one name may exist in several folders."""
