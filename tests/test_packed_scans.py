"""Packed scans that are larger than the memory they may take: unpacked once, and gone through in pieces."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import PIL.Image
import pytest
from click.testing import CliRunner, Result

from pixture.cli import app
from pixture.errors import ReadError, WriteError
from pixture.imaging import window as windows
from pixture.imaging.readers.read import read_part
from pixture.options.reading import Reading
from pixture.scale.sources.packed_scan import packed_source, unpacked_source
from pixture.scale.sources.source import Source
from tests.test_opened_source import windows_in

nibabel: Any = pytest.importorskip("nibabel", reason="needs pip install 'pixture[medical]'")

SHAPE = (40, 50, 12)


def scan(path: Path, generator: np.random.Generator, dtype: str, shape: tuple[int, ...] = SHAPE) -> Path:
    """A packed scan of two tones under noise."""
    tones = np.arange(int(np.prod(shape))).reshape(shape) % 7 > 3
    values = (60 * tones + generator.integers(0, 30, shape)).astype(dtype)
    kind = nibabel.MGHImage if path.name.endswith(".mgz") else nibabel.Nifti1Image
    nibabel.save(kind(values, np.diag([2.0, 1.5, 3.0, 1.0])), path)
    return path


def opened(path: Path, reading: Reading | None = None) -> Source:
    found = packed_source(path, Reading() if reading is None else reading)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["a.nii.gz", "a.mgz"])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
@pytest.mark.parametrize("picked", [Reading(), Reading(slice=3)])
def test_windows_are_those_of_the_whole(
    name: str, dtype: str, picked: Reading, tmp_path: Path, generator: np.random.Generator
) -> None:
    path = scan(tmp_path / name, generator, dtype)
    whole, slow = read_part(path, picked), opened(path, picked)
    with unpacked_source(slow, tmp_path) as fast:
        assert len(list(tmp_path.iterdir())) == 2
        for source in (slow, fast):
            assert source.description.shape == whole.shape
            assert source.description.spacing == whole.spacing
            assert source.description.origin is not None
            assert source.description.origin.path == path
            for window in windows_in(whole.shape, generator, 4):
                part = source.read(window)
                np.testing.assert_array_equal(part.pixels, whole.pixels[window.slices])
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_stays_whatever_happens(
    tmp_path: Path, generator: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scan(tmp_path / "a.nii.gz", generator, "uint8", (200, 200, 60))
    with pytest.raises(KeyboardInterrupt), unpacked_source(opened(path), tmp_path):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == [path]
    whole = path.read_bytes()
    source = opened(path)
    for damaged, said in (
        (whole[: len(whole) // 2], "damaged or incomplete and cannot be unpacked"),
        (whole[:-8] + b"\0" * 8, "damaged or incomplete and cannot be unpacked"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(ReadError, match=said), unpacked_source(source, tmp_path):
            pass
        assert list(tmp_path.iterdir()) == [path]
    path.write_bytes(whole)
    usage = SimpleNamespace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with (
        pytest.raises(WriteError, match=r"takes 2 MB; .* has room for 0\. Free some space"),
        unpacked_source(opened(path), tmp_path),
    ):
        pass
    assert list(tmp_path.iterdir()) == [path]


def test_other_files_are_no_packed_scans(tmp_path: Path, generator: np.random.Generator) -> None:
    plain = scan(tmp_path / "a.nii", generator, "uint8")
    np.save(tmp_path / "a.npy", np.zeros((4, 5)))
    for path in (plain, tmp_path / "a.npy", tmp_path):
        assert packed_source(path, Reading()) is None


def invoke(*arguments: object) -> Result:
    done = CliRunner().invoke(app, [*map(str, arguments)])
    assert done.exit_code == 0, done.stderr
    return done


def test_the_command_gives_the_labels_of_the_whole(
    tmp_path: Path, generator: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scan(tmp_path / "scan.nii.gz", generator, "int16", (120, 112, 84))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", PIL.Image.MAX_IMAGE_PIXELS)  # the command sets it
    few = ("--max-pixels", 1_000_000)  # what has more is gone through in pieces, small ones here
    monkeypatch.setattr(windows, "ONE_PIECE", 2**18)
    monkeypatch.setattr(windows, "SHORTEST", 16)
    monkeypatch.setattr(windows, "LONGEST", 64)
    monkeypatch.setattr(windows, "PIECE_NUMBERS", 2**18)
    told = invoke("segment", path, "-k", 2, *few, "--dry-run")
    assert " pieces, " in told.stderr
    invoke("segment", path, "-k", 2, "-q", "-o", tmp_path / "whole")
    invoke("segment", path, "-k", 2, "-q", "-o", tmp_path / "in", *few)
    invoke("segment", path, "-k", 2, "-q", "--pooled", *few, "-o", tmp_path / "pooled")
    whole, pieces = (nibabel.load(tmp_path / out / "scan.labels.nii.gz") for out in ("whole", "in"))
    np.testing.assert_array_equal(np.asarray(pieces.dataobj), np.asarray(whole.dataobj))
    np.testing.assert_array_equal(pieces.affine, whole.affine)
    for out in ("in", "pooled"):
        assert not [one.name for one in (tmp_path / out).iterdir() if one.name.startswith(".")]
    assert '"pieces"' in (tmp_path / "in" / "scan.json").read_text()
    assert not list((tmp_path / "temporary").iterdir())
