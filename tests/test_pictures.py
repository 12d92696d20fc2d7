"""Pictures: believed only where the file says so, quiet, bounded, and refused in a sentence that helps."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import PIL.Image
import pytest

from pixture import FirstFrameWarning, ReadError, read
from pixture.arrays import Array
from pixture.imaging.readers.identification.file_formats import FORMATS
from pixture.imaging.readers.identification.foreign_formats import FOREIGN


def bands(channels: int, dtype: str = "u1") -> Array:
    """(20, 30, channels), with zeros in every channel."""
    pixels = np.random.default_rng(5).integers(0, 200, (20, 30, channels)).astype(dtype)
    pixels[:2, :3] = 0
    return pixels


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def jp2(pixels: Array, *more: bytes, space: int = 16) -> bytes:
    """A JPEG 2000 file of a codestream, with further boxes in its header."""
    stream = imagecodecs.jpeg2k_encode(pixels, level=0, reversible=True, codecformat="j2k")
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[-1]
    depth = 8 * pixels.dtype.itemsize - 1 + (128 if pixels.dtype.kind == "i" else 0)
    header = box(b"ihdr", struct.pack(">IIHBBBB", height, width, channels, depth, 7, 0, 0))
    header += box(b"colr", struct.pack(">BBBI", 1, 0, 0, space)) + b"".join(more)
    start = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return start + box(b"jp2h", header) + box(b"jp2c", bytes(stream))


def definitions(*entries: tuple[int, int, int]) -> bytes:
    return box(b"cdef", struct.pack(">H", len(entries)) + b"".join(struct.pack(">HHH", *e) for e in entries))


def test_near_infrared_is_no_opacity(tmp_path: Path) -> None:
    pixels = bands(4)
    for name, data in {
        "undefined.jp2": jp2(pixels),
        "unspecified.jp2": jp2(pixels, definitions((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 65535, 65535))),
        "a colour.jp2": jp2(pixels, definitions((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 0, 4))),
        "bare.j2k": imagecodecs.jpeg2k_encode(pixels, level=0, codecformat="j2k"),
        "signed.jp2": jp2(pixels.astype(np.int8)),
    }.items():
        (tmp_path / name).write_bytes(data)
        image = read(tmp_path / name)
        assert image.mask is None, name
        np.testing.assert_array_equal(image.pixels, pixels.astype(image.pixels.dtype), name)


def test_opacity_and_order_are_as_the_channel_definitions_say(tmp_path: Path) -> None:
    pixels = bands(4)
    (tmp_path / "a.jp2").write_bytes(jp2(pixels, definitions((0, 1, 0), (1, 0, 3), (2, 0, 2), (3, 0, 1))))
    image = read(tmp_path / "a.jp2")
    np.testing.assert_array_equal(image.pixels, pixels[..., [3, 2, 1]])
    np.testing.assert_array_equal(image.mask, pixels[..., 0] > 0)
    (tmp_path / "b.jp2").write_bytes(jp2(pixels[..., :2], definitions((0, 0, 1), (1, 1, 0)), space=17))
    grey = read(tmp_path / "b.jp2")
    assert (grey.axes, grey.channels) == ("yx", 1)
    np.testing.assert_array_equal(grey.mask, pixels[..., 1] > 0)


def test_a_palette_in_jpeg_2000_becomes_its_colours(tmp_path: Path) -> None:
    colours = np.array([[1, 2, 3], [40, 50, 60], [250, 240, 230]], np.uint8)
    indices = bands(1)[..., 0] % 3
    palette = box(b"pclr", struct.pack(">HB", 3, 3) + b"\7\7\7" + colours.tobytes())
    mapped = box(b"cmap", b"".join(struct.pack(">HBB", 0, 1, column) for column in range(3)))
    (tmp_path / "a.jp2").write_bytes(jp2(indices, palette, mapped))
    np.testing.assert_array_equal(read(tmp_path / "a.jp2").pixels, colours[indices])
    (tmp_path / "b.jp2").write_bytes(jp2(indices + 1, palette, mapped))
    with pytest.raises(ReadError, match="beyond the 3 of its palette"):
        read(tmp_path / "b.jp2")


@pytest.mark.parametrize(("space", "name"), [(12, "CMYK"), (14, "CIE Lab"), (18, "sYCC"), (1, "YCbCr")])
def test_colours_that_are_not_rgb_are_refused(tmp_path: Path, space: int, name: str) -> None:
    (tmp_path / "a.jp2").write_bytes(jp2(bands(3), space=space))
    with pytest.raises(ReadError, match=f"in {name} is not read"):
        read(tmp_path / "a.jp2")


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, bits: int, colour: int, rows: bytes, *more: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    chunks = [chunk(b"IHDR", header), *more, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def rows_of(pixels: Array) -> bytes:
    big = pixels.astype(pixels.dtype.newbyteorder(">"))
    return b"".join(b"\0" + row.tobytes() for row in big)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_colour_that_stands_for_transparent(tmp_path: Path, dtype: str, channels: int) -> None:
    pixels = bands(channels, dtype) * (1 if dtype == "u1" else 257)
    through = pixels[5, 5].copy()
    pixels[7, 8] = through
    transparent = chunk(b"tRNS", through.astype(">u2").tobytes())
    data = png(30, 20, 8 * pixels.itemsize, 0 if channels == 1 else 2, rows_of(pixels), transparent)
    (tmp_path / "a.png").write_bytes(data)
    image = read(tmp_path / "a.png")
    np.testing.assert_array_equal(image.mask, (pixels != through).any(axis=-1))
    np.testing.assert_array_equal(np.atleast_3d(image.pixels), pixels)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (png(2, 2, 8, 0, b"\0" * 6, chunk(b"IHDR", bytes(13))), "two headers"),
        (png(2, 2, 8, 3, b"\0\0\5" * 2, chunk(b"PLTE", bytes(6))), "colour 5 of a palette of 2"),
        (png(2, 2, 8, 3, b"\0" * 6), "no palette"),
        (png(2, 2, 8, 0, b"\0" * 5), "5 of the 6 bytes"),
        (png(2, 2, 7, 0, b"\0" * 6), "7 bits"),
        (png(0, 2, 8, 0, b"\0" * 6), "its header"),
        (png(2, 2, 8, 0, b"\0" * 6, chunk(b"QQQQ", b"")), "needs a chunk 'QQQQ'"),
        (png(2, 2, 8, 0, b"\0" * 6)[:-12], "ends before its last chunk"),
    ],
)
def test_a_png_that_breaks_the_rules_is_damaged(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(ReadError, match=said) as refusal:
        read(tmp_path / "a.png")
    assert "PNG file is damaged" in str(refusal.value)


def test_frames_are_counted(tmp_path: Path) -> None:
    frames = [PIL.Image.new("RGB", (8, 8), (shade, 9, 9)) for shade in (10, 100, 200)]
    for name in ("a.png", "a.webp", "a.gif"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
        assert read(tmp_path / name).shape == (3, 8, 8)
    for name in ("a.avif",):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
        with pytest.warns(FirstFrameWarning, match="3 frames"):
            image = read(tmp_path / name)
        assert abs(int(image.pixels[0, 0, 0]) - 10) < 6


def test_what_the_first_frame_leaves_of_the_canvas_is_masked(tmp_path: Path) -> None:
    file = io.BytesIO()
    PIL.Image.fromarray(bands(1)[..., 0]).save(file, "GIF")
    data = file.getvalue()
    (tmp_path / "a.gif").write_bytes(data[:6] + struct.pack("<HH", 33, 22) + data[10:])
    image = read(tmp_path / "a.gif")
    assert image.shape == (22, 33)
    assert image.mask is not None
    assert image.mask[:20, :30].all()
    assert np.count_nonzero(image.mask) == 600


def test_netpbm_by_hand(tmp_path: Path) -> None:
    def said(data: bytes) -> Array:
        (tmp_path / "a").write_bytes(data)
        return read(tmp_path / "a").pixels

    assert said(b"P1\n# c\n3 2\n101\n0 1 0").tolist() == [[0, 255, 0], [255, 0, 255]]
    assert said(b"P4 9 1\n\xaa\x80").tolist() == [[0, 255, 0, 255, 0, 255, 0, 255, 0]]
    assert said(b"P2 3 1 15\n0 7 15").tolist() == [[0, 119, 255]]
    assert said(b"P5 2 1 1023\n\0\0\3\xff").tolist() == [[0, 65535]]
    assert said(b"PF 1 2 1.0\n" + np.arange(6, dtype=">f4").tobytes()).tolist() == [[[3, 4, 5]], [[0, 1, 2]]]
    comment = b"# " + b"9 " * 900_000 + b"\n"
    assert said(b"P3 2 1 255\n1 2 3" + b"\n" * 3 + b"4 # five\n5 6").tolist() == [[[1, 2, 3], [4, 5, 6]]]
    with pytest.raises(ReadError, match="3 of the 6 numbers"):
        said(b"P3 2 1 255\n1 2 3\n" + comment + b"4 5 6")  # more comment than picture
    with pytest.raises(ReadError, match="a value of 300 where 255"):
        said(b"P2 1 1 255\n300")
    with pytest.raises(ReadError, match="something else than numbers"):
        said(b"P2 2 1 255\n3 x")
    with pytest.raises(ReadError, match="7 of the 12 bytes"):
        said(b"P6 2 2 255\n" + bytes(7))
    with pytest.warns(FirstFrameWarning, match="several pictures"):
        assert said(b"P5 1 1 255\n\7P5 1 1 255\n\x08").tolist() == [[7]]


def test_plain_numbers_are_whole_across_the_parts_that_are_read(tmp_path: Path) -> None:
    pixels = np.random.default_rng(2).integers(0, 65536, (700, 400))
    text = " ".join(map(str, pixels.ravel()))
    (tmp_path / "a.pgm").write_text(f"P2 400 700 65535 # all of it\n{text}\n")
    np.testing.assert_array_equal(read(tmp_path / "a.pgm").pixels, pixels)


def test_a_jpeg_of_fewer_bytes_than_blocks_is_damaged(tmp_path: Path) -> None:
    file = io.BytesIO()
    PIL.Image.fromarray(bands(3)).save(file, "JPEG")
    data = bytearray(file.getvalue())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 3000, 4000)
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(ReadError, match="blocks of pixels"):
        read(tmp_path / "a.jpg")


SAID_BY_ITS_FIRST_BYTES = {
    "GRIB": b"GRIB\0\0\0\2",
    "NetCDF": b"CDF\1\0",
    "PDF": b"%PDF-1.7\n",
    "EPS or PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "SVG": b"<?xml version='1.0'?>\n<svg xmlns='x'/>",
    "HTML": b"<!DOCTYPE html><html>",
    "a ZIP archive": b"PK\3\4" + bytes(30),
    "gzip": b"\x1f\x8b\x08\0",
    "a tar archive": b"name".ljust(257, b"\0") + b"ustar\0",
    "a program": b"\x7fELF\2\1\1",
    "a video (MP4 or MOV)": b"\0\0\0\x18ftypisom\0\0\2\0",
    "HEIF": b"\0\0\0\x18ftypheic\0\0\0\0mif1",
    "JPEG XL": b"\xff\x0a\x00",
    "Photoshop": b"8BPS\0\1",
    "OpenEXR": b"\x76\x2f\x31\x01\2\0\0\0",
    "metafile": b"\xd7\xcd\xc6\x9a\0\0",
    "text": b"once upon a time",
}


@pytest.mark.parametrize("name", SAID_BY_ITS_FIRST_BYTES)
def test_what_has_no_reader_is_told_by_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(SAID_BY_ITS_FIRST_BYTES[name])
    with pytest.raises(ReadError, match="not an image in a format pixture reads") as refusal:
        read(path)
    assert name in str(refusal.value)
    assert "looks like" in str(refusal.value)
    assert "damaged" not in str(refusal.value)


def test_no_magic_takes_what_another_reader_reads() -> None:
    # one whose header is a file of its own may stand there twice: as header, and as the data beside it
    assert len({(form.name, form.header) for form in FORMATS}) == len(FORMATS)
    assert len({foreign.name for foreign in FOREIGN}) == len(FOREIGN)
    assert all(foreign.advice and not foreign.advice.endswith(".") for foreign in FOREIGN)


def test_no_program_is_started_for_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Ghostscript that leaves a trace, and every way that an EPS may be dressed."""
    trace = tmp_path / "started"
    for name in ("gs", "gswin64c", "convert", "magick"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ntouch '{trace}'\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    file = io.BytesIO()
    PIL.Image.fromarray(bands(3)).save(file, "EPS")
    eps = file.getvalue()
    binary = b"\xc5\xd0\xd3\xc6" + struct.pack("<II", 32, len(eps)) + bytes(20) + eps
    for content in (eps, binary, b"\x04" + eps):
        for suffix in ("png", "eps", "tif", "jpg"):
            path = tmp_path / f"picture.{suffix}"
            path.write_bytes(content)
            with pytest.raises(ReadError, match="EPS or PostScript"):
                read(path)
    assert not trace.exists()


def test_addresses_loops_and_folders(tmp_path: Path) -> None:
    for address in ("https://example.org/a.png", Path("https://example.org/a.png"), "s3://bucket/a.tif"):
        with pytest.raises(
            ReadError, match=r"^\w+://[a-z.]+/a\.\w+: this is an address, and no file\. Download"
        ):
            read(address)
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    with pytest.raises(ReadError, match="a link that leads back to itself"):
        read(loop)
    dangling = tmp_path / "dangling.png"
    dangling.symlink_to(tmp_path / "gone.png")
    with pytest.raises(ReadError, match="a link to a file that is not there"):
        read(dangling)
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "a.zarr" / "zarr.json").write_text("{}")
    with pytest.raises(ReadError, match=r"holds no array|library that reads Zarr"):
        read(tmp_path / "a.zarr")
    with pytest.raises(ReadError, match="cannot be opened"):
        read(tmp_path / ("n" * 300))


