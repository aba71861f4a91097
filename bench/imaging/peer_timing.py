"""Timing that the peers of several benchmarks share."""

import time


def shortest(runs, work):
    """The shortest of so many runs in seconds, and what the last one gave."""
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result
