"""PNG of labels: what is read is what was written, by Pillow and by our own reader."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture.arrays import Integers
from pixture.imaging.encoding.flat_png import labels_png, palette_png


@st.composite
def label_maps(draw: st.DrawFn, most: int) -> Integers:
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 19)))
    seed = draw(st.integers(0, 1000))
    return np.random.default_rng(seed).integers(0, most, shape)


@given(label_maps(65_536), st.sampled_from(["u1", "u2"]))
def test_labels_come_back_as_numbers(labels: Integers, dtype: str) -> None:
    labels = labels.astype(dtype)
    with PIL.Image.open(io.BytesIO(labels_png(labels))) as picture:
        assert picture.mode in ("L", "I;16")
        np.testing.assert_array_equal(np.asarray(picture), labels)


@given(label_maps(256), st.integers(1, 256), st.booleans())
def test_a_palette_is_read_as_its_colours(labels: Integers, count: int, transparent: bool) -> None:
    colours = np.random.default_rng(count).integers(0, 256, (count, 3), dtype=np.uint8)
    with PIL.Image.open(io.BytesIO(palette_png(labels, colours, transparent=transparent))) as picture:
        seen = np.asarray(picture.convert("RGBA"))
    last = np.minimum(labels, count - 1)
    np.testing.assert_array_equal(seen[..., :3], colours[last])
    opaque = np.where(last == count - 1, 0, 255) if transparent else 255
    np.testing.assert_array_equal(seen[..., 3], np.broadcast_to(opaque, labels.shape))


@pytest.mark.parametrize("count", [2, 4, 16, 17])
def test_labels_of_few_values_are_packed(count: int) -> None:
    labels = np.arange(64 * 64).reshape(64, 64) % count
    colours = np.arange(3 * count, dtype=np.uint8).reshape(count, 3)
    with PIL.Image.open(io.BytesIO(palette_png(labels, colours))) as picture:
        np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), colours[labels])
