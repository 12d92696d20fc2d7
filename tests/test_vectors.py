"""The loops that must be vector code are: LLVM says so, of the code that runs."""

from __future__ import annotations

import inspect
import os
import platform
import subprocess
import sys
from types import ModuleType

import pytest
from llvmlite.binding import get_host_cpu_features

from pixture.imaging.kernels import counting
from pixture.mixture.kernels import assignment, tiles
from pixture.segmentation.field.kernels import mean_field
from pixture.segmentation.field.kernels import posterior as field_posterior

LISTEN = """
import sys
import llvmlite.binding as llvm
import numpy as np
from numba.core import event
from pixture import Mixture, WeightedSample, histogram, image_from_array
from pixture.compilation.cache import KernelCache
from pixture.mixture.em.em import summarise
from pixture.mixture.em.initialization import kmeans
from pixture.mixture.model.posterior import labels, responsibilities

class Said(event.Listener):
    def on_start(self, event):
        print("begin", event.data["dispatcher"].py_func.__name__, file=sys.stderr, flush=True)
        if any(getattr(each, "layout", "C") == "A" for each in event.data["args"]):
            print("not contiguous", file=sys.stderr, flush=True)
    def on_end(self, event):
        print("end", file=sys.stderr, flush=True)

# nothing is loaded: all is compiled, and told of; where it is kept, other tests find it
KernelCache.load_overload = lambda *_: None
llvm.set_option("", "--pass-remarks=loop-vectorize")
llvm.set_option("", "--pass-remarks-missed=loop-vectorize")
event.register("numba:compile", Said())
"""

FIELD = """
from pixture import segment
segment(np.arange(64, dtype=np.uint8).reshape(8, 8), 2, smooth=2)
"""

PASSES = """
full, diagonal = (np.repeat(np.eye(4)[None], 2, axis=0), "full"), (np.ones((2, 4)), "diagonal")
for covariances, covariance in (full, diagonal):
    mixture = Mixture([0.5, 0.5], [[0, 0, 0, 0], [1, 1, 1, 1]], covariances, covariance)
    sample = WeightedSample(np.eye(4, dtype=sys.argv[1]))
    summarise(sample, mixture)
    if covariance == "full":  # the others' loops are compiled by then
        labels(mixture, sample)
        responsibilities(mixture, sample)
kmeans(sample, 2, np.random.default_rng(0), None)  # for approach and assign; a fit compiles passes besides
histogram(image_from_array(np.eye(4, dtype=np.uint8)))
"""


def remarks(code: str, *arguments: str) -> dict[str, list[str]]:
    """What LLVM said of the loops of each function, while that function was compiled."""
    # for this machine's processor: whatever other one is asked for may gain nothing by vectors
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_CPU_")}
    command = [sys.executable, "-c", LISTEN + code, *arguments]
    said = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=True).stderr
    found: dict[str, list[str]] = {}
    compiling: list[str] = []  # one compiles what it calls
    for line in said.splitlines():
        if line.startswith("begin "):
            compiling.append(line.removeprefix("begin "))
            found.setdefault(compiling[-1], [])
        elif line == "end":
            compiling.pop()
        elif compiling:
            found[compiling[-1]].append(line)
    return found


def marked(module: ModuleType) -> dict[str, int]:
    """How many loops of each kernel of a module are marked as vector loops."""
    functions = {name: value.py_func for name, value in vars(module).items() if hasattr(value, "py_func")}
    counts = {
        name: inspect.getsource(function).count("# vector")
        for name, function in functions.items()
        if function.__module__ == module.__name__
    }
    return {name: count for name, count in counts.items() if count}


def vectors_pay() -> bool:
    """Whether a vector is of four float64 or more: LLVM leaves some loops as they are for two."""
    return platform.machine() not in ("x86_64", "AMD64") or get_host_cpu_features().get("avx2", False)


@pytest.mark.skipif(not vectors_pay(), reason="this processor has no AVX2, and vectors of two do not pay")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_marked_loops_are_vectorised(dtype: str) -> None:
    said = remarks(PASSES, dtype)
    of_tiles, of_others = marked(tiles), marked(assignment) | marked(counting)
    assert len(of_tiles) > 15
    assert set(of_others) == {"approach", "assign", "collect"}
    for name, count in (of_tiles | of_others).items():
        vectorised = [line for line in said[name] if "vectorized loop (" in line]
        assert len(vectorised) >= count, (name, said[name])
    for name in of_tiles:  # all of their inner loops are marked
        assert not [line for line in said[name] if "loop not vectorized" in line], name


@pytest.mark.skipif(not vectors_pay(), reason="this processor has no AVX2, and vectors of two do not pay")
def test_the_loops_of_the_field_are_vectorised() -> None:
    said = remarks(FIELD)
    found = marked(mean_field) | marked(field_posterior)
    assert set(found) == {"_add", "_add_joint", "_couplings", "_replace", "_rounded", "_first_best"}
    for name, count in found.items():
        vectorised = [line for line in said[name] if "vectorized loop (" in line]
        assert len(vectorised) >= count, (name, said[name])
    # of lines that are not known to be contiguous, loops are vector code by name only
    for name in (*found, "normalise"):
        assert "not contiguous" not in said[name], name
