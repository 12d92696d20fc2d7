"""Objects found in pieces are those of the whole image: the same numbers, the same table."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pixture
from pixture.arrays import Integers, Mask
from pixture.errors import ChoiceError, UnsplitObjectsWarning
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.physical_space.place import Place
from pixture.imaging.window import Window, tiles
from pixture.scale.sources.source import Description, ImageSource
from pixture.scale.stores import piece_store
from pixture.scale.stores.piece_store import PieceStore
from pixture.scale.workers import Threads
from pixture.segmentation.large_images.objects import connecting
from pixture.segmentation.large_images.objects.large_objects import LargeObjects
from pixture.segmentation.large_images.objects.objects_of_pieces import LabelsInPieces, objects_of_pieces
from pixture.segmentation.objects.objects import Objects

SEEDS = st.integers(0, 2**32 - 1)
MASKED = 255


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few pixels, kept in tiles of fewer."""
    monkeypatch.setattr(piece_store, "SIDE", 4)
    monkeypatch.setattr(piece_store, "DEPTH", 2)
    monkeypatch.setattr(connecting, "TOGETHER", {2: 5, 3: 3})


class InMemory(PieceStore):
    """A store whose pieces are taken together."""

    def whole(self) -> Integers:
        return self.read(Window((0,) * len(self.windows[-1].stop), self.windows[-1].stop))


class Pieces(ImageSource):
    """An image in memory in pieces of any size."""

    sides: tuple[int, ...]

    def __init__(self, image: Image, sides: tuple[int, ...]) -> None:
        super().__init__(image)
        object.__setattr__(self, "sides", sides)

    @property
    def description(self) -> Description:
        return InPieces(self.sides, Description.of(self.image))


class InPieces(Description):
    """The description of an image in pieces of any size."""

    sides: tuple[int, ...]

    def __init__(self, sides: tuple[int, ...], of: Description) -> None:
        object.__setattr__(self, "sides", sides)
        for name, value in vars(of).items():
            object.__setattr__(self, name, value)

    @property
    def pieces(self) -> tuple[Window, ...]:
        return tuple(tiles(Window.of(self.shape), self.sides))


class Elsewhere(Threads):
    """Workers of which what goes there and comes back is packed, as on a cluster."""

    def each(self, work: Callable[[Any], Any], parts: Sequence[Any]) -> Iterator[Any]:
        """Yield what the packed work makes of packed parts."""
        packed = pickle.dumps(work)
        for part in parts:
            found = pickle.loads(packed)(pickle.loads(pickle.dumps(part)))
            yield pickle.loads(pickle.dumps(found))


def in_pieces(
    labels: Integers,
    image: Image,
    sides: tuple[int, ...],
    folder: Path,
    classes: dict[int, str],
    threads: int = 1,
    **choices: Any,
) -> tuple[Integers, LargeObjects]:
    source = Pieces(image, sides)
    store = PieceStore(folder / "labels", source.description.pieces, np.dtype(np.uint8))
    kept = labels if image.mask is None else np.where(image.mask, labels, MASKED)
    for window in store.windows:
        store.write(window, kept[window.slices].astype(np.uint8))
    masked = 0 if image.mask is None else int((~image.mask).sum())
    given = LabelsInPieces(store, classes, MASKED if masked else None, masked)
    numbers: list[InMemory] = []

    def opened(dtype: np.dtype[np.unsignedinteger]) -> InMemory:
        numbers.append(InMemory(folder / "numbers", source.description.pieces, dtype))
        return numbers[0]

    found = objects_of_pieces(
        source, given, Threads(threads) if threads else Elsewhere(), folder / "work", opened, **choices
    )
    return numbers[0].whole(), found


