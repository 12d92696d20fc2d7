"""Timing side by side: A B A B, so that whatever else the machine does falls on all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median

ROUNDS = 5
"""Least number of times that each is timed."""

SETTLING = 0.2
"""Seconds of rest before each: a BLAS keeps its threads spinning for a tenth of one after its work."""

Rounds = dict[str, list[float]]
"""Of each name, the seconds in each round."""


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes.

    >>> seconds(lambda: None) < 1
    True
    """
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_of(work: Callable[[], object], times: int) -> Callable[[], float]:
    """Return a timing of work too short to be timed once: the median of several times in a row."""
    return lambda: median(seconds(work) for _ in range(times))


def side_by_side(timings: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> Rounds:
    """Return the seconds that each timing says, in each of some rounds; one unrecorded round goes before.

    >>> side_by_side({"a": lambda: 2.0, "b": lambda: 3.0}, rounds=2)
    {'a': [2.0, 2.0], 'b': [3.0, 3.0]}
    """
    for timing in timings.values():
        timing()
    taken: Rounds = {name: [] for name in timings}
    for _ in range(rounds):
        for name, timing in timings.items():
            time.sleep(SETTLING)
            taken[name].append(timing())
    return taken


def ratio(of: list[float], to: list[float]) -> float:
    """Return the median of the rounds' ratios, each of two times taken one after the other.

    >>> ratio([2.0, 4.0, 9.0], [1.0, 1.0, 3.0])
    3.0
    """
    return median(a / b for a, b in zip(of, to, strict=True))
