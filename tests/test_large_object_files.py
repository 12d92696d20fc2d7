"""Objects of a large image on disk: as those of the whole, and after a run that was killed at any step."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import pixture
from pixture.batch.large_images import destination, objects_of_run, resumable_run
from pixture.batch.large_images.resumable_run import LargeRun, run_large_image
from pixture.errors import ChoiceError, WriteError
from pixture.imaging import window as windows
from pixture.mixture.em.fit_result import Step
from pixture.options.classes import ObjectChoices
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.options.writing import Writing
from pixture.scale.sinks.piece_sink import PieceSink
from pixture.scale.sources.opened_source import open_source
from pixture.scale.sources.source import Source
from pixture.scale.workers import Threads, Workers
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.large_images.source_fit import SourceFit, fit_source


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few thousand pixels."""
    monkeypatch.setattr(windows, "ONE_PIECE", 1000)
    monkeypatch.setattr(windows, "PIECE_NUMBERS", 2**12)
    monkeypatch.setattr(windows, "SHORTEST", 16)
    monkeypatch.setattr(windows, "LONGEST", 64)


class Quiet:
    """Keeps the names of passes."""

    def __init__(self) -> None:
        self.passes: list[str] = []

    def passing(self, name: str, parts: int) -> None:
        """Keep it."""
        self.passes.append(name)

    def part_done(self) -> None:
        """Say nothing."""

    def compared(self, done: int, fits: int) -> None:
        """Say nothing."""

    def step(self, step: Step) -> None:
        """Say nothing."""


class Fitting:
    """Fits two components."""

    @property
    def plan(self) -> Method:
        """How."""
        return Method(Choices(2))

    def of_source(self, source: Source, workers: Workers, watch: Any, /) -> SourceFit:
        """Return the fit."""
        return fit_source(source, Method(Choices(2)), workers)


def cells(path: Path) -> Path:
    generator = np.random.default_rng(4)
    rows, columns = np.indices((150, 210))
    pixels = generator.normal(40, 8, rows.shape)
    for _ in range(30):
        row, column, radius = generator.uniform(0, 150), generator.uniform(0, 210), generator.uniform(4, 11)
        pixels[np.hypot(rows - row, columns - column) < radius] += 110
    tifffile.imwrite(path, pixels.clip(0, 255).astype(np.uint8), tile=(32, 32))
    return path


def run(
    path: Path, folder: Path, *, resume: bool = False, watch: Quiet | None = None, **choices: Any
) -> tuple[LargeSegmentation, tuple[Path, ...]]:
    given = LargeRun(
        open_source(path),
        "cells",
        Fitting(),
        {"components": 2},
        Writing(folder, format="tiff"),
        Threads(2),
        resume,
        objects=ObjectChoices(**{"foreground": "bright", **choices}),
    )
    return run_large_image(given, watch or Quiet())


def test_files_are_those_of_the_whole(tmp_path: Path) -> None:
    path, watch = cells(tmp_path / "cells.tif"), Quiet()
    found, paths = run(path, tmp_path / "out", watch=watch)
    expected = pixture.segment(path, 2).objects("bright")
    expected.save(tmp_path / "whole", stem="cells")
    numbers = tifffile.imread(tmp_path / "out" / "cells.objects.tif")
    np.testing.assert_array_equal(numbers, expected.labels)
    assert numbers.dtype == np.uint16
    one, other = (
        list(csv.DictReader((tmp_path / folder / "cells.objects.csv").read_text().splitlines()))
        for folder in ("out", "whole")
    )
    assert len(one) == expected.count > 10
    for row, like in zip(one, other, strict=True):
        assert list(row) == list(like)
        assert [float(value) for value in row.values()] == pytest.approx(
            [float(value) for value in like.values()], rel=1e-9
        )
    record, whole = (
        json.loads((tmp_path / folder / "cells.objects.json").read_text()) for folder in ("out", "whole")
    )
    assert {**record, "input": None} == {**whole, "input": None}
    assert record["input"]["path"] == whole["input"]["path"]
    assert (tmp_path / "out" / "cells.objects.jpg").read_bytes().startswith(b"\xff\xd8")
    assert found.facts.objects is not None
    assert found.facts.objects.count == expected.count
    assert {path.name for path in paths} == {path.name for path in (tmp_path / "out").iterdir()}
    assert watch.passes[-4:] == [
        "looking for holes",
        "finding objects",
        "splitting objects",
        "measuring objects",
    ]


class Killed(BaseException):
    """What nobody expects."""


STEPS: list[tuple[Any, str, int]] = [
    (objects_of_run, "keep", 0),
    (resumable_run, "large_image_files", 0),
    (destination, "write_whole", 0),
    (PieceSink, "finish", 0),
    (PieceSink, "finish", 1),
    (PieceSink, "write", 18),
    (objects_of_run, "objects_of_pieces", 0),
]


@pytest.mark.parametrize(("owner", "name", "after"), STEPS)
def test_a_run_that_was_killed_goes_on_to_the_same_bytes(
    owner: Any, name: str, after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cells(tmp_path / "cells.tif")
    run(path, tmp_path / "whole")
    calls = 0
    real = getattr(owner, name)

    def killed(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise Killed
        return real(*given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, killed)
        with pytest.raises(Killed):
            run(path, tmp_path / "out")
    run(path, tmp_path / "out", resume=True)
    one, other = (
        {file.name: file.read_bytes() for file in (tmp_path / folder).iterdir()}
        for folder in ("out", "whole")
    )
    assert one.keys() == other.keys()
    for file in one:
        if not file.endswith(".json"):
            assert one[file] == other[file], file


def test_what_cannot_be_is_refused_before_the_work(tmp_path: Path) -> None:
    path = cells(tmp_path / "cells.tif")
    with pytest.raises(ChoiceError, match=r"foreground auto.*larger than the memory.*bright, dark"):
        run(path, tmp_path / "out", foreground=None, objects=True)
    assert not (tmp_path / "out").exists()
    with pytest.raises(ChoiceError, match="There is no label 7"):
        run(path, tmp_path / "out", foreground="7")
    assert list((tmp_path / "out").iterdir()) == []
    (tmp_path / "out" / "cells.objects.csv").touch()
    with pytest.raises(WriteError, match=r"cells\.objects\.csv"):
        run(path, tmp_path / "out")
