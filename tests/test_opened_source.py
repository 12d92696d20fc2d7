"""Windows of files are the whole image's windows: pixels and mask, for every family of formats."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixture.arrays import Array
from pixture.errors import MaskedValuesWarning, ReadError
from pixture.imaging.image import Image
from pixture.imaging.readers.identification.file_formats import FOLDER_FORMATS, FORMATS
from pixture.imaging.readers.read import read_part
from pixture.imaging.window import Window
from pixture.options.reading import Reading
from pixture.scale.sources.opened_source import FAMILIES, open_source
from pixture.scale.sources.source import ImageSource, Source

DTYPES = ("uint8", "int8", "uint16", ">u2", "int16", "int32", "uint32", "float32", ">f4", "float64", "bool")
WINDOWS = 6


def values_of(dtype: str, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return generator.integers(0, 2, shape).astype(bool)
    if kind.kind == "f":
        values = generator.normal(0, 50, shape)
        values[generator.random(shape) < 0.02] = np.nan
        return values.astype(kind)
    limits = np.iinfo(kind)
    return generator.integers(max(limits.min, -(2**31)), min(limits.max, 2**32 - 1), shape).astype(kind)


def windows_in(shape: tuple[int, ...], generator: np.random.Generator, count: int = WINDOWS) -> list[Window]:
    """Random windows, the whole, and the last pixel."""
    found = [Window.of(shape), Window(tuple(n - 1 for n in shape), shape)]
    for _ in range(count):
        ends = [np.sort(generator.choice(n + 1, 2, replace=False)) for n in shape]
        found.append(Window(tuple(int(a) for a, _ in ends), tuple(int(b) for _, b in ends)))
    return found


def read_quietly(path: Path | str, reading: Reading) -> Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MaskedValuesWarning)
        return read_part(path, reading)


def assert_same(
    path: Path | str, reading: Reading, generator: np.random.Generator, whole: bool = False
) -> Source:
    """The law: what a source says and gives is what the whole image says and has."""
    image = read_quietly(path, reading)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MaskedValuesWarning)
        source = open_source(path, reading)
    assert isinstance(source, ImageSource) == whole
    known = source.description
    assert (known.axes, known.shape, known.channels, known.dtype) == (
        image.axes, image.shape, image.channels, image.pixels.dtype,
    )  # fmt: skip
    assert (known.spacing, known.unit, known.channel_names) == (
        image.spacing,
        image.unit,
        image.channel_names,
    )
    assert_same_place(known.place, image.place)
    assert known.origin is not None
    assert image.origin is not None
    assert (known.origin.place, known.origin.scene) == (image.origin.place, image.origin.scene)
    assert bool(known.stored) != whole
    sent = pickle.loads(pickle.dumps(source))
    for number, window in enumerate(windows_in(image.shape, generator)):
        part = (sent if number % 2 else source).read(window)
        assert part.axes == image.axes
        assert part.place is None
        assert (part.spacing, part.unit, part.channel_names) == (
            image.spacing,
            image.unit,
            image.channel_names,
        )
        assert part.pixels.dtype == image.pixels.dtype
        assert part.pixels.flags.c_contiguous
        np.testing.assert_array_equal(part.pixels, image.pixels[window.slices])
        expected = np.ones(image.shape, bool) if image.mask is None else image.mask
        got = np.ones(window.shape, bool) if part.mask is None else part.mask
        np.testing.assert_array_equal(got, expected[window.slices])
        assert part.mask is None or not part.mask.all()
    return source


def assert_same_place(one: Any, other: Any) -> None:
    if one is None or other is None:
        assert one is other
        return
    assert (one.family, one.in_words, one.area_unit, one.upwards) == (
        other.family, other.in_words, other.area_unit, other.upwards,
    )  # fmt: skip
    np.testing.assert_array_equal(one.row_areas, other.row_areas)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ["C", "F"])
def test_windows_of_numpy_files(
    tmp_path: Path, generator: np.random.Generator, dtype: str, order: Any
) -> None:
    for shape, axes in (
        ((37, 53), None),
        ((37, 53, 3), None),
        ((4, 37, 53), "cyx"),
        ((3, 2, 17, 23, 2), "tzyxc"),
        ((23, 5, 17, 2), "xzyt"),
    ):
        values = values_of(dtype, shape, generator)
        np.save(tmp_path / "a.npy", np.asarray(values, order=order))
        assert_same(tmp_path / "a.npy", Reading(axes=axes), generator)


def test_parts_of_a_numpy_file(tmp_path: Path, generator: np.random.Generator) -> None:
    path = tmp_path / "a.npy"
    np.save(path, values_of("float32", (3, 4, 17, 23, 3), generator))
    for reading in (
        Reading(axes="tzyxc", time=2),
        Reading(axes="tzyxc", slice=4, channels=("3", "1")),
        Reading(axes="tzyxc", time=3, slice=1, channels=("2",)),
        Reading(axes="zcyxt", channels=("4",)),
    ):
        assert_same(path, reading, generator)


def test_a_npz_is_read_whole(tmp_path: Path, generator: np.random.Generator) -> None:
    np.savez(tmp_path / "a.npz", image=values_of("uint8", (20, 30), generator))
    assert_same(tmp_path / "a.npz", Reading(), generator, whole=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("version", [2, 3])
def test_windows_of_zarr(tmp_path: Path, generator: np.random.Generator, dtype: str, version: Any) -> None:
    zarr = pytest.importorskip("zarr")
    for number, (shape, chunks, names) in enumerate(
        (
            ((37, 53), (16, 16), None),
            ((3, 37, 53), (2, 10, 64), ["c", "y", "x"]),
            ((2, 1, 3, 17, 23), (1, 1, 1, 8, 8), ["t", "c", "z", "y", "x"]),
        )
    ):
        path = tmp_path / f"{number}.zarr"
        array = zarr.create_array(
            path, shape=shape, chunks=chunks, dtype=dtype, zarr_format=version,
            config={"write_empty_chunks": True},
            **({"dimension_names": names} if version == 3 else {}),
        )  # fmt: skip
        if names and version == 2:
            array.attrs["_ARRAY_DIMENSIONS"] = names
        array[:] = values_of(dtype, shape, generator)
        source = assert_same(path, Reading(), generator)
        assert source.description.stored
        if number == 2:
            assert_same(path, Reading(time=2, slice=3), generator)


def test_a_file_that_changes_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((20, 30), np.uint8))
    source = open_source(path, Reading())
    np.save(path, np.zeros((20, 31), np.uint8))
    with pytest.raises(ReadError, match="was changed while it was read"):
        source.read(Window((0, 0), (2, 2)))
    path.unlink()
    with pytest.raises(ReadError, match="and is not now"):
        source.read(Window((0, 0), (2, 2)))


def test_formats_with_windows_are_those_of_readers() -> None:
    readers = {form.module for form in FORMATS} | {form.module for form in FOLDER_FORMATS}
    assert set(FAMILIES) <= readers
