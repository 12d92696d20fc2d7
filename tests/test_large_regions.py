"""Regions of a source in bands are those of the whole image: the same numbers, the same table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixture.errors import ChoiceError
from pixture.imaging import window as windows
from pixture.imaging.downsampling import block_means, reduce
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.physical_space.place import Place
from pixture.imaging.window import Window
from pixture.scale.sources.source import ImageSource
from pixture.scale.stores.piece_store import PieceStore
from pixture.scale.workers import Threads
from pixture.segmentation.large_images.regions import level_rows, outlines_in_bands, regions_of_source
from pixture.segmentation.large_images.regions.level_rows import reduced_source
from pixture.segmentation.large_images.regions.outlines_in_bands import bring_source_to_full_resolution
from pixture.segmentation.regions import find_regions, full_resolution
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


@pytest.mark.parametrize("choices", [{}, {"regions": 4}, {"detail": 0.8}])
def test_regions_are_those_of_the_whole(
    choices: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (find_regions, regions_of_source):
        monkeypatch.setattr(module, "MOST_PIXELS", 3000)
    monkeypatch.setattr(windows, "ONE_PIECE", 1000)
    monkeypatch.setattr(windows, "PIECE_NUMBERS", 2**12)
    monkeypatch.setattr(windows, "SHORTEST", 16)
    monkeypatch.setattr(windows, "LONGEST", 64)
    pixels, _, _ = scene(200, 4, 12, 3)
    place = Place("GeoTIFF", None, row_areas=np.linspace(1, 2, 190), area_unit="m²") if choices else None
    image = image_from_array(pixels[:190], spacing=(0.5, 0.5), unit="mm", place=place)
    expected = find_regions.find_regions(image, **choices)
    source = ImageSource(image)
    stores: list[PieceStore] = []

    def opened(dtype: np.dtype[Any]) -> PieceStore:
        stores.append(PieceStore(tmp_path / "numbers", source.description.pieces, dtype))
        return stores[0]

    found = regions_of_source.regions_of_source(source, Threads(2), tmp_path / "work", opened, **choices)
    assert len(source.description.pieces) > 4
    np.testing.assert_array_equal(stores[0].read(Window.of(image.shape)), expected.labels)
    np.testing.assert_array_equal(found.members, expected.members)
    np.testing.assert_array_equal(found.tree.pixels, expected.tree.pixels)
    assert found.count == expected.count > 1
    assert repr(found).startswith(f"<LargeRegions: {found.count} of")
    for row, like in zip(found.table(), expected.table(), strict=True):
        assert list(row) == list(like)
        for name, value in like.items():
            assert row[name] == (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value), name


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    def found(image: Image) -> None:
        regions_of_source.regions_of_source(ImageSource(image), Threads(1), tmp_path, lambda dtype: None)

    with pytest.raises(ChoiceError, match="two axes"):
        found(image_from_array(np.zeros((3, 4, 5), np.uint8), axes="zyx"))
    with pytest.raises(ChoiceError, match="small enough"):
        found(image_from_array(np.zeros((3, 4), np.uint8)))
    wide = image_from_array(np.zeros((600, 600), np.uint8))
    with pytest.raises(ChoiceError, match="are masked"):
        found(wide.masked(np.arange(360_000).reshape(600, 600) > 7))
