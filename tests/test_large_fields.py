"""The field of an image in pieces is that of the whole: the same mixture, bit for bit, the same labels."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture.arrays import Array, Integers
from pixture.errors import ChoiceError, ReadError, WriteError
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.window import Window, tiles
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import Choices
from pixture.options.method import Method
from pixture.options.spatial import Spatial
from pixture.scale.sources.source import Description, ImageSource
from pixture.scale.stores.pixel_store import PixelStore
from pixture.scale.workers import Threads
from pixture.segmentation.field import smooth
from pixture.segmentation.large_images.field.smooth_source import field_cost
from pixture.segmentation.large_images.large_segmentation import LargeSegmentation
from pixture.segmentation.large_images.segment_source import Targets, paint_source, segment_source
from pixture.segmentation.large_images.source_fit import given_to_source
from pixture.segmentation.many_images.image_model import ImageModel
from pixture.segmentation.segment import segment_image
from tests.test_large_images import IMAGES, InMemory, in_pieces, scene, small_pieces, whole

__all__ = ["small_pieces"]  # it is used by every test here

ODD = {
    "grey": (slice(3, 147), slice(5, 201)),
    "volume": (slice(3, 18), slice(5, 66), slice(7, 85)),
}


def masked_around(image: Image, box: tuple[slice, ...]) -> Image:
    """Return an image masked outside of a box, and here and there within."""
    mask = np.zeros(image.shape, bool)
    mask[box] = np.random.default_rng(1).random(mask[box].shape) < 0.9
    mask[..., 20:40, 40:70] = False
    return image.masked(mask)


def same(image: Image, method: Method, found: LargeSegmentation, labels: Integers) -> None:
    """Check that pieces have what the whole has."""
    expected = segment_image(image, method) if image.channels != 3 else whole(image, method)
    assert np.array_equal(found.mixture.means, expected.mixture.means)
    assert np.array_equal(found.mixture.covariances, expected.mixture.covariances)
    assert np.array_equal(found.mixture.weights, expected.mixture.weights)
    assert np.array_equal(labels, expected.labels)
    one, other = found.smoothing, expected.smoothing
    assert one is not None
    assert other is not None
    assert (one.method, one.iterations, one.settled) == (other.method, other.iterations, other.settled)
    assert (one.strength, one.estimated, one.neighbours) == (
        other.strength,
        other.estimated,
        other.neighbours,
    )
    near = 1e-12 if one.method == "field" else 1e-7  # that of plain EM's last step, perhaps in float32
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=near)
    for mine, its in zip(found.classes, expected.classes, strict=True):
        assert (mine.pixels, mine.uncertain_share) == (its.pixels, its.uncertain_share)


@pytest.mark.parametrize(
    ("smooth", "inference", "components"), [("auto", None, 3), (2.5, None, 4), (4.0, "icm", 2)]
)
@pytest.mark.parametrize("name", IMAGES)
def test_pieces_have_the_field_of_the_whole(
    name: str, smooth: Any, inference: str | None, components: int
) -> None:
    method = Method(Choices(components, max_iter=5), spatial=Spatial(smooth, None, inference))
    same(IMAGES[name], method, *in_pieces(IMAGES[name], method))


@pytest.mark.parametrize("name", ["grey", "floats", "volume", "volume of floats"])
@pytest.mark.parametrize("smooth", ["light", "auto", 3.0])
def test_masked_pixels_have_no_say(name: str, smooth: Any) -> None:
    image = IMAGES[name]
    image = masked_around(image, ODD["volume" if image.is_volume else "grey"])
    method = Method(Choices(3, max_iter=4), spatial=Spatial(smooth))
    found, labels = in_pieces(image, method)
    same(image, method, found, labels)
    assert image.mask is not None
    assert (labels[~image.mask] == found.masked_label).all()


@pytest.mark.parametrize("dtype", ["u1", "f4"])
@pytest.mark.parametrize("masked", [False, True])
def test_a_volume_is_fitted_to_every_second_voxel_first(
    dtype: str, masked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smooth, "COARSE_FIRST", 2**14)
    image = scene((21, 45, 50), dtype, 1, times=1.0 if dtype == "u1" else 1.003)
    if masked:
        image = masked_around(image, (slice(1, 20), slice(3, 44), slice(1, 49)))
    method = Method(Choices(3, max_iter=3), spatial=Spatial("auto"))
    same(image, method, *in_pieces(image, method))
    alone = Method(Choices(3, max_iter=3, accelerate=False), spatial=Spatial("auto"))
    same(image, alone, *in_pieces(image, alone))


@pytest.mark.parametrize("neighbours", [4, 8, 6, 18, 26])
def test_any_neighbourhood(neighbours: int) -> None:
    image = scene((11, 40, 45), "u1", 1) if neighbours in (6, 18, 26) else scene((70, 90), "u1", 3)
    method = Method(Choices(3, max_iter=4), spatial=Spatial(3.0, neighbours))
    same(image, method, *in_pieces(image, method))


@pytest.mark.parametrize("smooth", ["light", 3.0])
@pytest.mark.parametrize("shape", [(5, 40, 50), (3, 9, 30, 35), (4, 3, 40, 35)])
def test_times_are_no_neighbours(shape: tuple[int, ...], smooth: Any) -> None:
    """Of an odd number of planes a time, even planes are odd ones of the next."""
    cut = scene((int(np.prod(shape[:-2])), *shape[-2:]), "u1", 1).pixels.reshape(shape)
    image = image_from_array(cut, axes="tyx" if len(shape) == 3 else "tzyx")
    method = Method(Choices(3, max_iter=4), spatial=Spatial(smooth))
    same(image, method, *in_pieces(image, method))


@given(
    st.lists(st.integers(33, 90), min_size=2, max_size=2),
    st.sampled_from(["u1", "u2", "f4"]),
    st.integers(1, 3),
    st.integers(2, 4),
    st.sampled_from(["auto", 1.0, 5.0]),
    st.integers(0, 99),
)
@settings(max_examples=10, deadline=None)
def test_any_shape(sides: list[int], dtype: str, channels: int, K: int, smooth: Any, seed: int) -> None:
    image = scene((sides[0], sides[1]), dtype, channels, times=3.3 if dtype != "u1" else 1.0, seed=seed)
    method = Method(Choices(K, max_iter=4), spatial=Spatial(smooth))
    same(image, method, *in_pieces(image, method))


@given(
    st.tuples(st.integers(3, 14), st.integers(14, 40), st.integers(17, 45)),
    st.sampled_from(["u1", "f4"]),
    st.sampled_from([6, 26]),
    st.sampled_from(["auto", "light", 5.0]),
    st.integers(0, 99),
)
@settings(max_examples=8, deadline=None)
def test_any_volume(shape: tuple[int, ...], dtype: str, near: int, smooth: Any, seed: int) -> None:
    image = scene(shape, dtype, 1, times=1.003 if dtype == "f4" else 1.0, seed=seed)
    start = np.random.default_rng(seed).integers(0, 3, 3).tolist()
    image = masked_around(image, tuple(slice(at, None) for at in start))
    method = Method(Choices(3, max_iter=3), spatial=Spatial(smooth, near))
    same(image, method, *in_pieces(image, method))


def test_a_flat_piece_among_continuous_ones() -> None:
    """Its few values would be counted by themselves, in another arithmetic than the whole's."""
    image = scene((90, 120), "f4", 1, times=1.37)
    pixels = image.pixels.copy()
    pixels[:64, :64] = np.float32(80.3)
    flat = image_from_array(pixels, axes="yx")
    method = Method(Choices(3, max_iter=4), spatial=Spatial(3.0))
    same(flat, method, *in_pieces(flat, method))


