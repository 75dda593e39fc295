"""``tidegate bench``: tidegate beside its peers, and its promises beside their limits.

Verified first, then timed: equal weights and inputs for all, each library in a process of its own
that stands still while another is timed. ``harness`` has the processes and the rounds, ``peers``
one module per library, ``models`` the comparison, ``promises`` the figures that have a limit of
their own, ``report`` tables, pictures and how fair it was. The process of a peer never imports
tidegate.
"""
