"""Volumes: what a segmentation does with three spatial axes, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture import ChoiceError, ImageError, Mixture, Segmentation, image_from_array
from pixture.arrays import Array, Mask
from pixture.cli import app
from pixture.imaging.display.montage import MOST_PLANES, montage
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image import Image
from pixture.imaging.writers.tiff import tiff
from pixture.options.fitting import Choices
from pixture.options.spatial import Spatial
from pixture.segmentation.component_count.away_from_edges import away_from_edges
from pixture.segmentation.component_count.effective_size import effective_size
from pixture.segmentation.field.contrast import contrast_weights
from pixture.segmentation.field.label_table import label_table
from pixture.segmentation.field.mean_field import grid_of, update, without_neighbours
from pixture.segmentation.field.neighbourhood import neighbourhood
from pixture.segmentation.field.potts_em import Prior, fit_field
from pixture.segmentation.field.smooth import smoothed
from tests.reference_field import couplings, kinds_of, updated

TWO = Mixture([0.5, 0.5], [[80.0], [120.0]], [400.0, 400.0], "spherical")
STEPS = {6: 1, 18: 2, 26: 3}


def noisy(
    shape: tuple[int, int, int] = (12, 36, 40), spread: float = 12, seed: int = 0
) -> tuple[Array, Array]:
    """A volume of two halves, and a block in their middle; and which voxel is of which class."""
    generator = np.random.default_rng(seed)
    truth = np.zeros(shape, np.uint8)
    truth[:, :, shape[2] // 2 :] = 1
    truth[tuple(slice(length // 4, -(length // 4)) for length in shape)] = 2
    values = np.array([60, 110, 160])[truth] + generator.normal(0, spread, shape)
    return values.round().clip(0, 255).astype(np.uint8), truth


def masked_out(shape: tuple[int, ...]) -> Mask:
    mask = np.ones(shape, bool)
    mask[:2], mask[:, :5], mask[:, :, -3:] = False, False, False
    return mask


# --- images of three axes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("axes", "shape", "kept", "spatial"),
    [
        ("zyx", (4, 5, 6), "zyx", (4, 5, 6)),
        ("zyxc", (4, 5, 6, 2), "zyxc", (4, 5, 6)),
        ("czyx", (2, 4, 5, 6), "zyxc", (4, 5, 6)),
    ],
)
def test_a_volume_is_said_by_its_axes(
    axes: str, shape: tuple[int, ...], kept: str, spatial: tuple[int, ...]
) -> None:
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    image = image_from_array(array, axes=axes, spacing=(2, 1, 0.5))
    assert (image.axes, image.shape, image.spacing) == (kept, spatial, (2.0, 1.0, 0.5))
    assert image.is_volume
    expected = np.moveaxis(array, 0, -1) if axes == "czyx" else array
    np.testing.assert_array_equal(image.pixels, expected)
    assert repr(image).startswith("<Image: 4 planes of 6 x 5")
    assert image_from_array(array, axes=axes).spacing == (1.0, 1.0, 1.0)


def test_an_image_has_a_spacing_too() -> None:
    image = image_from_array(np.zeros((4, 5), np.uint8), spacing=(0.5, 0.25))
    assert (image.spacing, image.has_units, image.is_volume) == ((0.5, 0.25), True, False)
    assert not image_from_array(np.zeros((4, 5), np.uint8)).has_units


def test_all_that_leaves_voxels_out_comes_together() -> None:
    pixels = np.arange(2 * 3 * 4 * 2, dtype=np.float32).reshape(2, 3, 4, 2)
    pixels[0, 0, 0, 0] = np.nan
    pixels[1, 2, 3, 1] = 0  # transparent
    mask = np.ones((2, 3, 4), bool)
    mask[0, 1] = False
    with pytest.warns(pixture.MaskedValuesWarning, match="1 of 24 pixels are NaN"):
        image = image_from_array(pixels, axes="zyxc", alpha=True, nodata=14, mask=mask)
    assert (image.axes, image.shape) == ("zyx", (2, 3, 4))
    gone = {(0, 0, 0), (1, 2, 3), *((0, 1, x) for x in range(4)), (0, 1, 3)}
    assert image.mask is not None
    assert set(map(tuple, np.argwhere(~image.mask).tolist())) == gone
    hidden = np.ma.MaskedArray(np.arange(24).reshape(2, 3, 4), np.arange(24).reshape(2, 3, 4) == 7)
    found = image_from_array(hidden, axes="zyx").mask
    assert found is not None
    assert np.flatnonzero(~found).tolist() == [7]


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: image_from_array(np.zeros((3, 4, 5)), axes="xyw"), ImageError, "such as 'yxc' or 'zyx'"),
        (lambda: image_from_array(np.zeros((3, 4)), axes="zyx"), ImageError, "got 'zyx' for the shape"),
        (
            lambda: image_from_array(np.zeros((3, 4, 5)), axes="zyx", spacing=(1, 1)),
            ChoiceError,
            "along each of 3 axes; got 1, 1",
        ),
        (lambda: image_from_array(np.zeros((3, 4)), spacing=(1, 0)), ChoiceError, "above 0 along each of 2"),
        (
            lambda: image_from_array(np.zeros((3, 4)), spacing=2.0),  # type: ignore[arg-type]  # is refused
            ChoiceError,
            r"Give spacing=\(1.0, 1.0\)",
        ),
        (
            lambda: image_from_array(np.zeros((3, 4, 5)), axes="zyx", mask=np.ones((4, 5))),
            ImageError,
            r"A mask is \(planes, rows, columns\)",
        ),
        (
            lambda: image_from_array(np.zeros((3, 4, 5)), axes="zyx", mask=np.ones((5, 4, 3))),
            ImageError,
            "They would agree turned",
        ),
        (lambda: image_from_array(np.zeros((12, 40, 50))), ImageError, r"\(array, axes='zyx'\)"),
        (lambda: pixture.segment(np.zeros((3, 12, 40, 50))), ImageError, r"\(array, axes='zyxc'\)"),
    ],
)
def test_what_is_no_volume_is_refused(make: Callable[[], object], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        make()


# --- the field in volumes -------------------------------------------------------------------------------


@given(
    st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 6)),
    st.sampled_from([6, 18, 26]),
    st.sampled_from([(1.0, 1.0, 1.0), (3.0, 1.0, 0.5)]),
    st.floats(0, 6),
    st.integers(0, 999),
)
@settings(max_examples=25)
def test_an_update_equals_its_twin(
    shape: tuple[int, int, int], neighbours: int, spacing: tuple[float, ...], strength: float, seed: int
) -> None:
    pixels = np.random.default_rng(seed).integers(60, 140, shape, dtype=np.uint8)
    image = image_from_array(pixels, axes="zyx", spacing=spacing)
    near = neighbourhood(neighbours, image.spacing)
    counted = histogram(image)
    grid = grid_of(counted, near, contrast_weights(image, near)[:0])
    table = label_table(counted, TWO).joint
    q = without_neighbours(grid, table)
    joint = table[grid.rows.ravel()].T.astype(np.float64)
    naive = np.exp(joint - joint.max(axis=0))
    naive /= naive.sum(axis=0)
    coupling = strength * couplings(shape, STEPS[neighbours], spacing)
    for _ in range(3):
        naive = updated(naive, joint, coupling, kinds_of(shape))
        update(q, grid, table, strength)
        np.testing.assert_allclose(q.reshape(2, -1), naive, atol=2e-5)


@given(st.integers(0, 1000))
@settings(max_examples=5)
def test_likeness_is_its_definition(seed: int) -> None:
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 256, (3, 4, 5, 2), dtype=np.uint8)
    mask = generator.random((3, 4, 5)) > 0.2
    near = neighbourhood(26, (1.0, 1.0, 1.0))
    found = contrast_weights(image_from_array(pixels, axes="zyxc", mask=mask), near)
    values = np.where(mask[..., None], pixels.astype(np.float64), np.nan)
    steps = [np.square(np.diff(values, axis=axis)).reshape(-1, 2) for axis in range(3)]
    usual = np.nanmean(np.concatenate(steps), axis=0)
    for n, offset in enumerate(near.offsets):
        for here in np.ndindex(3, 4, 5):
            there = tuple(np.add(here, offset))
            if all(0 <= at < length for at, length in zip(there, (3, 4, 5), strict=True)):
                both = pixels[here].astype(float), pixels[there].astype(float)
                square = (np.square(both[0] - both[1]) / usual).sum() / 4
                assert abs(int(found[n, *here]) - (127 + 128 * np.exp(-square))) <= 1


def test_the_bits_do_not_depend_on_threads() -> None:
    pixels, _ = noisy((20, 60, 70))
    image = image_from_array(pixels, axes="zyx", mask=masked_out(pixels.shape), spacing=(2, 1, 1))
    counted = histogram(image)
    start = pixture.fit(counted.sample, 3).mixture
    for smooth in ("light", 3.0, "auto"):
        one, *others = (
            smoothed(image, counted, start, Spatial(smooth, 26), Choices(3, threads=n)) for n in (1, 2, 5)
        )
        for other in others:
            assert one is not None
            assert other is not None
            np.testing.assert_array_equal(one.posterior.planes, other.posterior.planes)
            np.testing.assert_array_equal(one.mixture.means, other.mixture.means)


TURNS: dict[str, Callable[[Array], Array]] = {
    "upside down": lambda array: array[::-1, ::-1],
    "planes become columns": lambda array: array.transpose(2, 1, 0),
    "planes become rows": lambda array: array.transpose(1, 2, 0),
}


@pytest.mark.parametrize("how", TURNS)
def test_turning_the_volume_turns_the_labels(how: str) -> None:
    turn = TURNS[how]
    pixels, _ = noisy((16, 20, 24), 30)
    start = pixture.fit(histogram(image_from_array(pixels, axes="zyx")).sample, 3, covariance="tied").mixture

    def found(array: Array) -> tuple[Array, Mixture]:
        image = image_from_array(np.ascontiguousarray(array), axes="zyx")
        counted = histogram(image)
        near = neighbourhood(26, image.spacing)
        grid = grid_of(counted, near, contrast_weights(image, near))
        floor = counted.sample.variance_floor()
        fitted = fit_field(counted, grid, start, Prior(1.5), floor, 300, settled=1e-6).mixture
        made = fit_field(counted, grid, start, Prior(1.5), None, 300, settled=1e-7)
        return made.q, fitted

    (q, mixture), (turned, other) = found(pixels), found(turn(pixels))
    np.testing.assert_allclose(turned, np.stack([turn(plane) for plane in q]), atol=2e-3)
    np.testing.assert_allclose(other.means, mixture.means, rtol=1e-3)


@pytest.mark.parametrize("smooth", ["light", 4, "auto"])
def test_air_around_a_volume_changes_nothing(smooth: Any) -> None:
    pixels, _ = noisy()
    around = np.pad(pixels, ((3, 1), (2, 5), (4, 0)), constant_values=255)
    mask = np.pad(np.ones(pixels.shape, bool), ((3, 1), (2, 5), (4, 0)))
    bare = pixture.segment(image_from_array(pixels, axes="zyx"), 3, smooth=smooth)
    found = pixture.segment(image_from_array(around, axes="zyx", mask=mask), 3, smooth=smooth)
    np.testing.assert_array_equal(found.labels[mask].reshape(pixels.shape), bare.labels)
    np.testing.assert_array_equal(found.mixture.means, bare.mixture.means)
    assert (found.labels[~mask] == found.masked_label).all()


@pytest.mark.parametrize("neighbours", [6, 18, 26])
def test_neighbours_in_planes_help(neighbours: int) -> None:
    pixels, truth = noisy(spread=20)
    image = image_from_array(pixels, axes="zyx")
    plain = pixture.segment(image, 3, covariance="tied", smooth="off")
    smooth = pixture.segment(image, 3, covariance="tied", smooth=4, neighbours=neighbours)
    assert (smooth.labels != truth).mean() < (plain.labels != truth).mean() / 3


@pytest.mark.parametrize(
    ("volume", "neighbours"), [(True, 4), (True, 8), (False, 6), (False, 18), (False, 26)]
)
def test_neighbours_of_the_other_kind_are_refused(volume: bool, neighbours: int) -> None:
    array = np.arange(64, dtype=np.uint8).reshape((4, 4, 4) if volume else (8, 8))
    image = image_from_array(array, axes="zyx" if volume else "yx")
    said = "a volume has 6 or 18 or 26" if volume else "an image has 4 or 8"
    with pytest.raises(ChoiceError, match=f"A pixel of {said} neighbours; got {neighbours}"):
        pixture.segment(image, 2, smooth=2, neighbours=neighbours)


# --- all that a segmentation does -----------------------------------------------------------------------


def cases() -> dict[str, Image]:
    pixels, _ = noisy()
    mask = masked_out(pixels.shape)
    two = np.stack([pixels, 255 - pixels]).astype(np.uint16)
    spread = np.random.default_rng(1).random(pixels.shape)
    return {
        "grey": image_from_array(pixels, axes="zyx", spacing=(2, 1, 1)),
        "masked": image_from_array(pixels, axes="zyx", spacing=(2, 1, 1), mask=mask),
        "colour": image_from_array(np.stack([pixels, 255 - pixels, pixels // 2], axis=-1), axes="zyxc"),
        "two channels": image_from_array(two, axes="czyx", mask=mask),
        "floats": image_from_array(pixels + spread, axes="zyx"),
        "one plane": image_from_array(pixels[6:7], axes="zyx"),
    }


@pytest.mark.parametrize("smooth", ["off", "light", 3])
@pytest.mark.parametrize("name", list(cases()))
def test_pixels_have_all_that_those_of_images_have(name: str, smooth: Any) -> None:
    image = cases()[name]
    result = pixture.segment(image, 3, smooth=smooth)
    there = np.ones(image.shape, bool) if image.mask is None else image.mask
    assert result.labels.shape == image.shape
    shares = result.probabilities()
    assert shares.shape == (*image.shape, 3)
    np.testing.assert_allclose(shares[there].sum(axis=1), 1, atol=2e-3)
    np.testing.assert_array_equal(shares[there].argmax(axis=1), result.labels[there])
    assert result.entropy().shape == image.shape
    assert np.isnan(result.entropy()[~there]).all()
    np.testing.assert_allclose(result.shares, np.bincount(result.labels[there], minlength=3) / there.sum())
    assert result.uncertain_shares().shape == (3,)
    painted = result.painted()
    assert (painted.shape, painted.dtype) == (image.pixels.shape, image.pixels.dtype)
    for flat in (False, True):
        assert result.overlay(flat=flat).shape == (*image.shape, 3)
    plane = image.shape[0] // 2
    if smooth == "off" and there[plane].any():  # a pixel's label rests on its value alone
        alone = image_from_array(image.pixels[plane], axes=image.axes[1:])
        labels = pixture.apply(result.mixture, alone, smooth="off").labels
        np.testing.assert_array_equal(labels[there[plane]], result.labels[plane][there[plane]])
    for found in result.classes:
        size = found.pixels * np.prod(image.spacing)
        assert found.volume == (pytest.approx(size) if image.has_units else None)
        assert found.area is None


@pytest.mark.parametrize("smooth", ["off", 3])
@pytest.mark.parametrize("name", list(cases()))
def test_nothing_that_shows_a_result_fails(name: str, smooth: Any, tmp_path: Path) -> None:
    image = cases()[name]
    result = pixture.segment(image, 3, smooth=smooth)
    paths = result.save(tmp_path)
    names = [f"image{suffix}" for suffix in (".labels.tif", ".overlay.jpg", ".painted.tif", ".classes.csv")]
    assert [path.name for path in paths] == [*names, "image.convergence.png", "image.json"]
    labels = tifffile.imread(paths[0])
    np.testing.assert_array_equal(labels.reshape(image.shape), result.labels)
    painted = tifffile.imread(paths[2])
    if name == "two channels":
        painted = np.moveaxis(painted, 1, -1)
    np.testing.assert_array_equal(painted.reshape(image.pixels.shape), result.painted())
    record = json.loads(paths[-1].read_text())
    assert record["input"]["shape"] == list(image.shape)
    assert record["input"].get("spacing") == (list(image.spacing) if image.has_units else None)
    result.plot().savefig(tmp_path / "plot.png")  # type: ignore[union-attr]  # a Figure here
    assert result._repr_html_().count("<img") == 4
    page = result.report(tmp_path / "report.html").read_text()
    assert "<h2>Regions" in page.replace(' id="regions"', "")
    assert " × ".join(str(length) for length in reversed(image.shape)) in page
    for thing in (image, result, result.posterior):
        assert repr(thing).startswith("<")


def test_the_stack_says_how_large_a_voxel_is(tmp_path: Path) -> None:
    paths = pixture.segment(cases()["grey"], 3).save(tmp_path)
    with tifffile.TiffFile(paths[0]) as file:
        assert len(file.pages) == 12
        assert file.is_imagej
        assert file.imagej_metadata is not None
        assert file.imagej_metadata["spacing"] == 2.0
        assert file.pages[0].compression == tifffile.COMPRESSION.ADOBE_DEFLATE
    table = paths[3].read_text().splitlines()
    assert table[0].endswith(",uncertain_share,volume,mean,standard_deviation")
    again = pixture.segment(cases()["grey"], 3).save(tmp_path / "again")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in paths]


def test_the_animation_shows_the_middle_plane(tmp_path: Path) -> None:
    result = pixture.segment(cases()["masked"], 2)
    assert result.animate().save(tmp_path / "a.gif").stat().st_size > 0


def test_a_montage_is_of_planes_that_hold_something() -> None:
    pixels, _ = noisy((40, 10, 20))
    mask = np.zeros(pixels.shape, bool)
    mask[7:30, 2:8] = True
    image = image_from_array(pixels, axes="zyx", mask=mask, spacing=(3, 2, 1))
    seen = montage(image)
    assert (seen.axes, seen.spacing, seen.origin) == ("yx", (2.0, 1.0), None)
    assert seen.mask is not None
    assert seen.mask.sum() == MOST_PLANES * 6 * 20
    middle = montage(image, 1)
    np.testing.assert_array_equal(middle.pixels, pixels[18])
    np.testing.assert_array_equal(middle.mask, mask[18])
    plane = image_from_array(pixels[0])
    assert montage(plane) is plane


def test_what_a_picture_shows_is_what_the_labels_are() -> None:
    """Of a smoothed segmentation too, in which a pixel's label rests on its place."""
    from pixture.view.panels.glimpse import flat, glimpse

    pixels, _ = noisy(spread=20)
    result = pixture.segment(image_from_array(pixels, axes="zyx", mask=masked_out(pixels.shape)), 3, smooth=4)
    seen = flat(result)
    columns = (seen.image.shape[1] + 1) // (pixels.shape[2] + 1)
    shown = np.flatnonzero(masked_out(pixels.shape).any(axis=(1, 2)))
    for place, plane in enumerate(shown):  # as many as there is room for
        top, left = place // columns * (pixels.shape[1] + 1), place % columns * (pixels.shape[2] + 1)
        here = np.s_[top : top + pixels.shape[1], left : left + pixels.shape[2]]
        np.testing.assert_array_equal(seen.labels[here], result.labels[plane])
        np.testing.assert_array_equal(seen.entropy()[here], result.entropy()[plane])
    image = pixture.segment(np.tile(pixels[6], (3, 3)), 3, smooth=4)
    np.testing.assert_array_equal(glimpse(image, 4_000).labels, image.labels[::2, ::2])


