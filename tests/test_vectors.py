"""The loops that must be vector code are: LLVM says so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pixture.mixture.kernels import passes, tiles

COMPILE = """
import llvmlite.binding as llvm
import numpy as np
from pixture import Mixture, WeightedSample
from pixture.mixture.em import summarise
from pixture.mixture.kernels import tiles
from pixture.mixture.posterior import labels, responsibilities
llvm.set_option("", "--pass-remarks=loop-vectorize")
full, diagonal = (np.repeat(np.eye(4)[None], 2, axis=0), "full"), (np.ones((2, 4)), "diagonal")
for covariances, covariance in (full, diagonal):
    mixture = Mixture([0.5, 0.5], [[0, 0, 0, 0], [1, 1, 1, 1]], covariances, covariance)
    sample = WeightedSample(np.eye(4, dtype={dtype!r}))
    summarise(sample, mixture)
    labels(mixture, sample)
    responsibilities(mixture, sample)
for function in (tiles.normalise, tiles.log_likelihood):
    print(*function.inspect_llvm().values(), end="<end>")
"""


def compiled(dtype: str, folder: Path, debug: bool) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder), "NUMBA_DEBUGINFO": str(int(debug))}
    command = [sys.executable, "-c", COMPILE.format(dtype=dtype)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)


def marked(path: Path) -> set[str]:
    """Lines marked as vector loops, but for those whose body calls exp or log."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {
        f"{path.name}:{number}"
        for number, line in enumerate(lines, start=1)
        if line.endswith("# vector") and not re.search(r"\b(exp|log)\(", lines[number])
    }


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_marked_loops_are_vectorised(dtype: str, tmp_path: Path) -> None:
    # with debugging information LLVM's remarks name the lines
    remarks = compiled(dtype, tmp_path, debug=True).stderr
    vectorised = set(re.findall(r"(\w+\.py:\d+):\d+: vectorized loop", remarks))
    expected = marked(Path(tiles.__file__)) | marked(Path(passes.__file__))
    assert len(expected) > 10
    assert expected - vectorised == set()


@pytest.mark.parametrize(("dtype", "bits"), [("float32", 32), ("float64", 64)])
def test_exp_and_log_are_vectorised(dtype: str, bits: int, tmp_path: Path) -> None:
    # while it keeps debugging information, numba inlines neither, so these show in the code without it
    normalise, log_likelihood, _ = compiled(dtype, tmp_path, debug=False).stdout.split("<end>")
    # exp shifts the exponent into its place, log shifts it out: whole vectors of integers
    assert re.search(rf"shl[a-z ]* <\d+ x i{bits}>", normalise)
    assert re.search(rf"ashr[a-z ]* <\d+ x i{bits}>", log_likelihood)
