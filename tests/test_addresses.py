"""What lies at an address is read where it is: over http and from S3, on this machine's loopback."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixture.arrays import Array
from pixture.errors import ReadError
from pixture.imaging.readers.read import read, read_part
from pixture.imaging.window import Window
from pixture.options.reading import Reading
from pixture.scale.sources.opened_source import open_source
from tests.object_store import object_store, served
from tests.test_opened_source import assert_same, assert_same_place, values_of, windows_in

pytest.importorskip("obstore")
zarr: Any = pytest.importorskip("zarr")
rasterio: Any = pytest.importorskip("rasterio")


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """The address of a server of the test's folder."""
    with served("-m", "tests.range_server", tmp_path) as address:
        yield address


@pytest.fixture(scope="module")
def bucket() -> Iterator[Any]:
    """A client of S3 on this machine, with a bucket called "images"."""
    with object_store("images") as client:
        yield client


def upload(client: Any, folder: Path, path: Path) -> None:
    for file in [path] if path.is_file() else path.rglob("*"):
        if file.is_file():
            client.put_object(Bucket="images", Key=str(file.relative_to(folder)), Body=file.read_bytes())


def assert_same_there(
    address: str, here: Path | str, reading: Reading, generator: np.random.Generator
) -> None:
    """The law: what is read at an address is what the file there is, had it been downloaded."""
    image, source = read_part(here, reading), open_source(address, reading)
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
    sent = pickle.loads(pickle.dumps(source))
    windows = windows_in(image.shape, generator, 6)
    with ThreadPoolExecutor(3) as pool:
        for window, part in zip(windows, pool.map(sent.read, windows), strict=True):
            np.testing.assert_array_equal(part.pixels, image.pixels[window.slices])
            expected = np.ones(image.shape, bool) if image.mask is None else image.mask
            got = np.ones(window.shape, bool) if part.mask is None else part.mask
            np.testing.assert_array_equal(got, expected[window.slices])


def cloud_optimised(path: Path, values: Array, **said: Any) -> Path:
    profile = {
        "crs": "EPSG:32633", "transform": rasterio.Affine(10, 0, 5e5, 0, -10, 5e6), "tiled": True,
        "blockxsize": 64, "blockysize": 64, "compress": "deflate",
    } | said  # fmt: skip
    count, height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", count=count, height=height, width=width, dtype=values.dtype, **profile
    ) as file:
        file.write(values)
        file.build_overviews([2], rasterio.enums.Resampling.nearest)
    return path


def stores(folder: Path, generator: np.random.Generator) -> tuple[Path, Path]:
    """A plain array, and an OME-Zarr image of two levels."""
    plain = folder / "plain.zarr"
    zarr.create_array(
        plain, data=values_of("uint16", (3, 137, 153), generator), chunks=(1, 64, 64),
        dimension_names=["c", "y", "x"],
    )  # fmt: skip
    root = folder / "image.zarr"
    group = zarr.create_group(root, attributes={"ome": {"version": "0.5", "multiscales": [{
        "axes": [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"],
        "datasets": [
            {"path": str(n), "coordinateTransformations": [{"type": "scale", "scale": [0.5 * 2**n] * 2}]}
            for n in range(2)
        ],
    }]}})  # fmt: skip
    for level in range(2):
        group.create_array(
            str(level), data=values_of("uint8", (120 >> level, 140 >> level), generator), chunks=(32, 32)
        )
    return plain, root


def test_zarr_over_http(web: str, tmp_path: Path, generator: np.random.Generator) -> None:
    plain, image = stores(tmp_path, generator)
    assert_same_there(f"{web}/plain.zarr", plain, Reading(), generator)
    assert_same_there(f"{web}/plain.zarr/", plain, Reading(channels=("3", "1")), generator)
    for level in range(2):
        assert_same_there(f"{web}/image.zarr", image, Reading(level=level), generator)


def test_geotiff_over_http(web: str, tmp_path: Path, generator: np.random.Generator) -> None:
    path = cloud_optimised(tmp_path / "a.tif", values_of("int16", (3, 200, 300), generator), nodata=7)
    for reading in (Reading(), Reading(channels=("2",)), Reading(level=1)):
        assert_same_there(f"{web}/a.tif", path, reading, generator)
    path = cloud_optimised(
        tmp_path / "b.tif", values_of("uint8", (4, 200, 300), generator), photometric="rgb", alpha="yes"
    )
    assert_same_there(f"{web}/b.tif", path, Reading(), generator)
    profile = {"driver": "GTiff", "count": 1, "height": 200, "width": 300, "dtype": "float32", "tiled": True}
    profile |= {"transform": rasterio.Affine(10, 0, 5e5, 0, -10, 5e6), "crs": "EPSG:32633"}
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **profile) as file:
        file.write(values_of("uint16", (200, 300), generator).astype(np.float32), 1)
        file.write_mask(generator.random((200, 300)) < 0.5)
        file.scales, file.offsets = (2.0,), (1.0,)
    # GDAL keeps what it read of an address: the file is another one there
    path = path.rename(tmp_path / "c.tif")
    assert_same_there(f"{web}/c.tif", path, Reading(), generator)


