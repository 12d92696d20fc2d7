"""Format x depth x channels x opacity: every cell is right, or refused by name.

The files are made by the formats' own libraries; what is read is compared with what was put in (where the
format is lossless), or with another decoder's answer.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import PIL.Image
import pytest

from pixture import ReadError, read
from pixture.arrays import Array

HEIGHT, WIDTH = 21, 34

Encoder = Callable[[Any], Any]


def noise(dtype: str, channels: int, most: int | None = None) -> Array:
    """(21, 34) or (21, 34, channels): values all over the range, and zeros in every channel."""
    generator = np.random.default_rng(7)
    shape = (HEIGHT, WIDTH) if channels == 1 else (HEIGHT, WIDTH, channels)
    if np.dtype(dtype).kind == "f":
        return generator.normal(0, 1e3, shape).astype(dtype)
    low = np.iinfo(dtype).min
    pixels = generator.integers(low, np.iinfo(dtype).max if most is None else most, shape, endpoint=True)
    pixels[:3, :5] = 0
    return pixels.astype(dtype)


def by_pillow(name: str, mode: str | None = None, **options: Any) -> Encoder:
    def encoded(pixels: Array) -> bytes:
        file = io.BytesIO()
        picture = PIL.Image.fromarray(pixels)
        (picture if mode is None else picture.convert(mode)).save(file, name, **options)
        return file.getvalue()

    return encoded


def netpbm(kind: str) -> Encoder:
    """Raw Netpbm, written as its specification says it."""

    def encoded(pixels: Array) -> bytes:
        height, width = pixels.shape[:2]
        if kind in ("Pf", "PF"):
            return f"{kind}\n{width} {height}\n-1.0\n".encode() + pixels[::-1].astype("<f4").tobytes()
        most = np.iinfo(pixels.dtype).max
        if kind == "P7":
            depth = 1 if pixels.ndim == 2 else pixels.shape[-1]
            tuple_type = {1: "GRAYSCALE", 2: "GRAYSCALE_ALPHA", 3: "RGB", 4: "RGB_ALPHA", 5: ""}[depth]
            head = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL {most}\n"
            head += f"TUPLTYPE {tuple_type}\nENDHDR\n"
        elif kind in ("P2", "P3"):
            numbers = "\n".join(" ".join(map(str, row)) for row in pixels.reshape(height, -1))
            return f"{kind}\n# made by hand\n{width} {height}\n{most}\n{numbers}\n".encode()
        else:
            head = f"{kind} {width} {height} {most}\n"
        return head.encode() + pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()

    return encoded


def fits(compressed: bool) -> Encoder:
    def encoded(pixels: Array) -> bytes:
        units: Any = pytest.importorskip("astropy.io.fits")
        file = io.BytesIO()
        if compressed:
            kind = "GZIP_2" if pixels.dtype.kind == "f" else "RICE_1"
            packed = units.CompImageHDU(pixels, compression_type=kind, quantize_level=0.0)
            units.HDUList([units.PrimaryHDU(), packed]).writeto(file)
        else:
            units.PrimaryHDU(pixels).writeto(file)
        return file.getvalue()

    return encoded


def jpeg2000(container: str) -> Encoder:
    def encoded(pixels: Array) -> bytes:
        data = imagecodecs.jpeg2k_encode(pixels, level=0, reversible=True, codecformat=container)
        return bytes(data)

    return encoded


def avif(bits: int) -> Encoder:
    def encoded(pixels: Array) -> bytes:
        data = imagecodecs.avif_encode(pixels, level=100, bitspersample=bits)
        return bytes(data)

    return encoded


def png(pixels: Array) -> bytes:
    data = imagecodecs.png_encode(pixels)
    return bytes(data)


def webp(pixels: Array) -> bytes:
    data = imagecodecs.webp_encode(pixels, lossless=True)
    return bytes(data)


LOSSLESS: list[tuple[str, Encoder, str, int, int | None, bool]] = [
    # (name, encoder, dtype, channels, the largest value, whether the last channel is opacity)
    *[("png", png, dtype, n, None, n in (2, 4)) for dtype in ("u1", "u2") for n in (1, 2, 3, 4)],
    *[
        ("jp2", jpeg2000("jp2"), dtype, n, None, False)
        for dtype in ("u1", "i1", "u2", "i2")
        for n in range(1, 6)
    ],
    *[
        ("j2k", jpeg2000("j2k"), dtype, n, None, False)
        for dtype in ("u1", "i1", "u2", "i2")
        for n in range(1, 6)
    ],
    *[("jp2 12 bits", jpeg2000("jp2"), "u2", n, 4095, False) for n in (1, 3, 4)],
    *[("jp2 by Pillow", by_pillow("JPEG2000"), "u1", n, None, n in (2, 4)) for n in (1, 2, 3, 4)],
    *[("avif 8", avif(8), "u1", n, None, n in (2, 4)) for n in (1, 2, 3, 4)],
    *[("avif 10", avif(10), "u2", n, 1023, n in (2, 4)) for n in (1, 2, 3, 4)],
    *[("avif 12", avif(12), "u2", n, 4095, n in (2, 4)) for n in (1, 2, 3, 4)],
    *[("webp", webp, "u1", n, None, n == 4) for n in (3, 4)],
    *[("bmp", by_pillow("BMP"), "u1", n, None, False) for n in (1, 3)],
    *[("pcx", by_pillow("PCX"), "u1", n, None, False) for n in (1, 3)],
    *[("sgi", by_pillow("SGI"), "u1", n, None, n == 4) for n in (1, 3, 4)],
    *[("tga", by_pillow("TGA"), "u1", n, None, n == 4) for n in (1, 3, 4)],
    *[("tga rle", by_pillow("TGA", compression="tga_rle"), "u1", n, None, n == 4) for n in (1, 3, 4)],
    *[("qoi", imagecodecs.qoi_encode, "u1", n, None, n == 4) for n in (3, 4)],
    *[("pgm", netpbm(kind), dtype, 1, None, False) for kind in ("P2", "P5") for dtype in ("u1", "u2")],
    *[("ppm", netpbm(kind), dtype, 3, None, False) for kind in ("P3", "P6") for dtype in ("u1", "u2")],
    *[("pam", netpbm("P7"), dtype, n, None, n in (2, 4)) for dtype in ("u1", "u2") for n in (1, 2, 3, 4, 5)],
    *[("pfm", netpbm("Pf" if n == 1 else "PF"), "f4", n, None, False) for n in (1, 3)],
    *[
        ("fits", fits(compressed=False), dtype, 1, 2**40 if dtype[1] == "8" else None, False)
        for dtype in ("u1", "i1", "i2", "u2", "i4", "u4", "u8", "f4", "f8")
    ],
    *[
        ("fits compressed", fits(compressed=True), dtype, 1, 2**20 if dtype == "u4" else None, False)
        for dtype in ("u1", "i2", "u2", "f4", "f8")
    ],
]


@pytest.mark.parametrize(
    ("name", "encode", "dtype", "channels", "most", "opacity"),
    LOSSLESS,
    ids=[f"{name}-{dtype}-{n}{'-opacity' if o else ''}" for name, _, dtype, n, _, o in LOSSLESS],
)
def test_every_cell_is_read_as_it_was_written(
    tmp_path: Path, name: str, encode: Encoder, dtype: str, channels: int, most: int | None, opacity: bool
) -> None:
    pixels = noise(dtype, channels, most)
    path = tmp_path / "image"  # the name does not matter
    path.write_bytes(encode(pixels))
    image = read(path)
    expected = pixels[..., :-1] if opacity else pixels
    seen = pixels[..., -1] > 0 if opacity else np.ones((HEIGHT, WIDTH), bool)
    if expected.ndim == 3 and expected.shape[-1] == 1:
        expected = expected[..., 0]
    assert image.pixels.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(image.mask if image.mask is not None else np.ones_like(seen), seen)
    assert seen.all() != opacity
    np.testing.assert_array_equal(image.pixels[seen], expected[seen])


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}]
)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_is_what_another_decoder_says(tmp_path: Path, mode: str, options: dict[str, Any]) -> None:
    data = by_pillow("JPEG", mode, quality=90, **options)(noise("u1", 3))
    (tmp_path / "a.jpg").write_bytes(data)
    expected = imagecodecs.jpeg8_decode(data).astype(int)
    if mode == "CMYK":  # Adobe stores how much light, not how much ink
        expected = np.rint(expected[..., :3] * expected[..., 3:] / 255)
    assert np.abs(read(tmp_path / "a.jpg").pixels - expected).max() <= (1 if mode == "CMYK" else 0)


@pytest.mark.parametrize("channels", [3, 4])
def test_lossy_webp_is_what_another_decoder_says(tmp_path: Path, channels: int) -> None:
    data = imagecodecs.webp_encode(noise("u1", channels), level=80)
    (tmp_path / "a.webp").write_bytes(data)
    with PIL.Image.open(io.BytesIO(data)) as picture:
        expected = np.asarray(picture)
    image = read(tmp_path / "a.webp")
    np.testing.assert_array_equal(image.pixels, expected[..., :3])
    if channels == 4:
        np.testing.assert_array_equal(image.mask, expected[..., 3] > 0)


ONLY_SOME = {("TGA", "1"), ("PCX", "1"), ("PCX", "RGBA"), ("SGI", "1"), ("SGI", "P")}


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("name", ["BMP", "GIF", "PNG", "WEBP", "TGA", "PCX", "SGI"])
def test_pillow_s_modes(tmp_path: Path, name: str, mode: str) -> None:
    if (name, mode) in ONLY_SOME:
        pytest.skip("the format has no such pixels, or they are refused")
    # TGA's palette of four bytes is refused: nothing says whether the fourth is opacity
    made = PIL.Image.fromarray(noise("u1", 3 if (name, mode) == ("TGA", "P") else 4)).convert(mode)
    options = {"lossless": True} if name == "WEBP" else {}
    made.save(tmp_path / "a", name, **options)
    with PIL.Image.open(tmp_path / "a") as picture:
        expected = np.asarray(picture.convert("RGBA"))
    image = read(tmp_path / "a")
    seen = expected[..., 3] > 0
    np.testing.assert_array_equal(np.ones_like(seen) if image.mask is None else image.mask, seen)
    pixels = np.broadcast_to(np.atleast_3d(image.pixels), (HEIGHT, WIDTH, 3))
    np.testing.assert_array_equal(pixels[seen], expected[seen][:, :3])


REFUSED: list[tuple[str, Encoder, Array, str]] = [
    (
        "12-bit JPEG",
        lambda x: imagecodecs.jpeg8_encode(x, bitspersample=12),
        noise("u2", 1, 4095),
        "12-bit JPEG",
    ),
    ("lossless JPEG", imagecodecs.ljpeg_encode, noise("u2", 1, 4095), "lossless file"),
    ("JPEG-LS", imagecodecs.jpegls_encode, noise("u1", 1), "JPEG-LS"),
    ("JPEG XL", imagecodecs.jpegxl_encode, noise("u1", 3), "JPEG XL"),
    ("JPEG XR", imagecodecs.jpegxr_encode, noise("u1", 3), "JPEG XR"),
    ("Radiance", imagecodecs.rgbe_encode, np.abs(noise("f4", 3)), "Radiance HDR"),
    ("deep JPEG 2000", jpeg2000("jp2"), noise("u4", 1, 2**24 - 1), "JPEG 2000 picture of .. bits"),
    ("16-bit SGI", by_pillow("SGI", bpc=2), noise("u1", 3), "SGI of 16 bits"),
    ("PCX of one bit", by_pillow("PCX", "1"), noise("u1", 1), "PCX of 1 planes"),
    ("TGA of grey and opacity", by_pillow("TGA", "LA"), noise("u1", 1), "TGA of 16 bits"),
    ("ICO", by_pillow("ICO"), noise("u1", 3), "icon"),
    ("ICNS", by_pillow("ICNS"), np.zeros((32, 32, 4), np.uint8), "icon"),
    ("DDS", by_pillow("DDS"), noise("u1", 3), "DDS"),
    ("BLP", by_pillow("BLP", "P"), noise("u1", 1), "BLP"),
    ("XBM", by_pillow("XBM", "1"), noise("u1", 1), "XBM"),
    ("MSP", by_pillow("MSP", "1"), noise("u1", 1), "Paint"),
    ("EPS", by_pillow("EPS"), noise("u1", 3), "EPS"),
    ("PDF", by_pillow("PDF"), noise("u1", 3), "PDF"),
]


@pytest.mark.parametrize(("name", "encode", "pixels", "said"), REFUSED, ids=[name for name, *_ in REFUSED])
def test_what_is_not_known_to_arrive_whole_is_refused_by_name(
    tmp_path: Path, name: str, encode: Encoder, pixels: Array, said: str
) -> None:
    path = tmp_path / "image.png"
    path.write_bytes(encode(pixels))
    with pytest.raises(ReadError, match=said) as refusal:
        read(path)
    assert "damaged" not in str(refusal.value)
    assert "Convert" in str(refusal.value) or "Save" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "options"), [("TGA", {}), ("TGA", {"compression": "tga_rle"}), ("PCX", {}), ("SGI", {})]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_raster_that_is_cut_short_or_lies_is_refused(
    tmp_path: Path, name: str, options: dict[str, Any], channels: int
) -> None:
    data = by_pillow(name, **options)(noise("u1", channels))
    path = tmp_path / "a"
    for kept in (len(data) - 60, len(data) // 2, 140, 60):
        path.write_bytes(data[:kept])
        with pytest.raises(ReadError, match="damaged"):
            read(path)
    at = {"TGA": 12, "PCX": 8, "SGI": 6}[name]
    path.write_bytes(data[:at] + b"\xfe\xfe\xfe\xfe" + data[at + 4 :])
    with pytest.raises(ReadError, match=r"larger than is taken for safe|damaged"):
        read(path)


def test_a_fourth_byte_of_tga_without_attributes_is_no_opacity(tmp_path: Path) -> None:
    pixels = noise("u1", 4)
    data = bytearray(by_pillow("TGA")(pixels))
    data[17] &= 0xF0
    (tmp_path / "a").write_bytes(data)
    image = read(tmp_path / "a")
    assert image.mask is None
    np.testing.assert_array_equal(image.pixels, pixels[..., :3])
