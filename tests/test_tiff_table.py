"""TIFF by depth, channels, opacity, layout, compression and no-data value: right, or refused by name.

The files are written by tifffile and by libtiff (through Pillow); pixels are held against what was written
and, where libtiff's are to be had, against its own decoding.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import tifffile

from pixture.arrays import Array, Mask
from pixture.errors import ImageError, ReadError
from pixture.imaging.image import Image
from pixture.imaging.readers.read import read

SIZE = 24, 40
GDAL_NODATA = 42113
DEPTHS = ["bool", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "f2", "f4", "f8"]
CHANNELS = {"grey": 1, "two": 2, "rgb": 3, "five": 5}
OPACITIES = [None, "unassalpha", "assocalpha"]


def values(dtype: str, channels: int, seed: int = 0) -> Array:
    """(rows, columns, channels), over the range of the dtype; no value is zero but for booleans."""
    generator = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    shape = (*SIZE, channels)
    if kind.kind == "b":
        return generator.random(shape) > 0.5
    if kind.kind == "f":
        return generator.normal(3, 50, shape).astype(kind)
    most = min(int(np.iinfo(kind).max), 2**50)
    return generator.integers(max(int(np.iinfo(kind).min), -(2**50)) + 1, most, shape, endpoint=True).astype(
        kind
    )


def valid(image: Image) -> Mask:
    return np.ones(image.shape, bool) if image.mask is None else image.mask


def shown(stored: Array) -> Array:
    """What an image holds of plain samples: black and white as 0 and 255, half floats as single."""
    if stored.dtype.kind == "b":
        stored = stored.astype(np.uint8) * 255
    if stored.dtype == np.float16:
        stored = stored.astype(np.float32)
    return stored[..., 0] if stored.shape[-1] == 1 else stored


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("depth", DEPTHS)
def test_depth_channels_opacity(tmp_path: Path, depth: str, channels: str) -> None:
    for opacity, planar in itertools.product(OPACITIES, ("contig", "separate")):
        pixels, opaque = values(depth, CHANNELS[channels]), np.ones(SIZE, bool)
        base = 3 if channels == "rgb" else 1
        extra = ["unspecified"] * (pixels.shape[-1] - base)
        stored = pixels
        if opacity is not None:
            opaque[5:9, 3:30] = False
            largest = 1 if pixels.dtype.kind in "fb" else int(np.iinfo(pixels.dtype).max)
            alpha = np.where(opaque, np.array(largest, depth), np.zeros((), depth))
            stored = np.concatenate([pixels, alpha[..., None]], axis=-1)
            extra = [*extra, opacity]
        if stored.shape[-1] == 1:
            stored = stored[..., 0]
        elif planar == "separate":
            stored = np.moveaxis(stored, -1, 0)
        elif depth == "bool":
            continue  # tifffile does not write several samples of one bit side by side
        tifffile.imwrite(
            tmp_path / "a.tif",
            stored,
            photometric="rgb" if base == 3 else "minisblack",
            planarconfig=planar if stored.ndim == 3 else None,
            extrasamples=extra or None,
            rowsperstrip=7,
            metadata=None,
        )
        if opacity == "assocalpha" and depth in ("i1", "i2", "i4", "u8"):
            with pytest.raises(ReadError, match="pixels are multiplied by their opacity is not read"):
                read(tmp_path / "a.tif")
            continue
        image = read(tmp_path / "a.tif")
        np.testing.assert_array_equal(valid(image), opaque)
        np.testing.assert_array_equal(image.pixels[opaque], shown(pixels)[opaque])
        assert image.pixels.dtype == shown(pixels).dtype


@pytest.mark.parametrize("compression", [None, "lzw", "zlib", "zstd", "packbits", "lzma"])
@pytest.mark.parametrize("depth", ["u1", "u2", "f4"])
def test_layout_and_compression(tmp_path: Path, depth: str, compression: str | None) -> None:
    pixels = values(depth, 3)
    layouts: list[dict[str, object]] = [{"rowsperstrip": 5}, {"rowsperstrip": 24}, {"tile": (16, 32)}]
    predictors = (False, True) if compression not in (None, "packbits") else (False,)
    for layout, byteorder, predictor in itertools.product(layouts, "<>", predictors):
        tifffile.imwrite(
            tmp_path / "a.tif",
            pixels,
            photometric="rgb",
            compression=compression,
            predictor=predictor or None,
            byteorder=byteorder,
            bigtiff=byteorder == ">",
            metadata=None,
            **layout,
        )
        np.testing.assert_array_equal(read(tmp_path / "a.tif").pixels, pixels)


@pytest.mark.parametrize("count", [1, 3, 5])
@pytest.mark.parametrize(
    "tag", ["one value", "each its own", "one that is not there", "nan", "least", "least, short"]
)
@pytest.mark.parametrize("depth", ["u1", "i2", "f4", "f8"])
def test_nodata(tmp_path: Path, depth: str, tag: str, count: int) -> None:
    kind = np.dtype(depth)
    pixels = values(depth, count)
    least = np.finfo(kind).min if kind.kind == "f" else np.iinfo(kind).min
    missing = np.zeros(SIZE, bool)
    text = {"one value": "7", "one that is not there": "-12345.5", "nan": "nan"}.get(tag, "")
    if tag == "one value":
        pixels[pixels == 7] = 8
        pixels[2, 3, 0], pixels[4, 5, -1], pixels[6, 7] = 7, 7, 7
        missing[[2, 4, 6], [3, 5, 7]] = True
    elif tag == "each its own":
        text = " ".join(str(9 + channel) for channel in range(count))
        pixels[pixels < 20] = 20
        pixels[1, 1, count - 1] = 9 + count - 1
        pixels[1, 2, 0] = 9 + count  # another channel's value, or nobody's
        missing[1, 1] = True
    elif tag == "nan" and kind.kind == "f":
        pixels[3, 3, 0] = np.nan
        missing[3, 3] = True
    elif tag.startswith("least"):
        short = {"f4": "-3.40282e+38", "f8": "-1.797693134862316e+308"}.get(depth, str(least))
        text = short if tag == "least, short" else str(least)
        pixels[0, 9, count // 2] = least
        missing = (pixels == least).any(axis=-1)
    tifffile.imwrite(
        tmp_path / "a.tif",
        pixels if count > 1 else pixels[..., 0],
        photometric="rgb" if count == 3 else "minisblack",
        planarconfig="contig" if count > 1 else None,
        extratags=[(GDAL_NODATA, "s", 0, text, True)],
        metadata=None,
    )
    image = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(valid(image), ~missing)
    np.testing.assert_array_equal(image.pixels, shown(pixels))


def test_nodata_is_a_value_as_stored_not_as_shown(tmp_path: Path) -> None:
    indices = np.array([[0, 1, 2, 1]], np.uint8)
    colours = np.zeros((3, 256), np.uint16)
    colours[:, :3] = [[65535, 0, 0], [0, 257, 0], [0, 0, 514]]
    tags = [(GDAL_NODATA, "s", 0, "1", True)]
    tifffile.imwrite(tmp_path / "p.tif", indices, photometric="palette", colormap=colours, extratags=tags)
    assert valid(read(tmp_path / "p.tif")).tolist() == [[True, False, True, False]]
    tifffile.imwrite(tmp_path / "w.tif", indices, photometric="miniswhite", extratags=tags)
    image = read(tmp_path / "w.tif")
    assert image.pixels.tolist() == [[255, 254, 253, 254]]
    assert valid(image).tolist() == [[True, False, True, False]]


@pytest.mark.parametrize(
    "compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd", "lzma", "webp"]
)
@pytest.mark.parametrize("mode", ["1", "L", "I;16", "P", "LA", "RGB", "RGBA", "CMYK", "I", "F"])
def test_what_libtiff_writes_is_what_libtiff_reads(
    tmp_path: Path, mode: str, compression: str | None
) -> None:
    generator = np.random.default_rng(5)
    if mode in ("I;16", "I", "F"):
        pixels = generator.integers(1, 40_000, SIZE).astype({"I;16": "u2", "I": "i4", "F": "f4"}[mode])
        picture = PIL.Image.fromarray(pixels)
    else:
        rgba = generator.integers(0, 256, (*SIZE, 4), dtype=np.uint8)
        rgba[..., 3] = 255
        rgba[3:7, 3:9, 3] = 0
        picture = PIL.Image.fromarray(rgba).convert(mode if mode in ("LA", "RGBA") else "RGB").convert(mode)
    options: dict[str, Any] = {"lossless": True} if compression == "webp" else {}
    try:
        picture.save(tmp_path / "a.tif", compression=compression, **options)
    except (OSError, ValueError, RuntimeError) as error:
        pytest.skip(f"libtiff does not write it: {error}")
    image = read(tmp_path / "a.tif")
    with PIL.Image.open(tmp_path / "a.tif") as opened:
        as_shown = opened.convert({"1": "L", "P": "RGB", "CMYK": "RGB"}.get(mode, opened.mode))
        expected = np.asarray(as_shown)
    if mode in ("LA", "RGBA"):
        np.testing.assert_array_equal(valid(image), expected[..., -1] > 0)
        expected = expected[..., 0] if mode == "LA" else expected[..., :3]
    tolerance = 1 if mode == "CMYK" else 0  # of the rounding of a product
    difference = image.pixels.astype(float) - expected.astype(float)
    assert np.abs(difference[valid(image)]).max() <= tolerance


@pytest.mark.parametrize("subsampling", [(1, 1), (2, 1), (2, 2)])
@pytest.mark.parametrize("quality", [70, 95])
def test_jpeg_in_tiff_is_near_what_was_written(
    tmp_path: Path, subsampling: tuple[int, int], quality: int
) -> None:
    smooth = np.linspace(30, 220, SIZE[0] * SIZE[1] * 3).reshape(*SIZE, 3).astype(np.uint8)
    for layout in ({"tile": (16, 16)}, {"rowsperstrip": 16}):
        tifffile.imwrite(
            tmp_path / "a.tif",
            smooth,
            photometric="rgb",
            compression="jpeg",
            compressionargs={"level": quality},
            subsampling=subsampling,
            **layout,
        )
        assert np.abs(read(tmp_path / "a.tif").pixels.astype(int) - smooth).max() <= 16
        with PIL.Image.open(tmp_path / "a.tif") as opened:
            assert np.abs(read(tmp_path / "a.tif").pixels.astype(int) - np.asarray(opened)).max() <= 6


@pytest.mark.parametrize("depth", ["c8", "c16"])
def test_what_is_no_real_number_is_refused_by_name(tmp_path: Path, depth: str) -> None:
    tifffile.imwrite(tmp_path / "a.tif", values("f4", 1)[..., 0].astype(depth))
    with pytest.raises(ReadError, match="sample format COMPLEXIEEEFP are not read"):
        read(tmp_path / "a.tif")


def test_integers_beyond_float64_are_refused_by_name(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0, 2**60]], np.uint64))
    with pytest.raises(ImageError, match="beyond 2\\^53"):
        read(tmp_path / "a.tif")
