"""Regions of a source in bands are those of the whole image: the same numbers, the same table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pixture.imaging.downsampling import block_means, reduce
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.window import Window
from pixture.scale.source import ImageSource
from pixture.scale.workers import Threads
from pixture.segmentation.large_images.regions import level_rows, outlines_in_bands
from pixture.segmentation.large_images.regions.level_rows import reduced_source
from pixture.segmentation.large_images.regions.outlines_in_bands import bring_source_to_full_resolution
from pixture.segmentation.regions import full_resolution
from tests.test_full_resolution import connected_labels, scene


@pytest.fixture(autouse=True)
def thin_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bands of a strip or two of few rows."""
    monkeypatch.setattr(full_resolution, "STRIP", 20)
    monkeypatch.setattr(outlines_in_bands, "BAND", 2 * 20 * 130)
    monkeypatch.setattr(level_rows, "READ", 24)


def picture(size: int, factor: int, seed: int) -> tuple[Image, np.ndarray]:
    pixels, _, coarse = scene(size, factor, 20, seed)
    return image_from_array(pixels), connected_labels(coarse)


@pytest.mark.parametrize(("size", "factor", "cut"), [(128, 4, 0), (128, 8, 3), (240, 12, 5), (320, 32, 1)])
@pytest.mark.parametrize("grey", [False, True])
def test_outlines_are_those_of_the_whole(
    size: int, factor: int, cut: int, grey: bool, tmp_path: Path
) -> None:
    image, superpixels = picture(size, factor, size + cut)
    pixels = image.pixels[: size - cut, : size - cut]
    image = image_from_array(pixels[..., 0].astype(np.float32) * 1.7 if grey else pixels)
    whole = image.pixels.reshape(*image.shape, -1)
    expected = full_resolution.bring_to_full_resolution(superpixels, whole, factor)
    values = block_means(whole, factor)[0]
    found = bring_source_to_full_resolution(
        superpixels, values, ImageSource(image), factor, Threads(2), tmp_path
    )
    np.testing.assert_array_equal(found.read(Window.of(image.shape)), expected)
    assert (
        expected != np.repeat(np.repeat(superpixels, factor, 0), factor, 1)[: size - cut, : size - cut]
    ).any()


@pytest.mark.parametrize("factor", [2, 5, 40])
def test_a_source_is_reduced_as_the_whole(factor: int) -> None:
    image, _ = picture(128, 4, 1)
    expected, found = reduce(image, factor), reduced_source(ImageSource(image), factor, Threads(2))
    np.testing.assert_array_equal(found.pixels, expected.pixels)
    assert (found.axes, found.spacing, found.mask) == (expected.axes, expected.spacing, expected.mask)