MEASURE = """
import resource, sys, warnings
warnings.simplefilter("ignore")
import numpy as np
import pixture
from pixture.imaging.readers.pictures import avif
from pixture.imaging.readers.pictures import jpeg
from pixture.imaging.readers.pictures import netpbm
from pixture.imaging.readers.pictures import picture
from pixture.imaging.readers.pictures import png
from pixture.imaging.readers.pictures import raster
from pixture.imaging.readers.pictures import webp
from pixture.imaging.readers.pictures.jpeg2000 import reader
from pixture.imaging.readers.tiff import reader
pixture.read(sys.argv[1])
for path in sys.argv[2:]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try: pixture.read(path)
    except pixture.ReadError: pass
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, path)
"""


def lying(folder: Path) -> list[Path]:
    """Files of little content that claim, or are padded to, much."""
    good = png(4, 4, 8, 2, bytes(52))
    deflated = zlib.compress(bytes(60_000_000), 1)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0))
    picture = io.BytesIO()
    PIL.Image.fromarray(bands(3)).save(picture, "JPEG")
    jpeg = picture.getvalue()
    waves = bytes(imagecodecs.jpeg2k_encode(bands(3), level=0))
    at = waves.index(b"jp2c") - 4
    segment = b"\xff\xe1\xff\xff" + bytes(65533)
    files = {
        "bomb.png": good[:8] + header + chunk(b"IDAT", deflated) + chunk(b"IEND", b""),
        "profile.png": good[:33] + chunk(b"iCCP", b"x\0\0" + deflated) + good[33:],
        "claims.png": png(65535, 65535, 16, 6, bytes(52)),
        "comments.ppm": b"P6\n" + (b"# " + b"x" * 97 + b"\n") * 450_000 + b"1 1 255\n\0\0\0",
        "comments.pgm": b"P2 1 2 255\n1\n" + (b"# " + b"x" * 97 + b"\n") * 450_000 + b"1\n",
        "claims.tga": b"\0\0\x0a" + bytes(9) + b"\xc8\x32\xc8\x32\x18\0" + bytes(9),
        "claims.sgi": b"\x01\xda\0\x01\0\x03\x32\xc8\x32\xc8\0\x03" + bytes(600),
        "claims.pgm": b"P5 13000 13000 255\n\0",
        "segments.jpg": jpeg[:2] + segment * 700 + jpeg[2:],
        "comment.gif": b"GIF89a\1\0\1\0\0\0\0!\xfe" + (b"\xff" + bytes(255)) * 190_000,
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    padded = {
        "end.png": good,
        "text.png": good[:33] + struct.pack(">I", 2**27) + b"tEXt",
        "data.png": good[:33] + struct.pack(">I", 2**27) + b"IDAT",
        "end.jp2": waves[:at] + bytes(4) + waves[at + 4 :],
        "end.avif": bytes(imagecodecs.avif_encode(bands(3))),
    }
    for name, content in padded.items():
        (folder / name).write_bytes(content)
        os.truncate(folder / name, 2**27)
    return [folder / name for name in (*files, *padded)]


def test_a_file_that_lies_about_its_size_costs_little_memory(tmp_path: Path) -> None:
    good = tmp_path / "good.png"
    good.write_bytes(png(4, 4, 8, 2, bytes(52)))
    command = [sys.executable, "-c", MEASURE, str(good), *map(str, lying(tmp_path))]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    used = {Path(path).name: int(megabytes) for megabytes, path in map(str.split, run.stdout.splitlines())}
    assert len(used) == 15
    assert {name: megabytes for name, megabytes in used.items() if megabytes > 40} == {}


def test_nothing_is_printed_by_the_libraries_beneath(data: Path, tmp_path: Path) -> None:
    files = sorted((data / "hostile" / "pngsuite").glob("*.png"))
    files += sorted(p for p in (data / "hostile" / "pillow").iterdir() if "tif" not in p.suffix and p.suffix)
    code = (
        "import sys, warnings, pixture\n"
        "warnings.simplefilter('error')\n"
        "warnings.simplefilter('ignore', pixture.PixtureWarning)\n"
        "for path in sys.argv[1:]:\n"
        "    try: pixture.read(path)\n"
        "    except pixture.PixtureError: pass\n"
    )
    run = subprocess.run([sys.executable, "-c", code, *files], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
