"""Windows of TIFF are the whole image's windows, whatever its layout, its code and its colours."""

from __future__ import annotations

import multiprocessing
import os
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from pixture.errors import ImageError, ReadError
from pixture.imaging.readers.read import read_part
from pixture.imaging.readers.tiff import region_decoding
from pixture.imaging.readers.tiff.compression import segments
from pixture.imaging.window import Window, tiles
from pixture.options.reading import Reading
from pixture.scale.sources.opened_source import open_source
from tests.test_opened_source import DTYPES, assert_same, values_of

LAYOUTS: dict[str, dict[str, Any]] = {
    "one strip": {},
    "strips": {"rowsperstrip": 5},
    "tiles": {"tile": (16, 32)},
    "large tiles": {"tile": (128, 128)},
}
CODES: dict[str, dict[str, Any]] = {
    "none": {},
    "deflate": {"compression": "zlib", "predictor": True},
    "zstd": {"compression": "zstd"},
    "lzw": {"compression": "lzw"},
}


@pytest.mark.parametrize("dtype", [*DTYPES, "uint64"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("code", ["none", "deflate"])
def test_windows_of_every_dtype(
    tmp_path: Path, generator: np.random.Generator, dtype: str, layout: str, code: str
) -> None:
    path = tmp_path / "a.tif"
    for shape, kind in (((37, 53), {}), ((37, 53, 3), {"photometric": "rgb"})):
        if (dtype == "bool" and (code == "deflate" or len(shape) == 3)) or (dtype, code) == (
            "uint64",
            "deflate",
        ):
            continue  # tifffile writes none
        choices = {**LAYOUTS[layout], **CODES[code], **kind}
        tifffile.imwrite(path, values_of(dtype, shape, generator), bigtiff=len(shape) == 2, **choices)
        assert_same(path, Reading(), generator)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_windows_of_every_layout(
    tmp_path: Path, generator: np.random.Generator, layout: str, code: str, order: Any, planar: str
) -> None:
    path = tmp_path / "a.tif"
    shape = (37, 53, 4) if planar == "contig" else (4, 37, 53)
    values = values_of("uint16", shape, generator)
    tifffile.imwrite(
        path, values, byteorder=order, photometric="rgb", planarconfig=planar, extrasamples=["unassalpha"],
        **LAYOUTS[layout], **CODES[code],
    )  # fmt: skip
    assert_same(path, Reading(), generator)
    assert_same(path, Reading(channels=("3", "1")), generator)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_windows_of_pictures_held_in_any_way(
    tmp_path: Path, generator: np.random.Generator, orientation: int, layout: str
) -> None:
    path = tmp_path / "a.tif"
    values = values_of("uint8", (37, 53, 3), generator)
    tifffile.imwrite(
        path, values, photometric="rgb", extratags=[(274, 3, 1, orientation, True)], **LAYOUTS[layout]
    )
    assert_same(path, Reading(), generator)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_windows_of_other_colours(tmp_path: Path, generator: np.random.Generator, layout: str) -> None:
    path = tmp_path / "a.tif"
    palette = generator.integers(0, 256, (3, 256)).astype(np.uint16) * 257
    grey = values_of("uint8", (37, 53), generator)
    for values, choices in (
        (grey, {"photometric": "palette", "colormap": palette}),
        (grey, {"photometric": "miniswhite"}),
        (values_of("bool", (37, 53), generator), {"photometric": "miniswhite"}),
        (values_of("uint8", (37, 53, 4), generator), {"photometric": "separated"}),
        (values_of("uint8", (37, 53, 4), generator), {"photometric": "rgb", "extrasamples": ["assocalpha"]}),
        (values_of("uint8", (37, 53, 2), generator), {"photometric": "minisblack", "extrasamples": [2]}),
        (
            values_of("float32", (37, 53, 5), generator),
            {"photometric": "minisblack", "planarconfig": "contig"},
        ),
        (grey, {"extratags": [(42113, 2, 0, "7", True)]}),
        (grey, {"photometric": "palette", "colormap": palette, "extratags": [(42113, 2, 0, "7", True)]}),
    ):
        tifffile.imwrite(path, values, **{**LAYOUTS[layout], **choices})
        assert_same(path, Reading(), generator)


def test_windows_of_jpeg_tiles(tmp_path: Path, generator: np.random.Generator) -> None:
    smooth = np.cumsum(generator.integers(-1, 2, (96, 160, 3)), axis=1).clip(0, 255).astype(np.uint8)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, smooth, tile=(32, 32), photometric="ycbcr", compression="jpeg")
    assert_same(path, Reading(), generator)
    tifffile.imwrite(path, smooth, rowsperstrip=16, photometric="rgb", compression="jpeg")
    assert_same(path, Reading(), generator)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_windows_of_stacks(tmp_path: Path, generator: np.random.Generator, layout: str) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path, values_of("uint16", (3, 4, 2, 17, 23), generator), imagej=True, resolution=(2, 2),
        metadata={"axes": "TZCYX", "spacing": 3, "unit": "um", "finterval": 2.0},
    )  # fmt: skip
    for reading in (Reading(), Reading(time=2), Reading(slice=3), Reading(time=3, slice=1, channels=("2",))):
        assert_same(path, reading, generator)
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(
        path, values_of("uint8", (3, 2, 4, 17, 23), generator), photometric="minisblack",
        metadata={"axes": "TCZYX", "PhysicalSizeX": 0.5}, **{**LAYOUTS[layout], **CODES["zstd"]},
    )  # fmt: skip
    for reading in (Reading(), Reading(time=2, slice=2)):
        assert_same(path, reading, generator)
    path = tmp_path / "pages.tif"
    with tifffile.TiffWriter(path) as writer:
        for _ in range(5):
            writer.write(
                values_of("uint16", (37, 53), generator), contiguous=False, metadata=None, **LAYOUTS[layout]
            )
    assert_same(path, Reading(slice=2), generator)


