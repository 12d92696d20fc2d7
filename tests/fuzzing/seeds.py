"""One small good file of every kind that is read, made by the formats' own libraries."""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import PIL.Image
import scipy.io
import tifffile

import pixture
from pixture.arrays import Array
from pixture.imaging.encoding.png import png
from pixture.segmentation.many_images.image_model import ImageModel

HEIGHT, WIDTH = 21, 34


def ramp(dtype: str, *channels: int) -> Array:
    """Smooth enough for lossy codecs, different in every row, column and channel."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    plane = (y * 9 + x * 2) % 251
    planes = [(plane + 60 * channel) % 251 for channel in range(channels[0] if channels else 1)]
    pixels = np.stack(planes, axis=-1) if channels else planes[0]
    return (pixels * (257 if np.dtype(dtype).itemsize == 2 else 1)).astype(dtype)


def by_pillow(form: str, mode: str, **options: Any) -> bytes:
    picture = PIL.Image.fromarray(ramp("u1", 4 if mode == "RGBA" else 3))
    out = io.BytesIO()
    picture.convert(mode).save(out, form, **options)
    return out.getvalue()


def turned() -> bytes:
    """Return metadata that say the picture was taken with the camera on its side."""
    tags = PIL.Image.Exif()
    tags[274] = 6
    return tags.tobytes()


NOT_READ: tuple[str, ...] = (
    "dib",
    "tga",
    "pcx",
    "sgi",
    "ico",
    "icns",
    "im",
    "msp",
    "dds",
    "blp",
    "spider",
    "xbm",
)
NOT_READ += ("sun raster", "jpeg xl", "jpeg xr")
"""Kinds that are to be refused by name; a hunt looks at them seldom."""

PILLOW: dict[str, tuple[str, str, dict[str, Any]]] = {
    "png grey": ("PNG", "L", {}),
    "png colour": ("PNG", "RGB", {}),
    "png with opacity": ("PNG", "RGBA", {}),
    "png of a palette": ("PNG", "P", {"transparency": 3}),
    "png of one bit": ("PNG", "1", {}),
    "jpeg": ("JPEG", "RGB", {}),
    "jpeg, progressive": ("JPEG", "RGB", {"progressive": True, "exif": turned()}),
    "jpeg grey": ("JPEG", "L", {}),
    "jpeg of inks": ("JPEG", "CMYK", {}),
    "mpo": ("MPO", "RGB", {}),
    "jp2": ("JPEG2000", "RGB", {}),
    "j2k": ("JPEG2000", "L", {"no_jp2": True}),
    "webp": ("WEBP", "RGB", {}),
    "webp, lossless": ("WEBP", "RGBA", {"lossless": True}),
    "avif": ("AVIF", "RGB", {}),
    "gif": ("GIF", "P", {}),
    "bmp": ("BMP", "RGB", {}),
    "bmp of a palette": ("BMP", "P", {}),
    "dib": ("DIB", "RGB", {}),
    "pgm": ("PPM", "L", {}),
    "ppm": ("PPM", "RGB", {}),
    "pbm": ("PPM", "1", {}),
    "pfm": ("PPM", "F", {}),
    "tga": ("TGA", "RGB", {"compression": "tga_rle"}),
    "pcx": ("PCX", "RGB", {}),
    "sgi": ("SGI", "RGB", {}),
    "ico": ("ICO", "RGBA", {"sizes": [(16, 16)]}),
    "im": ("IM", "RGB", {}),
    "msp": ("MSP", "1", {}),
    "dds": ("DDS", "RGBA", {}),
    "blp": ("BLP", "P", {"blp_version": "BLP2"}),
    "qoi": ("QOI", "RGB", {}),
    "spider": ("SPIDER", "F", {}),
    "xbm": ("XBM", "1", {}),
    "tif of inks": ("TIFF", "CMYK", {}),
    "tif of fax": ("TIFF", "1", {"compression": "group4"}),
    "tif by libtiff": ("TIFF", "RGB", {"compression": "tiff_lzw"}),
}

TIFF: dict[str, tuple[str, tuple[int, ...], dict[str, Any]]] = {
    "tif": ("u1", (3,), {"photometric": "rgb", "rowsperstrip": 5}),
    "tif of tiles": ("u2", (), {"tile": (16, 16), "compression": "zlib"}),
    "tif, big": ("u1", (3,), {"photometric": "rgb", "bigtiff": True, "rowsperstrip": 4}),
    "tif, motorola's order": (
        "i2",
        (),
        {"byteorder": ">", "rowsperstrip": 7, "compression": "zlib", "predictor": True},
    ),
    "tif of floats": ("f4", (2,), {"planarconfig": "separate", "compression": "zlib", "predictor": True}),
    "tif of jpeg": ("u1", (3,), {"photometric": "rgb", "compression": "jpeg", "rowsperstrip": 16}),
    "tif of jpeg 2000": ("u1", (3,), {"photometric": "rgb", "compression": "jpeg2000", "tile": (16, 16)}),
    "tif of webp": ("u1", (3,), {"photometric": "rgb", "compression": "webp", "tile": (16, 16)}),
    "tif of zstd": ("u1", (), {"compression": "zstd", "rowsperstrip": 8}),
    "tif of lzma": ("u1", (), {"compression": "lzma"}),
    "tif of packbits": ("u1", (), {"compression": "packbits", "rowsperstrip": 6}),
    "tif of lzw": ("u1", (3,), {"photometric": "rgb", "compression": "lzw", "rowsperstrip": 6}),
    "tif of jpeg xl": ("u1", (3,), {"photometric": "rgb", "compression": "jpegxl"}),
    "tif of many channels": ("u1", (9,), {"planarconfig": "contig"}),
    "tif with nodata": ("f8", (), {"extratags": [(42113, 2, 0, "-9999", True)]}),
    "tif of imagej": ("u2", (), {"imagej": True}),
    "tif of one bit": ("u1", (), {"bitspersample": 1}),
    "tif with opacity": ("u1", (4,), {"photometric": "rgb", "extrasamples": ["unassalpha"]}),
}


def by_tifffile(dtype: str, channels: tuple[int, ...], options: dict[str, Any]) -> bytes:
    pixels = ramp(dtype, *channels)
    if options.get("planarconfig") == "separate":
        pixels = np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
    if options.get("bitspersample") == 1:
        pixels = pixels > 100
        options = {}
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, **({"photometric": "minisblack"} | options))
    return out.getvalue()


def fits(bits: int) -> bytes:
    cards = ["SIMPLE  = T", f"BITPIX  = {bits}", "NAXIS   = 2", f"NAXIS1  = {WIDTH}", f"NAXIS2  = {HEIGHT}"]
    cards += ["BZERO   = 32768", "END"] if bits == 16 else ["END"]
    head = "".join(card.ljust(80) for card in cards).encode()
    pixels = ramp("u1").astype({8: ">u1", 16: ">i2", -32: ">f4"}[bits]).tobytes()
    return head.ljust(2880) + pixels.ljust(-(-len(pixels) // 2880) * 2880, b"\0")


def sun_raster() -> bytes:
    pixels = ramp("u1")
    return np.array([0x59A66A95, WIDTH, HEIGHT, 8, pixels.size, 1, 0, 0], ">u4").tobytes() + pixels.tobytes()


def icns() -> bytes:
    """Pillow's own has every size, up to a megapixel."""
    picture = io.BytesIO()
    PIL.Image.fromarray(ramp("u1", 4)[:16, :16].copy()).save(picture, "PNG")
    inner = b"icp4" + (len(picture.getvalue()) + 8).to_bytes(4, "big") + picture.getvalue()
    return b"icns" + (len(inner) + 8).to_bytes(4, "big") + inner