def test_s3(bucket: Any, tmp_path: Path, generator: np.random.Generator) -> None:
    plain, image = stores(tmp_path, generator)
    path = cloud_optimised(tmp_path / "a.tif", values_of("uint16", (2, 200, 300), generator))
    for one in (plain, image, path):
        upload(bucket, tmp_path, one)
    assert_same_there("s3://images/plain.zarr", plain, Reading(), generator)
    assert_same_there("s3://images/image.zarr", image, Reading(level=1), generator)
    assert_same_there("s3://images/a.tif", path, Reading(), generator)


def test_a_file_s_address_is_its_path(tmp_path: Path, generator: np.random.Generator) -> None:
    np.save(tmp_path / "a.npy", values_of("uint8", (20, 30), generator))
    source = open_source((tmp_path / "a.npy").as_uri())
    assert source.description.shape == (20, 30)
    assert_same(tmp_path / "a.npy", Reading(), generator)


def test_what_cannot_be_read_there_ends_in_a_sentence(
    web: str, tmp_path: Path, generator: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("no image")
    for name, said in (
        ("a.txt", "this is an address, and no file; read from there are Zarr stores and GeoTIFF"),
        ("none.tif", "this is an address, and no file"),
    ):
        with pytest.raises(ReadError, match=said):
            open_source(f"{web}/{name}")
    with pytest.raises(ReadError, match="this is an address, and no file"):
        read(f"{web}/a.tif")
    palette = tmp_path / "palette.tif"
    with rasterio.open(
        palette,
        "w",
        driver="GTiff",
        count=1,
        height=20,
        width=30,
        dtype="uint8",
        photometric="palette",
        transform=rasterio.Affine(10, 0, 5e5, 0, -10, 5e6),
    ) as file:
        file.write(np.zeros((20, 30), np.uint8), 1)
        file.write_colormap(1, {0: (1, 2, 3, 255)})
    with pytest.raises(ReadError, match="of palettes, inks, bits"):
        open_source(f"{web}/palette.tif")
    monkeypatch.setitem(__import__("sys").modules, "obstore", None)
    with pytest.raises(ReadError, match=r"Install it: pip install 'pixture\[cloud\]'"):
        open_source(f"{web}/a.tif")


def test_a_server_that_is_gone(tmp_path: Path, generator: np.random.Generator, web: str) -> None:
    plain, _ = stores(tmp_path, generator)
    source = open_source(f"{web}/{plain.name}")
    for chunk in plain.glob("c/0/*/*"):
        chunk.write_bytes(b"damaged")
    with pytest.raises(ReadError, match="in rows 1 to 10, columns 1 to 10"):
        source.read(Window((0, 0), (10, 10)))