def same(labels: Integers, image: Image, sides: tuple[int, ...], folder: Path, **choices: Any) -> Objects:
    """Hold objects in pieces against those in memory."""
    classes = choices.pop("classes", {1: "one"})
    threads = choices.pop("threads", 1)
    expected = pixture.find_objects(labels, image, classes=classes, **choices)
    numbers, found = in_pieces(labels, image, sides, folder, classes, threads, **choices)
    np.testing.assert_array_equal(numbers, expected.labels)
    assert numbers.dtype == expected.labels.dtype
    assert found.dropped == expected.dropped
    assert list(found.columns) == list(expected.columns)
    for name, column in expected.columns.items():
        if column.dtype.kind == "f":
            np.testing.assert_allclose(found.columns[name], column, rtol=1e-9, atol=1e-6, err_msg=name)
        else:
            np.testing.assert_array_equal(found.columns[name], column, err_msg=name)
    assert (found.pixels, found.count) == (expected.pixels, expected.count)
    assert found.share == pytest.approx(expected.share)
    assert dict(found.choices) == dict(expected.choices)
    return expected


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Integers, Image, tuple[int, ...]]:
    """Blotches of classes, an image over them, perhaps masked; and how large pieces are."""
    volume = draw(st.booleans())
    shape = draw(st.tuples(*[st.integers(1, 9)] * 3) if volume else st.tuples(*[st.integers(1, 24)] * 2))
    generator = np.random.default_rng(draw(SEEDS))
    coarse = draw(st.sampled_from([1, 2, 3]))
    labels = generator.choice(4, tuple(-(-length // coarse) for length in shape), p=[0.4, 0.4, 0.1, 0.1])
    for axis, length in enumerate(shape):
        labels = np.repeat(labels, coarse, axis=axis).take(np.arange(length), axis=axis)
    channels = draw(st.sampled_from([1, 3]))
    pixels = generator.integers(0, 256, (*shape, channels)).astype(np.uint8)
    pixels = pixels if channels > 1 else pixels[..., 0]
    spacing = draw(st.sampled_from([(1.0, 1.0, 1.0), (2.0, 0.5, 0.5), (3.0, 2.0, 1.0)]))[-len(shape) :]
    mask: Mask | None = generator.random(shape) < 0.9 if draw(st.booleans()) else None
    if mask is not None:
        mask[(0,) * len(shape)] = True
    axes = ("zyx" if volume else "yx") + ("c" if channels > 1 else "")
    image = image_from_array(pixels, axes=axes, spacing=spacing, unit=draw(st.sampled_from([None, "mm"])))
    sides = draw(st.tuples(*[st.integers(1, 8)] * len(shape)))
    return labels, image if mask is None else image.masked(mask), sides


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scene=scenes(),
    classes=st.sampled_from([{1: "one"}, {1: "a", 2: "b"}, {0: "none", 1: "a", 2: "b"}, {3: "c", 1: "a"}]),
    min_size=st.sampled_from([None, 0, 1, 4]),
    split=st.sampled_from(["none", "touching"]),
    fill_holes=st.booleans(),
    connectivity=st.sampled_from([None, 1, 2]),
)
def test_objects_in_pieces_are_those_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory,
    scene: tuple[Integers, Image, tuple[int, ...]],
    classes: dict[int, str],
    **choices: Any,
) -> None:
    labels, image, sides = scene
    same(labels, image, sides, tmp_path_factory.mktemp("pieces"), classes=classes, **choices)


def discs(shape: tuple[int, ...], count: int, seed: int, radius: float) -> Integers:
    """Balls that touch here and there."""
    generator = np.random.default_rng(seed)
    places = np.indices(shape)
    found = np.zeros(shape, np.uint8)
    for _ in range(count):
        centre = [generator.uniform(0, length) for length in shape]
        square = sum((along - at) ** 2 for along, at in zip(places, centre, strict=True))
        found[square < (radius * generator.uniform(0.6, 1.2)) ** 2] = generator.integers(1, 3)
    return found


def over(shape: tuple[int, ...], seed: int = 0, **known: Any) -> Image:
    """Return any image."""
    pixels = np.random.default_rng(seed).integers(0, 4000, shape).astype(np.uint16)
    return image_from_array(pixels, axes="zyx"[-len(shape) :], **known)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("shape", "count", "radius"), [((90, 110), 40, 9), ((20, 40, 44), 22, 7)])
def test_touching_objects_are_split_as_in_the_whole(
    shape: tuple[int, ...], count: int, radius: float, seed: int, tmp_path: Path
) -> None:
    labels = discs(shape, count, seed, radius)
    image = over(shape, spacing=(2.0, 1.0, 1.0)[-len(shape) :])
    if seed % 2:
        image = image.masked(np.random.default_rng(seed).random(shape) < 0.95)
    sides = (16, 20) if len(shape) == 2 else (8, 16, 20)
    found = same(labels, image, sides, tmp_path, classes={1: "a", 2: "b"}, threads=seed % 3)
    assert found.count > pixture.find_objects(labels, image, classes=[1, 2], split="none").count


def spiral(side: int, gap: int) -> Integers:
    """One line that winds inwards, a few pixels from itself, and ends in a ring."""
    found = np.zeros((side, side), np.uint8)
    turns = np.linspace(0.5, side / 2 / gap - 0.5, 20 * side)
    rows = (side / 2 + turns * gap * np.sin(2 * np.pi * turns)).astype(int)
    columns = (side / 2 + turns * gap * np.cos(2 * np.pi * turns)).astype(int)
    found[rows.clip(0, side - 1), columns.clip(0, side - 1)] = 1
    return found