# --- around it ------------------------------------------------------------------------------------------


def test_an_image_with_a_spacing_says_areas() -> None:
    pixels, _ = noisy()
    image = image_from_array(pixels[6], spacing=(0.5, 0.25))
    for found in pixture.segment(image, 3).classes:
        assert found.area == pytest.approx(found.pixels / 8)
        assert found.volume is None
        assert found.as_dict()["area"] == found.area
    without = pixture.segment(pixels[6], 3).classes[0]
    assert (without.area, without.volume) == (None, None)
    assert "area" not in without.as_dict()


def test_objects_of_a_segmentation_are_measured_in_its_units() -> None:
    pixels, truth = noisy()
    image = image_from_array(np.stack([pixels, 255 - pixels], -1), axes="zyxc", spacing=(2, 1, 1))
    result = pixture.segment(image, 3, smooth=4)
    found = pixture.find_objects(result, classes=[2] if result.mixture.means[2, 0] > 140 else [0])
    assert (found.spacing, found.count) == ((2.0, 1.0, 1.0), 1)
    row = found.table()[0]
    assert row["volume"] == 2 * row["pixels"]
    assert row["pixels"] == pytest.approx((truth == 2).sum(), rel=0.05)
    means = [row[name] for name in found.columns if name.startswith("mean")]
    assert means == pytest.approx([160, 95], abs=2)
    assert sum(name.startswith("standard_deviation") for name in found.columns) == 2
    assert pixture.find_objects(result, classes=[2], spacing=(1, 1, 1)).spacing == (1.0, 1.0, 1.0)