def in_file(write: Callable[[Path], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "array"
        write(path)
        return next(Path(folder).iterdir()).read_bytes()


def hdf5(path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        cube = file.create_dataset("cube", data=ramp("u2", 3), compression="gzip")
        cube.dims[0].label, cube.dims[1].label, cube.dims[2].label = "y", "x", "band"


def arrays() -> Iterator[tuple[str, Callable[[], bytes]]]:
    cube: dict[str, Any] = {"cube": ramp("u2", 3)}
    yield "npy", lambda: in_file(lambda path: np.save(path, cube["cube"]))
    yield "npz", lambda: in_file(lambda path: np.savez_compressed(path, **cube))
    yield "mat", lambda: in_file(lambda path: scipy.io.savemat(path, cube))
    yield "mat, packed", lambda: in_file(lambda path: scipy.io.savemat(path, cube, do_compression=True))
    yield "hdf5", lambda: in_file(hdf5)


def saved(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        model.save(path)
        return path.read_bytes()


def models() -> Iterator[tuple[str, Callable[[], bytes]]]:
    mixture = pixture.Mixture(
        [0.4, 0.6], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.eye(3)[None].repeat(2, 0), "full"
    )
    yield "model of a mixture", lambda: saved(mixture)
    yield "model of images", lambda: saved(ImageModel(mixture, "uint8", {"files": ["a.png"]}))


def makers() -> Iterator[tuple[str, Callable[[], bytes]]]:
    for name, (form, mode, options) in PILLOW.items():
        # the defaults bind the loop's values
        yield name, lambda f=form, m=mode, o=options: by_pillow(f, m, **o)  # type: ignore[misc]  # a lambda's defaults have no types
    for name, made in TIFF.items():
        # the defaults bind the loop's values
        yield name, lambda made=made: by_tifffile(*made)  # type: ignore[misc]  # a lambda's defaults have no types
    yield "png of 16 bits", lambda: png(ramp("u2", 3))
    yield "jp2 of 16 bits", lambda: bytes(imagecodecs.jpeg2k_encode(ramp("u2", 3), level=0))
    deep = ramp("u2", 3) >> 4
    yield "avif of 12 bits", lambda: bytes(imagecodecs.avif_encode(deep, level=90, bitspersample=12))
    yield "jpeg xl", lambda: bytes(imagecodecs.jpegxl_encode(ramp("u1", 3)))
    yield "jpeg xr", lambda: bytes(imagecodecs.jpegxr_encode(ramp("u1", 3)))
    yield "fits of 8 bits", lambda: fits(8)
    yield "fits of 16 bits", lambda: fits(16)
    yield "fits of floats", lambda: fits(-32)
    yield "sun raster", sun_raster
    yield "icns", icns
    yield from arrays()
    yield from models()


@cache
def seeds() -> dict[str, bytes]:
    """Return the good files, by what they are; those whose library is not here are left out."""
    made = {}
    for name, make in makers():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made[name] = make()
        except (KeyError, ImportError, ValueError, OSError, RuntimeError, TypeError) as error:
            LEFT_OUT[name] = f"{type(error).__name__}: {error}"
    return made


LEFT_OUT: dict[str, str] = {}
"""The kinds that could not be made here, and why."""
