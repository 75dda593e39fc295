"""Figures that are compared with a limit, not with a peer."""