def test_masks_of_volumes() -> None:
    pixels, _ = noisy()
    mask = masked_out(pixels.shape)
    image = image_from_array(pixels, axes="zyx")
    expected = pixture.segment(image_from_array(pixels, axes="zyx", mask=mask), 3).labels
    for given_mask in (mask, mask.astype(np.uint8) * 255, image_from_array(mask, axes="zyx")):
        np.testing.assert_array_equal(pixture.segment(image, 3, mask=given_mask).labels, expected)
    some = pixture.segment(image, 3, mask=np.where(mask, 0.9, 0.2), mask_threshold=0.5)
    np.testing.assert_array_equal(some.labels, expected)
    with pytest.raises(
        ImageError, match=r"A mask is \(planes, rows, columns\) as the image is, 12 x 36 x 40"
    ):
        pixture.segment(image, 3, mask=mask[0])


def test_models_and_evaluations_take_volumes() -> None:
    pixels, truth = noisy()
    image = image_from_array(pixels, axes="zyx")
    model = pixture.fit_images([image, image], 3)
    found = pixture.apply(model, image, smooth=3)
    assert isinstance(found, Segmentation)
    assert (found.labels == truth).mean() > 0.98
    assert pixture.evaluate(found.labels, truth).images[0].annotators == 1


def test_the_number_of_components_is_found() -> None:
    pixels, _ = noisy((30, 50, 60))
    image = image_from_array(pixels, axes="zyx", mask=masked_out(pixels.shape))
    selection = pixture.select(image, range(1, 6))
    assert selection.best.components == 3
    assert selection.total_weight == masked_out(pixels.shape).sum()
    found = pixture.segment(image, "auto")
    assert found.mixture.components == 3


