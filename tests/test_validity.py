"""One rule says which pixels count: those of which all channels do, whatever it is that leaves them out."""

from __future__ import annotations

import warnings
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixture
from pixture import ImageError, MaskedValuesWarning, image_from_array
from pixture.arrays import Array, Mask
from pixture.imaging.display.display import as_picture
from pixture.imaging.display.thumbnail import thumbnail
from pixture.imaging.validity import validity
from pixture.imaging.validity.nodata_values import in_dtype, nodata_in
from pixture.segmentation.component_count.away_from_edges import away_from_edges

F4, F8 = np.finfo("f4"), np.finfo("f8")


def mask_of(image: pixture.Image) -> Mask:
    return np.ones(image.shape, bool) if image.mask is None else image.mask


@given(seed=st.integers(0, 999), dtype=st.sampled_from(["u1", "i2", "u2", "i4", "f2", "f4", "f8"]))
def test_a_pixel_counts_if_all_of_its_channels_do(seed: int, dtype: str) -> None:
    """Opacity, no-data, NaN, infinity, masked values and a mask: as a loop over the pixels says it."""
    draw = np.random.default_rng(seed)
    rows, columns, channels = draw.integers(1, 7), draw.integers(1, 7), draw.integers(2, 5)
    pixels = draw.integers(0, 6, (rows, columns, channels)).astype(dtype)
    nodata: list[float | None] = [
        None if draw.random() < 0.3 else int(draw.integers(3, 6)) for _ in range(channels - 1)
    ]
    if pixels.dtype.kind == "f":
        pixels[draw.random(pixels.shape) < 0.05] = draw.choice([np.nan, np.inf, -np.inf])
    hidden = draw.random(pixels.shape) < 0.1
    mask = draw.random((rows, columns)) < 0.8
    expected = np.zeros((rows, columns), bool)
    for y in range(rows):
        for x in range(columns):
            *values, opacity = pixels[y, x]
            expected[y, x] = (
                opacity > 0
                and mask[y, x]
                and not hidden[y, x].any()
                and all(
                    np.isfinite(value) and (none is None or value != none)
                    for value, none in zip(values, nodata, strict=True)
                )
            )
    array = np.ma.masked_array(pixels, hidden)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MaskedValuesWarning)
        if not expected.any():
            with pytest.raises(ImageError, match=r"Every pixel of the image is .*; nothing can be fitted"):
                image_from_array(array, axes="yxc", alpha=True, nodata=nodata, mask=mask)
            return
        image = image_from_array(array, axes="yxc", alpha=True, nodata=nodata, mask=mask)
        turned = image_from_array(
            np.ma.masked_array(np.moveaxis(pixels, -1, 0), np.moveaxis(hidden, -1, 0)),
            axes="cyx",
            alpha=True,
            nodata=nodata,
            mask=mask,
        )
    np.testing.assert_array_equal(mask_of(image), expected)
    np.testing.assert_array_equal(mask_of(turned), expected)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(1).integers(0, 5, (40, 30, 3)).astype("f4")
    pixels[7, 7] = 4, np.nan, 4
    masks = []
    for size in (1, 1000, 1 << 20):
        monkeypatch.setattr(validity, "BLOCK_BYTES", size)
        with pytest.warns(MaskedValuesWarning, match="1 of 1,200 pixels"):
            masks.append(mask_of(image_from_array(pixels, nodata=[0, 1, 2])))
    np.testing.assert_array_equal(masks[0], masks[1])
    np.testing.assert_array_equal(masks[0], masks[2])
    assert not masks[0][7, 7]


