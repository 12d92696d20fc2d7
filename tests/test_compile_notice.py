"""A kernel is compiled once on a machine, and the person is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

COUNT = """
import json, sys
from pixture.compilation.notice import told_of_compiling
told = []
with told_of_compiling(lambda name, arguments: told.append([name, str(arguments)])):
    import pixture
    result = pixture.segment(sys.argv[1], 3, smooth="off")
    result.labels, result.entropy(), result.probabilities(0), result.overlay(), result.painted()
print(json.dumps(told))
"""

COMMAND = "from pixture.cli import main; main()"


def run(code: str, cache: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("picture") / "colours.png"
    pixels = np.random.default_rng(20260101).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    PIL.Image.fromarray(pixels).save(path)
    return path


@pytest.fixture(scope="module")
def first_run(picture: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A cache that one run filled, and what that run printed: compiling all takes long, and is done once."""
    cache = tmp_path_factory.mktemp("cache")
    return cache, run(COUNT, cache, picture).stdout


def remove_some(cache: Path) -> None:
    """Remove some kernels that every run needs, so that the next one compiles them, and no others."""
    for name in ("counting.count", "counting.collect", "counting.look_up_code"):
        paths = list(cache.rglob(f"{name}.*.nbc"))
        assert paths
        for path in paths:
            path.unlink()


def kept(cache: Path) -> set[str]:
    return {path.name for path in cache.rglob("*.nbc")}


def test_one_run_compiles_nothing_twice_and_the_next_nothing(
    picture: Path, first_run: tuple[Path, str]
) -> None:
    cache, printed = first_run
    first = [tuple(each) for each in json.loads(printed)]
    assert len(first) > 10
    assert len(set(first)) == len(first)
    passes = [name for name, _ in first if name in ("count", "collect", "expect", "classify", "look_up_code")]
    # labels are bytes, entropy and probabilities floats: the look-up is needed for both
    assert sorted(passes) == ["classify", "collect", "count", "expect", "look_up_code", "look_up_code"]
    assert json.loads(run(COUNT, cache, picture).stdout) == []


def test_the_command_says_once_that_it_compiles(
    picture: Path, first_run: tuple[Path, str], tmp_path: Path
) -> None:
    cache, _ = first_run
    arguments = ("segment", picture, "-k", 2, "-o", tmp_path / "out", "--overwrite")
    remove_some(cache)
    first, second = (run(COMMAND, cache, *arguments).stderr for _ in range(2))
    assert first.count("Compiling for this machine") == 1
    assert "Compiling" not in second
    complete = kept(cache)
    remove_some(cache)
    assert len(complete - kept(cache)) > 2
    assert run(COMMAND, cache, *arguments, "-q").stderr == ""
    assert len(complete - kept(cache)) < 2  # quietly, they were compiled; the look-up of floats is not needed
