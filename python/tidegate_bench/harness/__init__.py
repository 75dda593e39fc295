"""What all benchmarks share: tasks, oracle, worker processes, rounds, the limits of the machine."""
