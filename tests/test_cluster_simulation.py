"""The replay of a cluster: what no cluster can beat, and what more workers cannot make worse."""

from __future__ import annotations

import math

import pytest
from benchmarks.cluster_simulation import Cluster, replay, seconds_of_pass
from hypothesis import given, settings
from hypothesis import strategies as st

FREE = Cluster(0.0, 0.0, math.inf)
TASKS = st.lists(st.floats(0.01, 10.0), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(TASKS, st.integers(1, 30))
def test_no_pass_is_shorter_than_its_work(tasks: list[float], workers: int) -> None:
    took = seconds_of_pass(tasks, workers, FREE)
    least = max(max(tasks), sum(tasks) / workers)
    assert took >= least * (1 - 1e-12)
    # whoever is free takes the next task: at most twice the best there is (Graham 1966)
    assert took <= 2 * least + 1e-9


@settings(max_examples=60, deadline=None)
@given(TASKS, st.integers(1, 30))
def test_a_scheduler_and_a_store_only_delay(tasks: list[float], workers: int) -> None:
    slow = Cluster(0.01, 0.02, 1e6)
    took = seconds_of_pass(tasks, workers, slow, bytes_a_task=1e5)
    assert took >= seconds_of_pass(tasks, workers, FREE)
    assert took >= len(tasks) * max(slow.hand_out, 1e5 / slow.bandwidth)


def test_one_worker_takes_all_the_time() -> None:
    assert seconds_of_pass([0.5, 1.5, 2.0], 1, FREE) == pytest.approx(4.0)


def test_where_it_saturates() -> None:
    found = replay({"counting": [0.05]}, 4096, Cluster(0.001, 0.0, math.inf))["counting"]
    assert found[1] / found[8] == pytest.approx(8, rel=0.05)
    # a task in a millisecond, and no more: 51 workers keep the scheduler busy
    assert found[1] / found[1000] == pytest.approx(51, rel=0.05)
