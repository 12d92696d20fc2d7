"""Which axes an array has: told by the array, by its shape where that leaves no doubt, or asked for."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixture
from pixture import ImageError, image_from_array
from pixture.arrays import Array
from pixture.imaging.axes import axes_of_shape


@pytest.mark.parametrize(
    "shape",
    [
        *((bands, 50, 50) for bands in (1, 2, 3, 4, 5, 6, 7, 8, 12, 30, 49, 156)),
        *((bands, 50, 60) for bands in (1, 2, 3, 4, 6, 12, 30, 156)),
        *((bands, 60, 50) for bands in (1, 2, 3, 4, 6, 12, 30, 156)),
        (2, 512, 512),  # two channels are not two rows
        (40, 96, 96),  # a volume is not 96 channels
        (240, 240, 155),  # nor is one whose planes come last
        (256, 256, 180),
        (10, 10, 10),
        (3, 3, 3),
        (3, 4, 4),
        (4, 3, 3),
        (3, 4, 3),
        (50, 60, 200),
        (50, 60, 55),
        (1, 50, 3),
        (50, 1, 3),
        (1, 1, 3),
        (4, 4, 3000),
    ],
)
def test_what_may_be_read_in_two_ways_is_refused_with_the_calls_that_settle_it(
    shape: tuple[int, ...],
) -> None:
    array = np.zeros(shape, np.uint8)
    for call in (image_from_array, pixture.segment, pixture.select):
        with pytest.raises(ImageError) as caught:
            call(array)
        said = str(caught.value)
        assert "image_from_array(array, axes='cyx')" in said
        assert "image_from_array(array, axes='yxc')" in said
        assert str(shape) in said
        assert "volume" in said
    assert image_from_array(array, axes="cyx").shape == shape[1:]
    assert image_from_array(array, axes="yxc").shape == shape[:2]


@pytest.mark.parametrize(
    "shape",
    [
        (50, 50, 3),
        (50, 50, 1),
        (1, 60, 1),
        (50, 1, 1),
        (50, 50, 6),
        (512, 512, 2),
        (5, 5, 3),
        (5, 6, 4),
        (2, 2, 1),
        (100, 120, 30),
        (610, 340, 103),
        (17, 18, 16),
        (95, 95, 156),
        (50, 50, 156),
    ],
)
def test_channels_that_come_last_are_told_by_their_number(shape: tuple[int, ...]) -> None:
    image = image_from_array(np.zeros(shape, np.uint8))
    assert (image.shape, image.channels) == (shape[:2], shape[2])


@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 400))
def test_no_array_is_taken_in_either_order(first: int, middle: int, last: int) -> None:
    """Where (y, x, c) is taken for an image, the same image with its channels first is not."""

    def taken(*shape: int) -> bool:
        try:
            return axes_of_shape(shape) == "yxc"
        except ImageError:
            return False

    if taken(first, middle, last) and sorted((first, middle, last))[1] > 1:
        assert not taken(last, first, middle)


def named(array: Array, *dims: str, **attributes: Any) -> Any:
    """An array whose dimensions have names, as far as pixture looks at it."""

    class Named(SimpleNamespace):
        def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
            return array

    return Named(dims=dims, ndim=array.ndim, shape=array.shape, attrs=attributes)


CUBE = np.arange(6 * 4 * 5, dtype=np.int16).reshape(6, 4, 5)


@pytest.mark.parametrize(
    ("dims", "order"),
    [
        (("band", "y", "x"), (0, 1, 2)),
        (("channel", "lat", "lon"), (0, 1, 2)),
        (("Wavelength", "Latitude", "Longitude"), (0, 1, 2)),
        (("y", "x", "band"), (1, 2, 0)),
        (("x", "y", "band"), (2, 1, 0)),
        (("y", "band", "x"), (1, 0, 2)),
        (("c", "x", "y"), (0, 2, 1)),
    ],
)
def test_dimensions_with_names_settle_it(dims: tuple[str, ...], order: tuple[int, ...]) -> None:
    image = image_from_array(named(CUBE.transpose(order), *dims))
    assert image.axes == "yxc"
    np.testing.assert_array_equal(image.pixels, CUBE.transpose(1, 2, 0))
    segmented = pixture.segment(named(CUBE.transpose(order), *dims), 1)
    assert segmented.labels.shape == (4, 5)


def test_two_dimensions_with_names() -> None:
    np.testing.assert_array_equal(image_from_array(named(CUBE[0].T, "lon", "lat")).pixels, CUBE[0])
    one = image_from_array(named(CUBE[:1], "band", "y", "x"))
    assert (one.shape, one.channels) == ((4, 5), 1)
    np.testing.assert_array_equal(image_from_array(named(CUBE[:1], "time", "y", "x")).pixels, CUBE[0])
    times = image_from_array(named(CUBE, "time", "y", "x"))
    assert (times.axes, times.shape) == ("tyx", (6, 4, 5))
    with pytest.raises(ImageError, match=r"run \(6\), y \(4\), x \(5\).*isel\(run=0\)"):
        image_from_array(named(CUBE, "run", "y", "x"))
    with pytest.raises(ImageError, match="dimensions are y"):
        image_from_array(named(CUBE[0], "y", "band"))
    with pytest.raises(ImageError, match="axes='cyx'"):  # names that say nothing
        image_from_array(named(CUBE, "dim_0", "dim_1", "dim_2"))
    assert image_from_array(named(CUBE, "dim_0", "dim_1", "dim_2"), axes="cyx").shape == (4, 5)


@pytest.mark.parametrize("name", ["_FillValue", "missing_value", "nodata"])
def test_a_fill_value_among_the_attributes_is_missing_data(name: str) -> None:
    image = image_from_array(named(CUBE, "band", "y", "x", **{name: np.int16(7)}))
    expected = np.ones((4, 5), bool)
    expected[1, 2] = False
    np.testing.assert_array_equal(image.mask, expected)
    given = image_from_array(named(CUBE, "band", "y", "x", **{name: 7}), nodata=8)
    assert given.mask is not None
    assert np.argwhere(~given.mask).tolist() == [[1, 3]]
    assert image_from_array(named(CUBE, "band", "y", "x", nodatavals=(None,) * 6)).mask is None


def test_an_array_of_xarray() -> None:
    xarray = pytest.importorskip("xarray")
    array = xarray.DataArray(CUBE, dims=("band", "y", "x"), attrs={"_FillValue": 7})
    assert pixture.segment(array, 1).labels.shape == (4, 5)
    image = image_from_array(array.transpose("x", "y", "band"))
    np.testing.assert_array_equal(image.pixels, CUBE.transpose(1, 2, 0))
    assert image.mask is not None
    assert np.argwhere(~image.mask).tolist() == [[1, 2]]
    with pytest.raises(ImageError, match="Give one of the arrays"):
        image_from_array(array.to_dataset(name="reflectance"))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: b"\x89PNG" * 9, "36 bytes, not pixels.*path.*io.BytesIO"),
        (lambda: bytearray(b"II*\0"), "4 bytes, not pixels"),
        (lambda: memoryview(b"II*\0"), "4 bytes, not pixels"),
        (lambda: io.BytesIO(b"II*\0"), r"open file \(BytesIO\) is not pixels.*path"),
        (lambda: None, "None was given"),
        (lambda: [[1, 2], [3]], "differ in length"),
        (lambda: {"a": 1}, "dict is not an image"),
        (lambda: (n for n in range(3)), "dtype object.*give one|generator.*fit_images"),
        (lambda: np.array([[1, None]]), "dtype object.*astype"),
        (lambda: ["a.png", "b.png"], "dtype <U5.*path|list of 2 images.*fit_images"),
        (lambda: np.array([[b"ab"]]), r"dtype \|S2.*path"),
        (lambda: np.zeros((2, 2), complex), "dtype complex128.*np.abs"),
        (lambda: np.zeros((2, 2), "M8[s]"), "dtype datetime64.*unit"),
        (lambda: np.zeros((2, 2), np.longdouble), "at most 64 bits.*astype"),
        (lambda: np.zeros((2, 2), [("r", "u1"), ("g", "u1")]), r"records.*array\['r'\]"),
        (lambda: 5, r"\(height, width\).*shape \(\)|5 is not an image"),
        (lambda: np.zeros((0, 4)), "no pixels"),
        (lambda: np.zeros((4, 5, 0)), "no pixels"),
        (list, "no pixels"),
        (
            lambda: np.zeros((2, 9, 9, 3)),
            r"(such as array\[0\]|looks like 2 images.*fit_images).*axes='tyxc'",
        ),
    ],
)
def test_what_holds_no_pixels_is_told_how_to(make: Callable[[], Any], said: str) -> None:
    for call in (image_from_array, pixture.segment):
        with pytest.raises(ImageError, match=said):
            call(make())


def test_what_holds_an_array_is_taken_as_one() -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for source in (pixels.data, pixels.tolist(), named(pixels, "a", "b")):
        np.testing.assert_array_equal(image_from_array(source).pixels, pixels)


def test_a_picture_knows_its_layout(tmp_path: Path) -> None:
    """However few its rows are: files and Pillow pictures are never asked about."""
    import PIL.Image

    pixels = np.arange(24, dtype=np.uint8).reshape(1, 8, 3)
    picture = PIL.Image.fromarray(pixels)
    picture.save(tmp_path / "row.png")
    for source in (picture, tmp_path / "row.png"):
        assert pixture.segment(source, 1).image.shape == (1, 8)