@pytest.mark.parametrize("connectivity", [1, 2])
def test_a_spiral_is_one_object_over_any_seams(connectivity: int, tmp_path: Path) -> None:
    labels = spiral(120, 8)
    found = same(
        labels, over(labels.shape), (7, 16), tmp_path, split="none", connectivity=connectivity, min_size=0
    )
    if connectivity == 2:
        assert found.count == 1


@pytest.mark.parametrize("connectivity", [1, 2])
def test_holes_over_many_pieces_are_filled(connectivity: int, tmp_path: Path) -> None:
    rows, columns = np.indices((60, 64))
    away = np.hypot(rows - 30, columns - 30)
    labels = ((away > 22) & (away < 25) | (away < 6)).astype(np.uint8)  # an island in a lake
    labels[(away > 10) & (away < 13)] = 2
    labels[0, :9], labels[:9, 0], labels[8, :9], labels[:9, 8] = 1, 1, 1, 1  # closed by the border alone, too
    labels[4, 0] = 0
    found = same(
        labels,
        over(labels.shape),
        (16, 11),
        tmp_path,
        classes={1: "a", 2: "b"},
        split="none",
        connectivity=connectivity,
    )
    assert found.labels[30, 30 + 18] > 0
    assert found.labels[4, 4] == 0


def test_corners_that_meet_where_four_pieces_do(tmp_path: Path) -> None:
    labels = np.zeros((8, 8), np.uint8)
    labels[2:4, 2:4] = labels[4:6, 4:6] = 1
    assert same(labels, over((8, 8)), (4, 4), tmp_path / "1", split="none", min_size=0).count == 1
    labels = labels[:, ::-1].copy()
    assert same(labels, over((8, 8)), (4, 4), tmp_path / "2", split="none", min_size=0).count == 1
    apart = same(labels, over((8, 8)), (4, 4), tmp_path / "3", split="none", min_size=0, connectivity=1)
    assert apart.count == 2


def test_areas_that_differ_from_row_to_row_and_places_on_the_earth(tmp_path: Path) -> None:
    labels = discs((40, 50), 8, 1, 6)
    place = Place("GeoTIFF", None, row_areas=np.linspace(1, 2, 40), area_unit="m²")
    same(labels, over(labels.shape, place=place), (16, 16), tmp_path, classes={1: "a", 2: "b"})


def test_nothing_there_is_no_object(tmp_path: Path) -> None:
    labels = np.zeros((20, 20), np.uint8)
    assert same(labels, over(labels.shape), (8, 8), tmp_path).count == 0


def test_what_is_too_large_to_be_split_stays_whole_and_is_told_of(tmp_path: Path) -> None:
    labels = np.minimum(discs((60, 60), 12, 5, 9), 1)
    with pytest.warns(UnsplitObjectsWarning, match=r"more than 50 pixels.*stayed whole.*memory"):
        numbers, found = in_pieces(
            labels, over(labels.shape), (8, 8), tmp_path, {1: "one"}, memory=5000, min_size=0
        )
    expected = pixture.find_objects(labels, over(labels.shape), split="none", min_size=0, classes=[1])
    assert found.whole > 0
    assert found.count < pixture.find_objects(labels, min_size=0).count
    np.testing.assert_array_equal(numbers > 0, expected.labels > 0)


def test_a_glimpse_of_the_numbers(tmp_path: Path) -> None:
    labels = discs((50, 70), 12, 2, 7)
    numbers, found = in_pieces(
        labels, over(labels.shape), (16, 16), tmp_path, {1: "a", 2: "b"}, strides=(3, 5)
    )
    np.testing.assert_array_equal(found.glimpse, numbers[::3, ::5])
    assert repr(found).startswith(f"<LargeObjects: {found.count}")
    assert [row["pixels"] for row in found.table()] == found.columns["pixels"].tolist()


def test_choices_that_cannot_be(tmp_path: Path) -> None:
    labels = np.ones((4, 6, 6), np.uint8)
    times = image_from_array(labels, axes="tyx")
    with pytest.raises(ChoiceError, match="several times"):
        in_pieces(labels, times, (1, 6, 6), tmp_path, {1: "one"})
    for choices, said in (
        ({"split": "all"}, "split must be"),
        ({"min_size": -1}, "min_size is"),
        ({"connectivity": 4}, "connectivity is"),
    ):
        with pytest.raises(ChoiceError, match=said):
            in_pieces(labels, over(labels.shape), (4, 4, 4), tmp_path, {1: "one"}, **choices)