def test_voxels_along_faces_are_no_part_of_it() -> None:
    generator = np.random.default_rng(0)
    for axis in range(3):
        shape = [24, 24, 24]
        halves = np.moveaxis(np.where(np.arange(24) < 12, 0.0, 20.0) * np.ones(shape), -1, axis)
        away = away_from_edges(image_from_array(halves + generator.normal(0, 1, shape), axes="zyx"))
        along = np.moveaxis(away, axis, -1)
        assert not along[..., 11:13].any()
        assert along[..., :8].mean() > 0.9


def test_voxels_that_repeat_each_other_are_worth_fewer() -> None:
    standard = Mixture([1.0], [[0.0]], [1.0], "spherical")
    noise = np.random.default_rng(0).normal(0, 1, (20, 20, 20))
    size = effective_size(histogram(image_from_array(noise, axes="zyx")), standard)
    assert size == 8000
    for axis in range(3):  # along every axis alike
        doubled = noise.repeat(2, axis=axis)
        found = effective_size(histogram(image_from_array(doubled, axes="zyx")), standard)
        # pairs: at a lag of one half of the neighbours are equal
        assert doubled.size / found == pytest.approx(1 + 2 * 0.5**2.5, rel=0.05)


def test_the_foreground_of_a_volume_is_named_or_found() -> None:
    pixels = np.full((6, 20, 22), 20, np.uint8)
    pixels[2:5, 5:12, 5:12] = 200
    result = pixture.segment(image_from_array(pixels, axes="zyx"), 2)
    np.testing.assert_array_equal(result.objects("bright").labels, pixels == 200)
    np.testing.assert_array_equal(result.objects().labels > 0, result.foreground("auto"))
    assert result.objects().count == 1