def test_threads_change_nothing() -> None:
    method = Method(Choices(3, max_iter=3), spatial=Spatial("auto"))
    for name in ("colour", "floats"):
        one, of_one = in_pieces(IMAGES[name], method, threads=1)
        many, of_many = in_pieces(IMAGES[name], method, threads=3)
        assert np.array_equal(of_one, of_many)
        assert np.array_equal(one.mixture.covariances, many.mixture.covariances)


@pytest.mark.parametrize("strength", ["auto", 3.0])
def test_a_given_mixture_stays(strength: Any) -> None:
    image = IMAGES["colour"]
    mixture = Mixture(
        [0.3, 0.3, 0.4],
        np.array([[60.0, 80, 50], [110, 100, 130], [170, 150, 160]]),
        np.tile(np.eye(3) * 500, (3, 1, 1)),
        "full",
    )
    expected = pixture.apply(mixture, image, smooth=strength)
    sink = InMemory(np.full(image.shape, 99, np.uint8))
    model = ImageModel(mixture, "", {})
    given = given_to_source(ImageSource(image), model, Spatial(strength), None, Threads(2))
    found = paint_source(given, Threads(2), Targets(sink))
    assert found.mixture is mixture
    assert np.array_equal(sink.labels, expected.labels)


class Pickled(Threads):
    """Sends all that is to be done, as a cluster does."""

    def each(self, work: Any, parts: Any) -> Any:
        """As `Workers` says."""
        for part in parts:
            yield pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(work))(part)))


