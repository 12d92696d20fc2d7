"""What records say of the file that was read: its SHA-256, which costs a large file nothing until then."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import pixture
from pixture.arrays import Array
from pixture.files import file_digest
from pixture.files.file_digest import digest_as_it_was, digest_now, state_of
from pixture.view.output.input_record import CHANGED, input_record


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """A volume of 6 planes of two halves, larger than what counts as large in these tests."""
    pixels: Array = np.random.default_rng(0).integers(0, 9, (6, 40, 50)).astype(np.uint8)
    pixels[:, :, 25:] += 100
    tifffile.imwrite(tmp_path / "a.tif", pixels, imagej=True, metadata={"axes": "ZYX"})
    return tmp_path / "a.tif"


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files that were hashed; those of 10,000 bytes and more are large."""
    hashed: list[Path] = []

    def digest(path: Path) -> str:
        hashed.append(path)
        return digest_now(path)

    monkeypatch.setattr(file_digest, "LARGE", 10_000)
    monkeypatch.setattr(file_digest, "digest_now", digest)
    return hashed


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_plane_of_a_large_file_is_read_without_the_rest(stack: Path, taken: list[Path]) -> None:
    image = pixture.read(stack, slice=3)
    np.testing.assert_array_equal(image.pixels, tifffile.imread(stack)[2])
    assert taken == []
    assert input_record(image)["sha256"] == sha(stack)
    assert image.origin is not None
    assert image.origin.sha256 == sha(stack)
    assert len(taken) == 1  # once for all records


def test_a_small_file_is_hashed_at_once_and_may_go(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image, held = pixture.read(stack), sha(stack)
    stack.unlink()
    assert input_record(image)["sha256"] == held
    monkeypatch.chdir("/")
    assert "without_sha256" not in input_record(image)


def rewritten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(1, 1))


def replaced(path: Path) -> None:
    content, about = path.read_bytes(), path.stat()
    path.rename(path.with_suffix(".old"))
    path.write_bytes(content)
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


@pytest.mark.parametrize("change", [rewritten, replaced, Path.unlink])
def test_a_file_that_is_another_now_has_no_digest(stack: Path, taken: list[Path], change: Any) -> None:
    image = pixture.read(stack, slice=1)
    change(stack)
    said = input_record(image)
    assert (said["sha256"], said["without_sha256"]) == (None, CHANGED)
    assert taken == []


def test_a_file_that_changes_while_it_is_hashed_has_none(
    stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state_of(stack)
    assert before is not None
    assert digest_as_it_was(stack, before) == sha(stack)

    def slow(path: Path) -> str:
        found = digest_now(path)
        rewritten(path)
        return found

    monkeypatch.setattr(file_digest, "digest_now", slow)
    assert digest_as_it_was(stack, before) is None


def test_records_reports_and_models_of_large_files(stack: Path, taken: list[Path]) -> None:
    held = sha(stack)
    result = pixture.segment(pixture.read(stack, slice=1), 2)
    result.save(stack.parent / "out")
    record = json.loads((stack.parent / "out" / "a.json").read_text())
    assert record["input"]["sha256"] == held
    result.report(stack.parent / "out" / "a.html")
    assert held in (stack.parent / "out" / "a.html").read_text()
    model = pixture.fit_images([stack], 2)
    model.save(stack.parent / "m.pixture")
    images = pixture.ImageModel.load(stack.parent / "m.pixture").facts["images"]
    assert images == [{"path": str(stack), "sha256": held}]


def test_a_report_and_a_model_without_the_digest(stack: Path, taken: list[Path]) -> None:
    image = pixture.read(stack, slice=1)
    result = pixture.segment(image, 2)
    rewritten(stack)
    result.report(stack.parent / "a.html")
    assert CHANGED in (stack.parent / "a.html").read_text()
    other = pixture.read(stack, slice=1)
    rewritten(stack)
    os.utime(stack, ns=(2, 2))
    model = pixture.fit_images([other], 2)
    model.save(stack.parent / "m.pixture")
    assert pixture.ImageModel.load(stack.parent / "m.pixture").facts["images"][0]["sha256"] is None
