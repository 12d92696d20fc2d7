"""Layers of napari as images, and labels as its layers hold them; napari itself has no part in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixture
from pixture.arrays import Array
from pixture.imaging.image_from_array import image_from_array
from pixture.napari.layer_axes import ARRANGEMENTS, arrangements, in_words
from pixture.napari.layers import channels_of, class_columns, colours_by_number, image_of_layer, layer_labels
from pixture.napari.run import Abandoned, Run
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.options.spatial import Spatial

AXES = sorted(axes for possible in ARRANGEMENTS.values() for axes in possible)


@dataclass
class Layer:
    """What a layer of napari says of itself."""

    data: Any
    rgb: bool = False
    multiscale: bool = False
    scale: Any = ()
    units: Any = ()
    name: str = "layer"

    def __post_init__(self) -> None:
        ndim = np.ndim(self.data[0] if self.multiscale else self.data) - self.rgb
        self.scale = self.scale or (1.0,) * ndim
        self.units = self.units or ("pixel",) * ndim


def pixels(axes: str, seed: int = 0) -> Array:
    sizes = {"t": 2, "z": 3, "y": 8, "x": 9, "c": 4}
    shape = tuple(sizes[letter] for letter in axes)
    return np.random.default_rng(seed).integers(0, 255, shape, dtype=np.uint8)


@pytest.mark.parametrize("axes", AXES)
def test_labels_of_a_layer_are_those_of_its_image(axes: str) -> None:
    data = pixels(axes)
    found = pixture.segment(image_of_layer(Layer(data), axes), 3, smooth="off")
    alone = pixture.segment(image_from_array(data, axes=axes), 3, smooth="off")
    assert np.array_equal(found.labels, alone.labels)
    numbers = layer_labels(found, axes, channels_of(Layer(data), axes))
    assert numbers.shape == data.shape
    first = numbers if "c" not in axes else numbers.take(0, axis=axes.index("c"))
    assert np.array_equal(first, found.labels + 1)
    assert (numbers == (first if first is numbers else np.expand_dims(first, axes.index("c")))).all()


def test_grey_stored_as_colour_is_grey_and_opacity_masks() -> None:
    data = np.repeat(pixels("yx")[..., None], 4, axis=-1)
    data[..., 3] = 255
    data[2, 3, 3] = 0
    image = image_of_layer(Layer(data, rgb=True), "yx")
    assert (image.channels, image.stored_channels) == (1, 3)
    found = pixture.segment(image, 2)
    numbers = layer_labels(found, "yx")
    assert np.argwhere(numbers == 0).tolist() == [[2, 3]]
    assert set(numbers.ravel().tolist()) == {0, 1, 2}


def test_the_size_of_a_pixel_and_its_unit_are_the_layer_s() -> None:
    layer = Layer(pixels("zcyx"), scale=(2.0, 1.0, -0.5, 0.5), units=("um", "pixel", "um", "um"))
    image = image_of_layer(layer, "zcyx")
    assert (image.axes, image.spacing, image.unit) == ("zyxc", (2.0, 0.5, 0.5), "µm")
    assert image_of_layer(Layer(pixels("yx")), "yx").unit is None


def test_of_several_scales_the_finest_is_taken() -> None:
    fine = pixels("yx")
    layer = Layer([fine, fine[::2, ::2]], multiscale=True)
    assert np.array_equal(image_of_layer(layer, "yx").pixels, fine)


@given(
    st.integers(1, 5),
    st.lists(st.sampled_from(["z", "band", "Y", "x", "axis -1", ""]), max_size=5),
    st.booleans(),
)
def test_arrangements_have_an_axis_each(ndim: int, labels: list[str], rgb: bool) -> None:
    for axes in arrangements(ndim, labels, rgb=rgb):
        assert len(axes) == ndim
        assert {"y", "x"} <= set(axes)
        assert not (rgb and "c" in axes)
        assert in_words(axes).count(",") == ndim - 1


def test_colours_and_words_cover_every_number() -> None:
    found = pixture.segment(pixels("yx"), 5, smooth="off")
    assert set(colours_by_number(5)) == {None, *range(6)}
    columns = class_columns(found)
    assert columns["index"] == list(range(6))
    assert {len(column) for column in columns.values()} == {6}


@pytest.mark.parametrize("auto", [False, True])
def test_a_run_that_is_abandoned_ends(auto: bool) -> None:
    method = Method(Choices(components=3), auto=auto, spatial=Spatial("off"))
    run = Run(Layer(pixels("yx")), "yx", method)
    assert run.answer().numbers.shape == (8, 9)
    run.abandon()
    with pytest.raises(Abandoned):
        run.answer()
