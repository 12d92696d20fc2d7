"""The automatic foreground of volumes: balls of known size, and what holds between planes and volumes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

import pixture
from pixture.arrays import Array, Mask
from pixture.cli import app
from pixture.imaging.feature_space.scale_space import smoothed
from pixture.segmentation.foreground.automatic_foreground import Foreground, automatic_foreground
from pixture.segmentation.foreground.constants import Constants
from pixture.segmentation.foreground.nested_classes import within_nested

SIZE = (40.0, 70.0, 70.0)
"""Of the volume of balls, in micrometres."""

SPACINGS = [(1.0, 1.0, 1.0), (2.0, 0.5, 0.5), (0.5, 1.0, 1.0)]


def of(pixels: Array, spacing: tuple[float, ...] | None = None, **known: Any) -> Foreground:
    axes = "zyxc"[: pixels.ndim] if pixels.ndim > 2 else "yx"
    image = pixture.image_from_array(pixels, axes=axes, spacing=spacing, mask=known.pop("mask", None))
    return automatic_foreground(image, **known)


def balls(spacing: tuple[float, ...], seed: int = 1, count: int = 14) -> tuple[Array, Mask, list[float]]:
    """Noisy bright balls on a slope of light as high as they are, where they are, and their volumes."""
    generator = np.random.default_rng(seed)
    grid = np.ix_(
        *(np.arange(size / step) * step + step / 2 for size, step in zip(SIZE, spacing, strict=True))
    )
    level = 20 + 1.2 * grid[2] + 0.5 * grid[1] + 0.3 * grid[0]
    truth = np.zeros(level.shape, bool)
    made: list[tuple[np.ndarray, float]] = []
    while len(made) < count:
        radius = generator.uniform(4, 7)
        centre = generator.uniform(radius + 1, np.array(SIZE) - radius - 1)
        if all(np.linalg.norm(centre - other) > radius + own + 2.5 for other, own in made):
            made.append((centre, radius))
            inside = sum((along - at) ** 2 for along, at in zip(grid, centre, strict=True)) < radius**2
            truth |= inside
            level[inside] += generator.uniform(60, 150)
    pixels = (level + generator.normal(0, 6, level.shape)).clip(0, 255).round().astype(np.uint8)
    return pixels, truth, sorted(4 / 3 * np.pi * radius**3 for _, radius in made)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_balls_in_uneven_light_are_counted_and_measured(spacing: tuple[float, ...]) -> None:
    pixels, truth, volumes = balls(spacing)
    image = pixture.image_from_array(pixels, axes="zyx", spacing=spacing, unit="µm")
    found = automatic_foreground(image)
    assert np.count_nonzero(found.mask != truth) < 0.02 * truth.sum()
    assert "uneven light" in found.rule
    objects = pixture.find_objects(found.mask, image)
    assert objects.count == len(volumes)
    np.testing.assert_allclose(np.sort(objects.columns["volume"]), volumes, rtol=0.05)
    assert ((found.probability > 0.5) == found.mask).all()


def corner(spacing: tuple[float, ...]) -> Array:
    """A part of the balls, with some whole ones."""
    return balls(spacing)[0][:24, :56, :56]


def test_brightness_and_threads_play_no_part_in_volumes() -> None:
    pixels = corner(SPACINGS[1])
    one = of(pixels, SPACINGS[1], threads=1)
    for other in (of(pixels, SPACINGS[1], threads=3), of(255 - pixels, SPACINGS[1])):
        assert (one.mask == other.mask).all()
    assert (one.probability == of(pixels, SPACINGS[1], threads=3).probability).all()


def test_masked_voxels_are_no_foreground() -> None:
    pixels, truth, _ = balls(SPACINGS[0])
    mask = np.ones(pixels.shape, bool)
    mask[:, :, 60:] = False
    found = of(np.where(mask, pixels, 255), SPACINGS[0], mask=mask)
    assert not found.mask[~mask].any()
    assert np.count_nonzero((found.mask != truth) & mask) < 0.03 * truth.sum()


@settings(max_examples=15)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 60),
    columns=st.integers(1, 60),
    channels=st.sampled_from([0, 2, 3]),
    masked=st.booleans(),
    spacing=st.floats(0.01, 100),
)
def test_a_volume_of_one_plane_has_the_plane_s_foreground(
    seed: int, rows: int, columns: int, channels: int, masked: bool, spacing: float
) -> None:
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    level = 60.0 * (((y // 9) + (x // 9)) % 3 == 0) + x
    level = level[..., None] * np.ones(channels) if channels else level
    pixels = (level + generator.normal(0, 5, level.shape)).astype(np.float32)
    mask = generator.random((rows, columns)) > 0.1 if masked and rows * columns > 20 else None
    flat = automatic_foreground(pixture.image_from_array(pixels, axes="yxc"[: pixels.ndim], mask=mask))
    deep = automatic_foreground(
        pixture.image_from_array(
            pixels[None],
            axes="zyxc"[: pixels.ndim + 1],
            spacing=(spacing, 2.0, 2.0),
            mask=None if mask is None else mask[None],
        )
    )
    assert deep.rule == flat.rule
    np.testing.assert_array_equal(deep.mask[0], flat.mask)
    np.testing.assert_array_equal(deep.probability[0], flat.probability)


@pytest.mark.parametrize("step", [0.3, 1.0, 4.0])
def test_planes_that_are_all_the_same_have_the_foreground_of_one(step: float) -> None:
    generator = np.random.default_rng(2)
    y, x = np.mgrid[:70, :80]
    discs = np.hypot(y % 35 - 17, x % 40 - 20) < 9
    plane = (np.where(discs, np.where(x < 40, 80, 180), 20) + generator.normal(0, 4, y.shape)).round()
    flat = of(plane.astype(np.float32))
    deep = of(np.repeat(plane[None], 7, axis=0).astype(np.float32), (step, 1.0, 1.0))
    assert all((one == flat.mask).all() for one in deep.mask)
    np.testing.assert_allclose(
        deep.probability, np.broadcast_to(flat.probability, deep.probability.shape), atol=1e-3
    )


def test_it_is_the_proportions_of_a_voxel_that_count() -> None:
    pixels = corner(SPACINGS[1])
    nanometres = tuple(1000 * size for size in SPACINGS[1])
    assert (of(pixels, SPACINGS[1]).probability == of(pixels, nanometres).probability).all()


@pytest.mark.parametrize("turn", [(0, 2, 1), (1, 0, 2), (2, 1, 0)])
def test_a_turned_volume_has_the_turned_foreground(turn: tuple[int, ...]) -> None:
    pixels = corner((1.0, 1.0, 1.0))
    turned = of(np.ascontiguousarray(pixels.transpose(turn)))
    assert np.mean(turned.mask == of(pixels).mask.transpose(turn)) > 0.9999


@pytest.mark.parametrize("spacing", [(1e-300, 1.0, 1.0), (1e300, 1e-300, 1e-300), (1.0, 1.0, 1e-12)])
@pytest.mark.parametrize("shape", [(2, 1, 1), (2, 9, 8), (5, 1, 7), (12, 12, 12), (6, 8, 8, 3)])
def test_voxels_of_any_proportions(shape: tuple[int, ...], spacing: tuple[float, ...]) -> None:
    generator = np.random.default_rng(0)
    found = of(generator.normal(size=shape).astype(np.float32), spacing)
    assert found.mask.shape == shape[:3]
    assert np.isfinite(found.probability).all()
    assert "equal" in of(np.full(shape, 9, np.uint8), spacing).rule


def test_an_inner_class_of_a_volume_is_sought_within_the_outer() -> None:
    z, y, x = np.ogrid[:30, :90, :90]
    away = np.sqrt((3 * (z - 15)) ** 2 + (y - 45.0) ** 2 + (x - 45.0) ** 2)
    nucleus = (3 * (z - 14)) ** 2 + (y - 42) ** 2 + (x - 48) ** 2 < 9**2
    blurred = np.clip(40 - away, 0, 14) / 14  # the cell's edge is soft
    pixels = 230 - 60 * blurred - 90 * nucleus + np.random.default_rng(0).normal(0, 2, away.shape)
    found = of(pixels.round().astype(np.uint8), (3.0, 1.0, 1.0))
    assert "inner" in found.rule
    assert np.count_nonzero(found.mask != nucleus) < 0.2 * nucleus.sum()


def test_shades_of_a_ball_are_no_inner_class() -> None:
    z, y, x = np.ogrid[:50, :50, :50]
    away = np.sqrt((z - 25.0) ** 2 + (y - 25.0) ** 2 + (x - 25.0) ** 2)
    volume = np.where(away < 18, 200 - away, 40.0).astype(np.float32)
    assert within_nested(volume, np.ones(volume.shape, bool), Constants(), (1.0, 1.0, 1.0)) is None


def test_times_of_volumes_are_each_by_themselves() -> None:
    pixels = corner((2.0, 1.0, 1.0))
    series = np.stack([pixels, 255 - pixels[::-1]])
    image = pixture.image_from_array(series, axes="tzyx", spacing=(2.0, 1.0, 1.0))
    found = automatic_foreground(image)
    assert found.rule.startswith("at each time")
    assert (found.mask[0] == of(pixels, (2.0, 1.0, 1.0)).mask).all()
    assert (found.mask[1] == found.mask[0][::-1]).mean() > 0.9999


@settings(max_examples=20)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 30), st.integers(1, 30)),
    sigma=st.tuples(*[st.one_of(st.just(0.0), st.floats(0.3, 4))] * 3),
)
def test_smoothing_of_volumes_is_a_convolution(
    seed: int, shape: tuple[int, ...], sigma: tuple[float, ...]
) -> None:
    volume = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    expected = gaussian_filter(
        volume.astype(float), sigma, radius=[max(1, int(np.ceil(4 * one))) for one in sigma]
    )
    np.testing.assert_allclose(smoothed(volume, sigma), expected, atol=1e-5)
    np.testing.assert_array_equal(smoothed(volume, sigma, threads=1), smoothed(volume, sigma, threads=3))
    np.testing.assert_array_equal(smoothed(volume[::-1].copy(), sigma), smoothed(volume, sigma)[::-1])


def test_smoothing_of_wide_planes_goes_block_by_block() -> None:
    volume = np.random.default_rng(0).normal(size=(5, 150, 150)).astype(np.float32)
    expected = gaussian_filter(volume.astype(float), (1.5, 0, 0), radius=(6, 0, 0))
    np.testing.assert_allclose(smoothed(volume, (1.5, 0, 0)), expected, atol=1e-5)


@pytest.mark.parametrize("kind", ["ImageJ", "OME"])
def test_the_command_counts_balls_in_a_stack(kind: str, tmp_path: Path) -> None:
    pixels, _, volumes = balls((2.0, 0.5, 0.5))
    path = tmp_path / ("stack.ome.tif" if kind == "OME" else "stack.tif")
    if kind == "OME":
        size = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5, "PhysicalSizeZ": 2.0}
        units = {f"{name}Unit": "µm" for name in size}
        tifffile.imwrite(path, pixels, ome=True, metadata={"axes": "ZYX", **size, **units})
    else:
        about = {"axes": "ZYX", "spacing": 2.0, "unit": "um"}
        tifffile.imwrite(path, pixels, imagej=True, resolution=(2, 2), metadata=about)
    words = [
        "segment",
        str(path),
        "-k",
        "2",
        "--foreground",
        "auto",
        "--objects",
        "-o",
        str(tmp_path / "out"),
    ]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 0, run.output
    assert "14 objects" in " ".join(run.stderr.split())
    (table,) = (tmp_path / "out").glob("*.objects.csv")
    with table.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 14
    np.testing.assert_allclose(sorted(float(line["volume"]) for line in lines), volumes, rtol=0.05)
    (labels,) = (tmp_path / "out").glob("*.objects*.tif")
    assert tifffile.imread(labels).max() == 14
