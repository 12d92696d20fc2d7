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
    result = pixture.segment(sys.argv[1], 3)
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


@pytest.fixture
def picture(tmp_path: Path, generator: np.random.Generator) -> Path:
    path = tmp_path / "colours.png"
    PIL.Image.fromarray(generator.integers(0, 256, (300, 200, 3), dtype=np.uint8)).save(path)
    return path


def test_one_run_compiles_nothing_twice_and_the_next_nothing(picture: Path, tmp_path: Path) -> None:
    first = [tuple(each) for each in json.loads(run(COUNT, tmp_path / "cache", picture).stdout)]
    assert len(first) > 10
    assert len(set(first)) == len(first)
    passes = [name for name, _ in first if name in ("count", "collect", "expect", "classify", "look_up_code")]
    # labels are bytes, entropy and probabilities floats: the look-up is needed for both
    assert sorted(passes) == ["classify", "collect", "count", "expect", "look_up_code", "look_up_code"]
    assert json.loads(run(COUNT, tmp_path / "cache", picture).stdout) == []


def test_the_command_says_once_that_it_compiles(picture: Path, tmp_path: Path) -> None:
    arguments = ("segment", picture, "-k", 2, "-o", tmp_path / "out", "--overwrite")
    first, second = (run(COMMAND, tmp_path / "cache", *arguments).stderr for _ in range(2))
    assert first.count("Compiling for this machine") == 1
    assert "Compiling" not in second
    elsewhere = run(COMMAND, tmp_path / "another", *arguments, "-q")
    assert elsewhere.stderr == ""
