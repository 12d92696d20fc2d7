"""The automatic foreground: what it finds where one threshold does not, and what it does not depend on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import pixture
from pixture.arrays import Array, Mask
from pixture.segmentation.foreground.automatic_foreground import Foreground, automatic_foreground
from pixture.segmentation.foreground.constants import Constants
from pixture.segmentation.foreground.nested_classes import within_nested
from pixture.segmentation.foreground.otsu import otsu

CENTRES = [(20, 24), (22, 90), (64, 30), (60, 100), (104, 24), (100, 96), (64, 66)]


def discs(radius: float = 9, shape: tuple[int, int] = (128, 120)) -> Mask:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return np.asarray(np.any([np.hypot(rows - y, columns - x) < radius for y, x in CENTRES], axis=0))


def of(pixels: Array, mask: Mask | None = None, threads: int | None = 1) -> Foreground:
    return automatic_foreground(pixture.image_from_array(pixels, mask=mask), threads=threads)


def dice(found: Mask, truth: Mask) -> float:
    return float(2 * np.count_nonzero(found & truth) / max(found.sum() + truth.sum(), 1))


def by_otsu(plane: Array) -> Mask:
    split = otsu(plane.ravel())
    assert split is not None
    above = plane > split.threshold
    return above if split.above <= 0.5 else ~above


def noisy(plane: Array, generator: np.random.Generator, sigma: float = 4) -> Array:
    return (plane + generator.normal(0, sigma, plane.shape)).clip(0, 255).round().astype(np.uint8)


@pytest.fixture
def nuclei(generator: np.random.Generator) -> Array:
    """Discs on a darker background, the left ones fainter."""
    truth = discs()
    level = np.where(np.arange(truth.shape[1]) < 60, 70.0, 180.0)
    return noisy(np.where(truth, level, 20.0), generator)


def test_plain_classes() -> None:
    truth = discs()
    found = of(np.where(truth, 200, 50).astype(np.uint8))
    assert dice(found.mask, truth) > 0.97  # corners between neighbours go
    assert found.probability.dtype == np.float32
    assert ((found.probability > 0.5) == found.mask).all()
    assert not found.mask.flags.writeable


def test_uneven_light(generator: np.random.Generator) -> None:
    truth = discs()
    rows, columns = np.mgrid[: truth.shape[0], : truth.shape[1]]
    pixels = noisy(20 + 1.2 * columns + 0.3 * rows + 35 * truth, generator)
    assert dice(by_otsu(pixels), truth) < 0.5
    found = of(pixels)
    assert dice(found.mask, truth) > 0.95
    assert "uneven light" in found.rule


def test_faint_objects_beside_bright_ones(nuclei: Array) -> None:
    truth = discs()
    assert dice(by_otsu(nuclei), truth) < 0.75
    assert dice(of(nuclei).mask, truth) > 0.95


def test_two_levels_that_touch(generator: np.random.Generator) -> None:
    plane, truth = np.full((90, 120), 20.0), np.zeros((90, 120), bool)
    truth[30:60, 30:90] = True
    plane[30:60, 30:60], plane[30:60, 60:90] = 90, 200
    assert dice(of(noisy(plane, generator)).mask, truth) > 0.95


def test_colours_of_equal_brightness(generator: np.random.Generator) -> None:
    truth = discs()
    pixels = np.where(truth[..., None], [150, 90, 110], [90, 110, 100]) + generator.normal(
        0, 6, (*truth.shape, 3)
    )
    pixels += generator.normal(0, 30, (*truth.shape, 1))  # brightness says nothing
    assert dice(of(pixels.clip(0, 255).astype(np.uint8)).mask, truth) > 0.97


def test_an_inner_class_is_sought_within_the_outer(generator: np.random.Generator) -> None:
    rows, columns = np.mgrid[:160, :160]
    cell, nucleus = np.hypot(rows - 80, columns - 80) < 50, np.hypot(rows - 76, columns - 84) < 9
    blurred = np.clip(60 - np.hypot(rows - 80, columns - 80), 0, 20) / 20  # the cell's edge is soft
    found = of(noisy(230 - 60 * blurred - 90 * nucleus, generator, 2))
    assert cell.sum() > 20 * nucleus.sum()
    assert dice(found.mask, nucleus) > 0.9
    assert "inner" in found.rule


def test_shades_of_an_object_are_no_inner_class() -> None:
    rows, columns = np.mgrid[:160, :160]
    away = np.hypot(rows - 80, columns - 80)
    plane = np.where(away < 50, 200 - away, 40.0).astype(np.float32)
    assert within_nested(plane, np.ones(plane.shape, bool), Constants(), (1.0, 1.0)) is None


def test_a_blurred_piece_is_left_out(generator: np.random.Generator) -> None:
    truth = discs()
    rows, columns = np.mgrid[: truth.shape[0], : truth.shape[1]]
    blur = 110 * np.exp(-((rows - 100) ** 2 + (columns - 60) ** 2) / (2 * 12**2))
    found = of(noisy(np.maximum(20 + 160 * truth, 20 + blur), generator))
    assert not found.mask[95:105, 55:65].any()
    assert dice(found.mask, truth) > 0.95


@pytest.mark.parametrize("turn", [np.flipud, np.fliplr, np.transpose])
def test_a_turned_image_has_the_turned_foreground(nuclei: Array, turn: Callable[[Array], Array]) -> None:
    turned = np.ascontiguousarray(turn(nuclei))
    assert np.mean(of(turned).mask == turn(of(nuclei).mask)) > 0.9999


def test_brightness_plays_no_part(nuclei: Array) -> None:
    expected = of(nuclei).mask
    assert (of(255 - nuclei).mask == expected).all()
    assert np.mean(of(nuclei.astype(np.uint16) * 257).mask == expected) > 0.9999
    assert np.mean(of(nuclei / 255 - 7).mask == expected) > 0.9999
    colour = np.stack([nuclei, nuclei // 2, 255 - nuclei], axis=-1)
    assert (of(colour).mask == of(255 - colour).mask).all()


def test_grey_stored_as_colour_is_grey(nuclei: Array) -> None:
    assert (of(np.stack([nuclei] * 3, axis=-1)).mask == of(nuclei).mask).all()


def test_threads_play_no_part(nuclei: Array) -> None:
    colour = np.stack([nuclei, nuclei // 3, nuclei[::-1]], axis=-1)
    for pixels in (nuclei, colour):
        one, many = of(pixels, threads=1), of(pixels, threads=3)
        assert (one.mask == many.mask).all()
        assert (one.probability == many.probability).all()


def test_masked_pixels_are_no_foreground(nuclei: Array) -> None:
    mask = np.ones(nuclei.shape, bool)
    mask[:, 110:] = False
    garbage = np.where(mask, nuclei, 255)
    found = of(garbage, mask)
    assert not found.mask[~mask].any()
    assert (found.probability[~mask] == 0).all()
    assert dice(found.mask, discs() & mask) > 0.95


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 2), (3, 5), (6, 6, 3), (30, 30, 7)])
def test_images_without_and_of_few_pixels(shape: tuple[int, ...], generator: np.random.Generator) -> None:
    nothing = of(np.full(shape, 9, np.uint8))
    assert not nothing.mask.any()
    assert "equal" in nothing.rule
    found = of(generator.normal(size=shape).astype(np.float32))
    assert found.mask.shape == shape[:2]
    assert np.isfinite(found.probability).all()


def test_extremes_of_values() -> None:
    truth = discs()
    for low, high in ((1e-30, 2e-30), (-1e30, 1e30), (1e9, 1e9 + 1e4)):
        assert dice(of(np.where(truth, high, low)).mask, truth) > 0.97


def test_otsu_as_by_all_thresholds(generator: np.random.Generator) -> None:
    values = generator.integers(0, 30, 400)
    best = max(
        np.unique(values)[:-1],
        key=lambda t: (
            np.mean(values <= t)
            * np.mean(values > t)
            * (values[values <= t].mean() - values[values > t].mean()) ** 2
        ),
    )
    split = otsu(values)
    assert split is not None
    assert best < split.threshold < best + 1.01
    low, high = values[values <= best], values[values > best]
    between = len(low) * len(high) / len(values) ** 2 * (low.mean() - high.mean()) ** 2
    assert split.separation == pytest.approx(between / values.var())


@pytest.mark.parametrize(("name", "floor"), [("dsb2018", 0.89), ("he_nuclei", 0.865)])
def test_nuclei_that_people_drew(data: Path, name: str, floor: float) -> None:
    folder = data / name
    if not folder.is_dir():
        pytest.skip(f"{name} is not among the test images")
    scores = []
    for path in sorted((folder / "images").glob("*.png"))[:40]:
        truth = pixture.read(folder / "labels" / path.name).pixels > 0
        scores.append(dice(automatic_foreground(pixture.read(path)).mask, truth))
    assert np.mean(scores) > floor