def test_windows_of_deep_tiles(tmp_path: Path, generator: np.random.Generator) -> None:
    path = tmp_path / "a.tif"
    values = values_of("uint8", (20, 37, 53), generator)
    tifffile.imwrite(path, values, tile=(16, 16, 16), volumetric=True, compression="zlib")
    assert_same(path, Reading(), generator)
    assert_same(path, Reading(slice=18), generator)


@pytest.mark.parametrize("in_file", [True, False])
def test_windows_of_pyramids(tmp_path: Path, generator: np.random.Generator, in_file: bool) -> None:
    rasterio = pytest.importorskip("rasterio")
    path = tmp_path / "a.tif"
    values = values_of("uint16", (1, 96, 160), generator)
    with rasterio.open(
        path, "w", driver="GTiff", width=160, height=96, count=1, dtype="uint16", tiled=True, blockxsize=32,
        blockysize=32, compress="deflate", crs="EPSG:32633", nodata=9,
        transform=rasterio.Affine(10, 0, 5e5, 0, -10, 5e6),
    ) as file:  # fmt: skip
        file.write(values)
    with rasterio.Env(TIFF_USE_OVR=not in_file), rasterio.open(path, "r+") as file:
        file.build_overviews([2, 4], rasterio.enums.Resampling.nearest)
    assert in_file != Path(f"{path}.ovr").exists()
    for level in range(3):
        source = assert_same(path, Reading(level=level), generator)
        assert source.description.place is not None


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize("sparse", [True, False])
def test_windows_of_masked_geotiffs(
    tmp_path: Path, generator: np.random.Generator, beside: bool, sparse: bool
) -> None:
    rasterio = pytest.importorskip("rasterio")
    path = tmp_path / "a.tif"
    mask = generator.random((96, 160)) < 0.7
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=not beside),
        rasterio.open(
            path, "w", driver="GTiff", width=160, height=96, count=1, dtype="int16", tiled=True,
            blockxsize=32, blockysize=32, sparse_ok=sparse, crs="EPSG:4326", nodata=5 if sparse else None,
            transform=rasterio.Affine(0.01, 0, 10, 0, -0.01, 50),
        ) as file,
    ):  # fmt: skip
        values = values_of("int16", (40, 160), generator)
        file.write(values, 1, window=rasterio.windows.Window(0, 0, 160, 40))
        if not sparse:
            file.write(values, 1, window=rasterio.windows.Window(0, 56, 160, 40))
            file.write_mask(mask)
        file.scales, file.offsets = (0.5,), (3.0,)
        file.set_band_description(1, "height")
    source = assert_same(path, Reading(), generator)
    assert source.description.channel_names == ("height",)
    assert source.description.dtype == np.float64


