"""A mask lets through what is not zero, or reaches a threshold; one that leaves doubt is told by name."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from click.testing import CliRunner

import pixture
from pixture import ChoiceError, ImageError, MaskedValuesWarning, UnclearMaskWarning
from pixture.arrays import Array, Mask
from pixture.cli import app
from pixture.segmentation.sources.mask_image import opened

PIXELS = np.random.default_rng(0).integers(0, 255, (48, 64), dtype=np.uint8)


def disc() -> Mask:
    y, x = np.mgrid[:48, :64]
    inside: Mask = (y - 24) ** 2 + (x - 32) ** 2 < 300
    return inside


def quiet(mask: Any, threshold: float | None = None) -> Mask:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = opened(mask, threshold)
    assert found is not None
    return found.through


@pytest.fixture
def lossy(tmp_path: Path) -> Path:
    path = tmp_path / "mask.jpg"
    PIL.Image.fromarray(disc().astype(np.uint8) * 255).save(path, quality=80)
    return path


def test_a_mask_from_a_lossy_file_is_told_and_a_threshold_mends_it(lossy: Path) -> None:
    values = np.asarray(PIL.Image.open(lossy))
    assert np.count_nonzero(values) > disc().sum()  # the ringing
    with pytest.warns(UnclearMaskWarning) as caught:
        result = pixture.segment(PIXELS, 2, mask=lossy)
    said = str(caught[0].message)
    assert said.startswith(f"{lossy}: the mask holds {np.unique(values).size} values, from 0 to 255")
    assert "mask_threshold=T" in said
    assert "--" not in said
    np.testing.assert_array_equal(result.labels != 255, values != 0)
    np.testing.assert_array_equal(quiet(lossy, 128), disc())
    np.testing.assert_array_equal(
        pixture.segment(PIXELS, 2, mask=lossy, mask_threshold=128).labels != 255, disc()
    )
    assert pixture.select(PIXELS, [1, 2], mask=lossy, mask_threshold=128).total_weight == disc().sum()
    model = pixture.fit_images([PIXELS], 2)
    applied = pixture.apply(model, PIXELS, mask=lossy, mask_threshold=128)
    np.testing.assert_array_equal(applied.labels != 255, disc())


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ([[0, 1, 1]], [[0, 1, 1]]),
        ([[0, 255, 0]], [[0, 1, 0]]),
        ([[True, False, True]], [[1, 0, 1]]),
        ([[0.0, 0.5, 0.0]], [[0, 1, 0]]),
        ([[-1, 0, 0]], [[1, 0, 0]]),
        ([[7, 7, 7]], [[1, 1, 1]]),
        ([[[0, 0, 0], [0, 9, 0], [9, 9, 9]]], [[0, 1, 1]]),  # in one channel is enough
    ],
)
def test_two_values_leave_no_doubt(mask: list[Any], expected: list[list[int]]) -> None:
    image = pixture.image_from_array(mask, axes="yxc"[: np.ndim(mask)])
    assert quiet(image).astype(int).tolist() == expected


@pytest.mark.parametrize(
    ("mask", "count"),
    [([[0, 1, 2]], 3), ([[0.0, 0.25, 1.0]], 3), ([[16, 235, 235]], 2), ([[0, 1, 65535]], 3)],
)
def test_other_values_are_told(mask: list[Any], count: int) -> None:
    with pytest.warns(UnclearMaskWarning, match=rf"The mask holds {count} values") as caught:
        found = opened(np.array(mask))
    assert found is not None
    np.testing.assert_array_equal(found.through, np.array(mask) != 0)
    assert len(caught) == 1


def test_what_is_masked_in_a_mask_lets_nothing_through() -> None:
    with pytest.warns(MaskedValuesWarning, match="1 of 3 pixels"):
        found = opened(np.array([[np.nan, 0, 1]]))
    assert found is not None
    assert found.through.tolist() == [[False, False, True]]
    assert quiet(np.ma.masked_array([[9, 9, 0]], [[True, False, False]])).tolist() == [[False, True, False]]
    rgba = np.array([[[9, 9, 9, 0], [9, 9, 9, 1], [0, 0, 0, 255]]], np.uint8)
    assert quiet(PIL.Image.fromarray(rgba)).tolist() == [[False, True, False]]
    assert quiet(PIL.Image.fromarray(rgba), 10).tolist() == [[False, False, False]]


def test_thresholds_are_the_least_value_that_passes() -> None:
    values: Array = np.array([[0, 127, 128, 255]], np.uint8)
    assert quiet(values, 128).tolist() == [[False, False, True, True]]
    assert quiet(values, 127.5).tolist() == [[False, False, True, True]]
    assert quiet(values / 255, 0.5).tolist() == [[False, False, True, True]]
    assert opened(None) is None
    with pytest.raises(ChoiceError, match="none was given"):
        pixture.segment(PIXELS, 2, mask_threshold=3)
    for wrong in (np.nan, np.inf):
        with pytest.raises(ChoiceError, match="finite number"):
            opened(values, wrong)
    with pytest.raises(ChoiceError, match="A mask goes with an image"):
        pixture.select(pixture.WeightedSample([1.0, 2.0]), mask_threshold=1)
    with pytest.raises(ImageError, match="leaves no pixel"):
        pixture.segment(PIXELS, 2, mask=disc(), mask_threshold=9)


def test_every_command_with_a_mask_takes_a_threshold(lossy: Path, tmp_path: Path) -> None:
    PIL.Image.fromarray(PIXELS).save(tmp_path / "a.png")
    image, with_mask = tmp_path / "a.png", ["--mask", lossy, "--mask-threshold", "128"]
    runner = CliRunner()

    def run(*arguments: object) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            done = runner.invoke(app, [str(argument) for argument in arguments])
        assert done.exit_code == 0, done.output
        return done

    masked = PIXELS.size - int(disc().sum())
    for command in (("segment", image, "-k", 2), ("report", image, "-k", 2)):
        done = run(*command, *with_mask, "-o", tmp_path / command[0], "--json")
        about = json.loads(done.stdout.splitlines()[-1])["record"]["input"]
        assert about["masked_pixels"] == masked
    run("fit", image, "-k", 2, *with_mask, "-o", tmp_path / "m.pixture", "--json")
    assert pixture.ImageModel.load(tmp_path / "m.pixture").facts["pixels"] == disc().sum()
    run("apply", tmp_path / "m.pixture", image, *with_mask, "-o", tmp_path / "applied")
    labels = np.asarray(PIL.Image.open(tmp_path / "applied" / "a.labels.png"))
    np.testing.assert_array_equal(labels != 255, disc())
    selected = json.loads(run("select", image, "-k", "1-2", *with_mask, "--json").stdout)
    assert selected["total_weight"] == disc().sum()
    run("animate", image, "-k", 2, *with_mask, "-o", tmp_path / "a.gif", "--width", 200)
    for name in ("segment", "report", "fit", "animate"):
        done = runner.invoke(app, [name, str(image), "--mask-threshold", "1", "-o", str(tmp_path / "x.gif")])
        assert done.exit_code == 1
        assert "A mask threshold goes with a mask" in done.output
