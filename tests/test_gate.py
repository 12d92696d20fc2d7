"""The kernels keep their speed, as ratios within one run: the only timing that a test asserts."""

from __future__ import annotations

import time
from functools import partial

import pytest
from benchmarks.gate import GATES, Gate


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_our_work_keeps_its_ratio_to_numpy_s(gate: Gate) -> None:
    found = gate.ratio()
    assert found <= gate.bound, f"{gate.name}: {found:.2f}, at most {gate.bound}; see benchmarks/README.md"


def test_a_gate_shuts_on_what_is_three_times_too_slow() -> None:
    slow = Gate("slow", 2.0, lambda: (partial(time.sleep, 0.006), partial(time.sleep, 0.002)))
    assert 2.0 < slow.ratio() < 4.0