def test_a_stack_of_slices_is_read_as_the_volume_it_is(tmp_path: Path) -> None:
    volume = np.arange(5 * 6 * 7, dtype=np.uint8).reshape(5, 6, 7)
    (tmp_path / "a.tif").write_bytes(tiff(volume, "zyx", (2.0, 0.5, 0.25), "mm"))
    image = pixture.read(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.pixels, volume)
    assert (image.axes, image.spacing, image.unit) == ("zyx", (2.0, 0.5, 0.25), "mm")
    (tmp_path / "b.tif").write_bytes(tiff(np.stack([volume] * 3, -1), "zyxc", (1.0, 1.0, 1.0)))
    colour = pixture.read(tmp_path / "b.tif")
    assert (colour.axes, colour.shape, colour.has_units) == ("zyxc", (5, 6, 7), False)


def test_a_unit_makes_one_a_size(tmp_path: Path) -> None:
    scan = np.zeros((2, 4, 5), np.uint8)
    scan[1] = 90
    plain, known = (image_from_array(scan, axes="zyx", unit=unit) for unit in (None, "mm"))
    assert pixture.segment(plain, 2).classes[1].volume is None
    assert pixture.segment(known, 2).classes[1].volume == 20


def test_the_command_takes_a_stack_and_skips_it_the_next_time(tmp_path: Path) -> None:
    scan = np.zeros((3, 8, 9), np.uint8)
    scan[:, 2:6] = 90
    (tmp_path / "a.tif").write_bytes(tiff(scan, "zyx", (1.0, 1.0, 1.0), "mm"))
    command = ["segment", str(tmp_path / "a.tif"), "-k", "2", "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.stderr
    assert "9 x 8 x 3" in done.stderr
    assert "ml" in done.stderr
    back = pixture.read(tmp_path / "out" / "a.labels.tif")
    np.testing.assert_array_equal(back.pixels, scan // 90)
    assert back.unit == "mm"
    again = CliRunner().invoke(app, [*command, "--skip-existing"])
    assert again.exit_code == 0, again.stderr
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 1
    assert "is there already" in " ".join(refused.stderr.split())
