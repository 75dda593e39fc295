"""``tidegate demo``: forecast tomorrow's weather with an LSTM, on real data, in seconds.

``task`` makes the numbers that the network sees, ``baselines`` what it has to beat, ``run`` trains,
compares, streams, saves and draws.
"""