def test_work_can_be_sent(tmp_path: Path) -> None:
    image, method = IMAGES["grey"], Method(Choices(3, max_iter=3), spatial=Spatial("auto"))
    found = segment_source(ImageSource(image), method, Pickled(1), Targets(), scratch=tmp_path)
    assert np.array_equal(found.mixture.means, whole(image, method).mixture.means)
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_after_a_failure(tmp_path: Path) -> None:
    class Broken(ImageSource):
        reads = 0

        def read(self, window: Window) -> Image:
            type(self).reads += 1
            if type(self).reads > 60:
                raise ReadError("gone")
            return super().read(window)

    method = Method(Choices(3), spatial=Spatial("auto"))
    with pytest.raises(ReadError, match="gone"):
        segment_source(Broken(IMAGES["grey"]), method, Threads(2), Targets(), scratch=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_disk_too_small_is_refused_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 10**5

    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage)
    method = Method(Choices(3), spatial=Spatial(3.0))
    with pytest.raises(WriteError, match="Smoothing keeps about 1 megabyte beside the output"):
        segment_source(ImageSource(IMAGES["grey"]), method, Threads(1), Targets(), scratch=tmp_path)
    monkeypatch.undo()
    with pytest.raises(WriteError, match="Cannot write in"):
        segment_source(ImageSource(IMAGES["grey"]), method, Threads(1), Targets(), scratch=tmp_path / "no")


def test_what_needs_all_pixels_is_refused() -> None:
    for spatial in (Spatial(3.0, inference="cut"), Spatial("auto", inference="cut")):
        with pytest.raises(ChoiceError, match="larger than the memory"):
            in_pieces(IMAGES["grey"], Method(Choices(2), spatial=spatial))


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_store_returns_what_was_written(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 9), min_size=2, max_size=4)))
    sides = tuple(data.draw(st.integers(1, length)) for length in shape)
    numbers: Array = np.random.default_rng(0).random((3, *shape), np.float32)
    with TemporaryDirectory() as folder:
        store = PixelStore(Path(folder), sides, shape, data.draw(st.integers(0, 4)))
        for at, piece in enumerate(tiles(Window.of(shape), sides)):
            values = numbers[(slice(None), *piece.slices)]
            if at % 3 == 2:
                values[:] = 0
            store.write(piece, None if at % 3 == 2 else values, 3)
        start = tuple(data.draw(st.integers(0, length - 1)) for length in shape)
        stop = tuple(
            data.draw(st.integers(first + 1, length)) for first, length in zip(start, shape, strict=True)
        )
        found = store.read(Window(start, stop), [2, 0])
        np.testing.assert_array_equal(found, numbers[[2, 0]][(slice(None), *Window(start, stop).slices)])


def test_a_file_that_ends_early_is_told(tmp_path: Path) -> None:
    store = PixelStore(tmp_path, (4, 4), (4, 4), 1)
    with pytest.raises(ReadError, match="missing or damaged"):
        store.read(Window.of((4, 4)), [0])
    store.write(Window.of((4, 4)), np.ones((2, 4, 4), np.float32))
    next(tmp_path.iterdir()).write_bytes(b"1234567")
    with pytest.raises(ReadError, match="missing or damaged"):
        store.read(Window.of((4, 4)), [0])


def test_the_cost_is_told_before() -> None:
    description = Description("zyx", (512, 2048, 2048), 1, np.dtype(np.uint8))
    assert field_cost(description, 3, Spatial("light"), Choices(3)).scratch == 0
    cost = field_cost(description, 3, Spatial(4.0), Choices(3, max_iter=10))
    assert (cost.passes, cost.scratch) == (21, 2 * 4 * 3 * description.size)