def test_nodata_in_one_band_spoils_no_mean() -> None:
    """A mean of [-9999, 504, 499] was the class of what was never measured."""
    draw = np.random.default_rng(0)
    pixels = draw.integers(400, 600, (40, 50, 3)).astype(np.int16)
    pixels[:10, :, 0] = -9999
    image = image_from_array(pixels, nodata=-9999)
    result = pixture.segment(image, 2)
    assert result.mixture.means.min() > 399
    assert (result.labels[:10] == result.masked_label).all()
    assert result.shares.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "dtype", "numbers"),
    [
        ("-9999", "i2", [-9999]),
        ("-9999", "u1", []),
        ("255.0", "u1", [255]),
        ("2.55e2", "u1", [255]),
        ("0.5", "u2", []),
        ("nan", "u2", []),
        ("65535", "u2", [65535]),
        ("-2147483648", "i4", [-(2**31)]),
        ("-2.14748e+09", "i4", [-(2**31), -2147480000]),
        ("2147483646", "i4", [2**31 - 2]),
        ("0.1", "f4", [np.float32(0.1)]),
        ("0.1", "f8", [0.1]),
        ("-0", "f4", [0.0]),
        # the largest value, cut short, rounded, or read by float() as infinite
        ("-1.797693134862316e+308", "f8", [F8.min]),
        ("-1.7976931348623157e+308", "f8", [F8.min]),
        ("-1.79769313486231e+308", "f8", [F8.min, -1.79769313486231e308]),
        ("1.79769e+308", "f8", [1.79769e308, F8.max]),
        ("-1.8e+308", "f8", [F8.min]),
        ("-3.40282346638529e+38", "f4", [F4.min]),
        ("-3.4028235e+38", "f4", [F4.min]),
        ("-3.40282e+38", "f4", [F4.min, np.float32(-3.40282e38)]),
        ("-3.40282346600000016e+38", "f4", [F4.min]),
        ("-3.40282306073709653e+38", "f4", [np.float32(-3.40282306073709653e38)]),
        ("-1.7976931348623157e+308", "f4", [F4.min]),
        ("-3.402823e+38", "f8", [float(F4.min), -3.402823e38]),
        ("-3.4e+38", "f4", [np.float32(-3.4e38)]),  # two digits: that number and no other
        ("-inf", "f4", [-np.inf, F4.min]),
    ],
)
def test_the_numbers_that_a_text_stands_for(text: str, dtype: str, numbers: list[float]) -> None:
    values = nodata_in(text)
    assert values is not None
    found = in_dtype(values[0], np.dtype(dtype))
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, np.array(sorted(numbers), dtype))


@given(st.integers(-(2**31), 2**31 - 1))
def test_a_whole_number_is_that_number(value: int) -> None:
    for kind in ("i4", "f8"):
        assert value in in_dtype(Decimal(value), np.dtype(kind)).tolist()
    assert in_dtype(Decimal(value), np.dtype("i8")).tolist() == [value]


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_printed_and_read_is_that_float(value: float) -> None:
    for printed in (repr(value), f"{value:.9g}", str(np.float32(value))):
        values = nodata_in(printed)
        assert values is not None
        assert np.float32(value) in in_dtype(values[0], np.dtype("f4"))


def test_texts() -> None:
    assert nodata_in("0 255,7\0") == (Decimal(0), Decimal(255), Decimal(7))
    assert nodata_in("none") is None
    assert nodata_in(" \0") is None
    for said in ("nan", "-nan", "NaN", "1.#QNAN", "-1.#IND"):
        values = nodata_in(said)
        assert values is not None
        assert values[0].is_nan()


