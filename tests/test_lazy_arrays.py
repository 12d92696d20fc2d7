"""Arrays that are computed part by part have the windows of the image that all of them make."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixture.errors import ImageError, ReadError
from pixture.imaging.image_from_array import image_from_array
from pixture.imaging.window import Window
from pixture.scale.sources.lazy_array import LazyArraySource, array_source
from pixture.scale.sources.source import ImageSource
from tests.test_opened_source import DTYPES, assert_same_place, values_of, windows_in


def assert_same_array(lazy: Any, whole: Any, generator: np.random.Generator, **said: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = image_from_array(whole, **said)
    source = array_source(lazy, **said)
    assert isinstance(source, LazyArraySource)
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
    assert known.stored
    sent = pickle.loads(pickle.dumps(source))
    for number, window in enumerate(windows_in(image.shape, generator)):
        part = (sent if number % 2 else source).read(window)
        np.testing.assert_array_equal(part.pixels, image.pixels[window.slices])
        expected = np.ones(image.shape, bool) if image.mask is None else image.mask
        got = np.ones(window.shape, bool) if part.mask is None else part.mask
        np.testing.assert_array_equal(got, expected[window.slices])


@pytest.mark.parametrize("dtype", [one for one in DTYPES if one[0] != ">"])
def test_dask(generator: np.random.Generator, dtype: str) -> None:
    dask_array = pytest.importorskip("dask.array")
    for shape, said in (
        ((37, 53), {"spacing": (2.0, 3.0), "unit": "mm"}),
        ((37, 53, 4), {"alpha": True}),
        ((3, 37, 53), {"axes": "cyx", "nodata": 1, "channel_names": ("a", "b", "c")}),
    ):
        values = values_of(dtype, shape, generator)
        assert_same_array(dask_array.from_array(values, chunks=16), values, generator, **said)


def test_xarray(generator: np.random.Generator) -> None:
    pytest.importorskip("dask.array")
    xarray = pytest.importorskip("xarray")
    whole = xarray.DataArray(
        values_of("float32", (3, 1, 37, 53), generator),
        dims=("band", "time", "lat", "lon"),
        coords={
            "band": ["red", "green", "nir"],
            "lat": ("lat", 48 - 0.5 * np.arange(37), {"units": "degrees_north"}),
            "lon": ("lon", 11 + 0.25 * np.arange(53), {"units": "degrees_east"}),
        },
        attrs={"_FillValue": 3.0},
    )
    assert_same_array(whole.chunk({"lat": 10, "lon": 20}), whole, generator)


def test_zarr(tmp_path: Path, generator: np.random.Generator) -> None:
    zarr = pytest.importorskip("zarr")
    values = values_of("uint16", (3, 37, 53), generator)
    names = ["c", "y", "x"]
    array = zarr.create_array(tmp_path / "a.zarr", data=values, chunks=(1, 16, 16), dimension_names=names)
    assert_same_array(array, values, generator, axes="cyx")
    assert array_source(array).description.axes == "yxc"


def test_what_is_there_is_held(generator: np.random.Generator) -> None:
    values = values_of("uint8", (20, 30, 3), generator)
    source = array_source(values)
    assert isinstance(source, ImageSource)
    np.testing.assert_array_equal(source.read(Window((3, 4), (9, 9))).pixels, values[3:9, 4:9])


def test_errors_are_sentences(generator: np.random.Generator) -> None:
    dask_array = pytest.importorskip("dask.array")
    with pytest.raises(ImageError, match="looks as if its channels came first"):
        array_source(dask_array.zeros((30, 40, 50)))

    def fails(block: Any) -> Any:
        raise RuntimeError("no such bucket")

    array = dask_array.zeros((30, 40), chunks=10).map_blocks(fails, dtype=float, meta=np.zeros((0, 0)))
    with pytest.raises(ReadError, match="cannot be computed in rows 1 to 5, columns 1 to 5: no such bucket"):
        array_source(array).read(Window((0, 0), (5, 5)))