def test_a_tile_that_is_damaged_says_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    values = np.arange(64 * 96, dtype=np.uint16).reshape(64, 96)
    tifffile.imwrite(path, values, tile=(32, 32), compression="zlib")
    with tifffile.TiffFile(path) as file:
        offset = file.pages.first.dataoffsets[4]
    with path.open("r+b") as raw:
        raw.seek(offset)
        raw.write(b"\xff" * 20)
    source = open_source(path)
    np.testing.assert_array_equal(source.read(Window((0, 0), (32, 96))).pixels, values[:32])
    with pytest.raises(
        ReadError, match=r"tile 5 of 6 cannot be decoded .*it holds rows 33 to 64, columns 33 to 64"
    ):
        source.read(Window((30, 30), (40, 40)))


def test_more_than_is_safe_to_decode_at_once_opens(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tile = zlib.compress(np.full((512, 512, 3), 7, np.uint8).tobytes())
    tifffile.imwrite(
        path, iter([tile] * 4096), shape=(32768, 32768, 3), dtype=np.uint8, tile=(512, 512),
        photometric="rgb", compression="zlib", bigtiff=True,
    )  # fmt: skip
    source = open_source(path)
    assert source.description.shape == (32768, 32768)
    assert (source.read(Window((32000, 20000), (32100, 20100))).pixels == 7).all()


def test_strips_that_lie_across_windows_are_decoded_once(
    tmp_path: Path, generator: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.tif"
    values = values_of("uint8", (64, 96, 3), generator)
    tifffile.imwrite(path, values, rowsperstrip=4, compression="zlib", photometric="rgb")
    source = open_source(path)
    decoded: list[int] = []
    plain = segments.decoded_segment

    def counted(path: Path, page: Any, segment: Any, *rest: Any) -> Any:
        decoded.append(segment.index)
        return plain(path, page, segment, *rest)

    monkeypatch.setattr(region_decoding, "decoded_segment", counted)
    for window in tiles(Window.of((64, 96)), (32, 32)):
        np.testing.assert_array_equal(source.read(window).pixels, values[window.slices])
    # the first pixel was read to know what the file is, and left the first strip to its neighbours
    assert sorted(decoded) in (list(range(1, 16)), list(range(16)))


@pytest.mark.parametrize("code", ["none", "deflate"])
def test_threads_read_the_same(tmp_path: Path, generator: np.random.Generator, code: str) -> None:
    values = values_of("uint16", (256, 384), generator)
    path = tmp_path / "a.tif"
    for layout in LAYOUTS.values():
        tifffile.imwrite(path, values, **layout, **CODES[code])
        source = open_source(path)
        windows = list(tiles(Window.of(values.shape), (32, 40))) * 2
        with ThreadPoolExecutor(4) as pool:
            for window, part in zip(windows, pool.map(source.read, windows), strict=True):
                np.testing.assert_array_equal(part.pixels, values[window.slices])


@pytest.mark.filterwarnings("ignore::pixture.errors.PixtureWarning")
def test_windows_of_real_files(data: Path, generator: np.random.Generator) -> None:
    count = 0
    for path in sorted(data.rglob("*.tif*")):
        if not path.is_file() or path.stat().st_size > 2e6:
            continue
        try:
            read_part(path, Reading())
        except (ReadError, ImageError):
            continue
        assert_same(path, Reading(), generator)
        count += 1
    if not count:
        pytest.skip("there is no TIFF among the data")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_reads_while_a_thread_of_its_parent_s_does(
    tmp_path: Path, generator: np.random.Generator
) -> None:
    path = tmp_path / "a.tif"
    values = values_of("uint8", (512, 512), generator)
    tifffile.imwrite(path, values, rowsperstrip=64, compression="zlib")
    source, window, done = open_source(path), Window((0, 0), (512, 300)), threading.Event()

    def reads() -> None:
        while not done.is_set():
            source.read(window)

    thread = threading.Thread(target=reads)
    thread.start()
    try:
        context = multiprocessing.get_context("fork")
        for _ in range(5):
            child = context.Process(target=source.read, args=(window,))
            child.start()
            child.join(20)
            assert child.exitcode == 0
    finally:
        done.set()
        thread.join()