@pytest.mark.parametrize(
    ("array", "nodata", "expected"),
    [
        (np.array([[0.1, 0.5]], "f4"), 0.1, [[False, True]]),
        (np.array([[0.1, 0.5]], "f2"), 0.1, [[False, True]]),
        (np.array([[0.1, 0.5]], ">f4"), np.float32(0.1), [[False, True]]),
        (np.array([[0.1, 0.5]], "f8"), np.float32(0.1), [[False, True]]),
        (np.array([[F8.min, 0.5]], "f8"), float("-1.797693134862316e+308"), [[False, True]]),
        (np.array([[np.nan, 0.5]], "f8"), np.nan, [[False, True]]),
        (np.array([[True, False]]), False, [[True, False]]),
        (np.array([[3, 4]], "u1"), -9999, [[True, True]]),
        (np.array([[3, 4]], "u1"), np.array([3]), [[False, True]]),
        (np.array([[-(2**63), 4]], "i8"), -(2**63), [[False, True]]),
        (np.array([[2**64 - 1, 4]], "u8"), 2**64 - 1, [[False, True]]),
    ],
)
def test_nodata_of_arrays(array: Array, nodata: Any, expected: list[list[bool]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what is named as missing needs no warning
        image = image_from_array(array, nodata=nodata)
    assert mask_of(image).tolist() == expected


def test_nodata_that_does_not_fit_is_refused() -> None:
    pixels = np.zeros((4, 5, 3), np.uint8)
    with pytest.raises(ImageError, match="There are 2 no-data values, and 3 channels"):
        image_from_array(pixels, nodata=[1, 2])
    for wrong in ("-9999", [1, "x", 2], 1j):
        with pytest.raises(ImageError, match="A no-data value is a number"):
            image_from_array(pixels, nodata=wrong)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ImageError, match="Every pixel of the image is without data"):
        image_from_array(pixels, nodata=0)


def test_only_what_nothing_else_leaves_out_is_warned_of() -> None:
    pixels = np.array([[np.nan, np.inf, 1.0, 2.0]])
    with pytest.warns(MaskedValuesWarning, match="1 of 4 pixels are NaN or infinite"):
        image = image_from_array(pixels, mask=[[0, 1, 1, 1]])
    assert mask_of(image).tolist() == [[False, False, True, True]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image_from_array(pixels, mask=[[0, 0, 1, 1]])


def test_masks_of_any_numbers() -> None:
    pixels = np.arange(4, dtype=np.uint8).reshape(1, 4)
    for mask in (
        [[0, 1, 0, 1]],
        np.array([[0, 0.5, np.nan, -1]]),
        np.ma.masked_array([[1, 1, 1, 1]], [[True, False, True, False]]),
    ):
        assert mask_of(image_from_array(pixels, mask=mask)).tolist() == [[False, True, False, True]]
        assert mask_of(image_from_array(pixels).masked(mask)).tolist() == [[False, True, False, True]]
    for wrong, said in (
        ([[1, 1]], "mask is 1 x 2 .*, the image 1 x 4"),
        ([["a", "b", "c", "d"]], "dtype <U1"),
    ):
        with pytest.raises(ImageError, match=said):
            image_from_array(pixels, mask=wrong)


def test_signalling_nan_is_masked_and_nothing_else_is_said() -> None:
    pixels = np.array([[0x7FA00000, 0x3F800000, 0x40000000]], np.uint32).view(np.float32)
    for nodata in (None, np.nan):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            image = image_from_array(pixels, nodata=nodata)
        assert mask_of(image).tolist() == [[False, True, True]]
        assert [warning.category for warning in caught] == ([MaskedValuesWarning] if nodata is None else [])


SPOILT: dict[str, tuple[float, ...]] = {
    "u1": (0, 255),
    "i2": (-(2**15), 2**15 - 1),
    "u2": (0, 2**16 - 1),
    "i4": (-(2**31), 2**31 - 1),
    "u8": (0, 2**64 - 1),
    "f4": (float(F4.min), float(F4.max), np.nan, np.inf, -np.inf),
    "f8": (float(F8.min), float(F8.max), np.nan, np.inf, -np.inf),
}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", list(SPOILT))
@pytest.mark.parametrize("few", [True, False])
def test_what_masked_pixels_hold_changes_nothing(dtype: str, channels: int, few: bool) -> None:
    """Not the values counted nor the way they are coded, edges, display, thumbnail, fit or labels."""
    draw = np.random.default_rng(2)
    pixels = draw.integers(40, 60 if few else 240, (40, 48, channels)).astype(dtype)
    pixels[:, 20:] += np.array(12).astype(dtype)
    if dtype in ("f4", "f8") and not few:
        pixels += draw.random(pixels.shape).astype(dtype)
    mask = np.ones(pixels.shape[:2], bool)
    mask[5:20, 10:30] = False
    spoilt = pixels.copy()
    spoilt[~mask] = draw.choice(np.array(SPOILT[dtype], dtype), spoilt[~mask].shape)
    one, other = (image_from_array(array, axes="yxc", mask=mask) for array in (pixels, spoilt))
    counted, recounted = pixture.histogram(one), pixture.histogram(other)
    assert counted.counted == recounted.counted
    np.testing.assert_array_equal(counted.sample.values, recounted.sample.values)
    np.testing.assert_array_equal(counted.sample.weights, recounted.sample.weights)
    assert type(counted.lookup) is type(recounted.lookup)
    np.testing.assert_array_equal(counted.rows(), recounted.rows())
    np.testing.assert_array_equal(away_from_edges(one), away_from_edges(other))
    np.testing.assert_array_equal(as_picture(one)[mask], as_picture(other)[mask])
    small = thumbnail(other, 500)
    assert small.mask is not None
    np.testing.assert_array_equal(as_picture(thumbnail(one, 500))[small.mask], as_picture(small)[small.mask])
    first, second = pixture.segment(one, 2, max_iter=5), pixture.segment(other, 2, max_iter=5)
    np.testing.assert_array_equal(first.mixture.means, second.mixture.means)
    np.testing.assert_array_equal(first.labels, second.labels)
    np.testing.assert_array_equal(first.overlay()[mask], second.overlay()[mask])
    np.testing.assert_array_equal(first.painted(), second.painted())
