"""An image in pieces has the mixture and the labels of the whole, on any number of threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from pixture.arrays import Integers
from pixture.imaging import window as windows
from pixture.imaging.grey_as_colour import as_grey
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.window import Window
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.options.spatial import Spatial
from pixture.scale.sources.source import ImageSource
from pixture.scale.workers import Threads
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.large_images.segment_source import Targets, segment_source
from pixture.segmentation.segment import segment_image
from pixture.segmentation.segmentation import Segmentation


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few thousand pixels."""
    monkeypatch.setattr(windows, "ONE_PIECE", 1000)
    monkeypatch.setattr(windows, "PIECE_NUMBERS", 2**13)
    monkeypatch.setattr(windows, "SHORTEST", 16)
    monkeypatch.setattr(windows, "LONGEST", 64)
    monkeypatch.setattr(windows, "DEEPEST", 8)


@dataclass(frozen=True)
class InMemory:
    """A sink that keeps labels in an array."""

    labels: Integers
    written: list[Window] = field(default_factory=list)

    def write(self, window: Window, labels: Integers) -> None:
        """Keep them."""
        self.labels[window.slices] = labels
        self.written.append(window)

    def has(self, window: Window) -> bool:
        """Whether it was written."""
        return window in self.written

    def kept(self) -> frozenset[Window]:
        """Return what was written."""
        return frozenset(self.written)

    def finish(self) -> tuple[Path, ...]:
        """Return no files."""
        return ()

    def remove(self) -> None:
        """Do nothing."""


def scene(shape: tuple[int, ...], dtype: str, channels: int, *, times: float = 1.0, seed: int = 3) -> Image:
    """Return blocks of three classes under noise, and axes that fit."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 3, tuple(-(-length // 12) for length in shape))
    classes = coarse
    for axis, length in enumerate(shape):
        classes = np.repeat(classes, 12, axis=axis).take(np.arange(length), axis=axis)
    means = np.array([[60.0, 80, 50, 90], [110, 100, 130, 90], [170, 150, 160, 180]])[:, :channels]
    pixels = (means[classes] + generator.normal(0, 22, (*shape, channels))).clip(1, 254) * times
    axes = {2: "yx", 3: "zyx"}[len(shape)] + ("c" if channels > 1 else "")
    values = pixels.astype(dtype)
    return image_from_array(
        values if channels > 1 else values[..., 0], axes=axes, spacing=(2.0, 1.0, 1.0)[-len(shape) :]
    )


IMAGES = {
    "grey": scene((150, 210), "u1", 1),
    "colour": scene((150, 210), "u1", 3),
    "floats": scene((150, 211), "f4", 3, times=1.37),
    "doubles": scene((151, 210), "f8", 2, times=0.011),
    "volume": scene((20, 70, 90), "u1", 1),
    "volume of floats": scene((20, 70, 90), "f4", 1, times=1.003),
}


def in_pieces(image: Image, method: Method, threads: int = 2) -> tuple[LargeSegmentation, Integers]:
    sink = InMemory(np.full(image.shape, 99, np.uint8))
    found = segment_source(ImageSource(image), method, Threads(threads), Targets(sink))
    return found, sink.labels


def whole(image: Image, method: Method) -> Segmentation:
    return segment_image(as_grey(image), method)


@pytest.mark.parametrize("smooth", ["off", "light"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", IMAGES)
def test_pieces_have_the_labels_of_the_whole(name: str, masked: bool, smooth: str) -> None:
    image = IMAGES[name]
    if masked:
        mask = np.random.default_rng(1).random(image.shape) < 0.9
        mask[-1] = mask[:, -1] = mask[0] = mask[:, 0] = (
            True  # the field of a volume looks at the box of these
        )
        mask[..., 0] = True
        mask[..., 20:, 40:70] = False
        image = image.masked(mask)
    method = Method(Choices(3), spatial=Spatial(smooth))
    expected = whole(image, method)
    found, labels = in_pieces(image, method)
    assert np.array_equal(found.mixture.means, expected.mixture.means)
    assert found.fit.log_likelihood == expected.fit.log_likelihood
    assert np.array_equal(labels, expected.labels)
    for one, other in zip(found.classes, expected.classes, strict=True):
        assert (one.pixels, one.uncertain_share) == (other.pixels, other.uncertain_share)
        np.testing.assert_allclose(one.mean, other.mean, rtol=1e-12)
        np.testing.assert_allclose(one.standard_deviation, other.standard_deviation, rtol=1e-9)
        assert one.size_in_units == pytest.approx(other.size_in_units)


@pytest.mark.parametrize("neighbours", [4, 8, 6, 18, 26])
def test_any_neighbourhood_has_halo_enough(neighbours: int) -> None:
    image = IMAGES["volume" if neighbours in (6, 18, 26) else "colour"]
    method = Method(Choices(3), spatial=Spatial("light", neighbours))
    _, labels = in_pieces(image, method)
    assert np.array_equal(labels, whole(image, method).labels)


def test_threads_change_nothing() -> None:
    one, of_one = in_pieces(IMAGES["floats"], Method(Choices(3)), threads=1)
    many, of_many = in_pieces(IMAGES["floats"], Method(Choices(3)), threads=4)
    assert np.array_equal(of_one, of_many)
    assert np.array_equal(one.mixture.covariances, many.mixture.covariances)


def test_as_few_sweeps_as_the_whole_takes() -> None:
    clear = np.zeros((150, 210), np.uint8)
    clear[40:90, 50:120] = 200
    clear += np.random.default_rng(0).integers(0, 4, clear.shape, np.uint8)
    image, method = image_from_array(clear, axes="yx"), Method(Choices(2))
    expected = whole(image, method)
    found, labels = in_pieces(image, method)
    assert expected.smoothing is not None
    assert found.smoothing is not None
    assert found.smoothing.iterations == expected.smoothing.iterations < 3
    assert np.array_equal(labels, expected.labels)


def test_grey_stored_as_colour_is_grey() -> None:
    image = image_from_array(np.repeat(IMAGES["grey"].pixels[..., None], 3, axis=2), axes="yxc")
    found, labels = in_pieces(image, Method(Choices(3)))
    assert found.mixture.dimension == 1
    assert found.image.stored_channels == 3
    assert np.array_equal(labels, whole(image, Method(Choices(3))).labels)


def test_auto_is_told_by_some_windows() -> None:
    found, labels = in_pieces(IMAGES["colour"], Method(Choices(12), auto=True))
    assert found.mixture.components == 3
    assert set(np.unique(labels)) == {0, 1, 2}
