"""The command from nothing: `--help`, a first run whose kernels are not yet compiled, a second run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.report import Claim, Row, Section
from benchmarks.timing import seconds, side_by_side
from pixture.demo import photograph

BOUNDS = {
    "pixture --help": 0.25,
    "pixture segment china.jpg, the second time": 1.2,
    "pixture segment china.jpg, the first time": 8.0,
}
"""Seconds of a whole process; what must be compiled is, the first time."""


def commands() -> Section:
    """Run whole processes in turn."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder, "compiled")
        segment = ["segment", str(photograph("china")), "-o", str(Path(folder, "out")), "--overwrite"]
        help_, second, first = BOUNDS
        taken = side_by_side(
            {
                help_: partial(_run, ["--help"], kept),
                second: partial(_run, segment, kept),
                first: partial(_run_uncompiled, segment),
            }
        )
    rows: list[Row] = [
        {"command": name, "s": median(times), "least": min(times), "most": max(times)}
        for name, times in taken.items()
    ]
    claims = [Claim(name, median(taken[name]), "most", bound, " s") for name, bound in BOUNDS.items()]
    notes = ["Whole processes, files written. The first time: with an empty folder of compiled kernels."]
    return Section("The command, from nothing", rows, notes, claims, taken)


def _run(arguments: list[str], compiled: Path) -> float:
    settings = os.environ | {"NUMBA_CACHE_DIR": str(compiled)}
    command = [sys.executable, "-m", "pixture", *arguments]
    return seconds(partial(subprocess.run, command, env=settings, capture_output=True, check=True))


def _run_uncompiled(arguments: list[str]) -> float:
    with tempfile.TemporaryDirectory() as empty:
        return _run(arguments, Path(empty))
