"""TIFF files that are damaged, cut short or lie: refused by name, never answered with invented pixels."""

from __future__ import annotations

import contextlib
import io
import logging
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import PIL.Image
import pytest
import tifffile

import pixture
from pixture.arrays import Array
from pixture.errors import ReadError
from pixture.imaging.readers.read import read
from pixture.imaging.readers.tiff.compression import codestreams

OFFSETS, COUNTS = {True: 324, False: 273}, {True: 325, False: 279}
LAYOUTS = [
    pytest.param(
        big, tiled, planar, id=f"{'big' if big else 'classic'}-{'tiles' if tiled else 'strips'}-{planar}"
    )
    for big in (False, True)
    for tiled in (False, True)
    for planar in ("contig", "separate")
]
LOSSLESS = ["lzw", "zlib", "packbits", "lzma", "zstd", "jpeg2000", "webp", "png", "jpegxl", "jpegxr", "lerc"]


def picture(*shape: int) -> Array:
    """Noise upon a ramp, uint8: neither flat nor without structure."""
    generator = np.random.default_rng(7)
    ramp = np.linspace(20, 200, shape[0] * shape[1]).reshape(*shape[:2], *(1,) * (len(shape) - 2))
    values: Array = np.clip(ramp + generator.normal(0, 9, shape), 1, 255).astype(np.uint8)
    return values


def bare(entries: dict[int, tuple[int, tuple[int, ...]]], data: bytes) -> bytes:
    """A classic TIFF of one page: tag -> (3 for SHORT or 4 for LONG, values); the data stand at byte 8."""
    data += b"\0" * (len(data) % 2)
    at = 8 + len(data)
    body, behind = struct.pack("<H", len(entries)), b""
    end = at + 2 + 12 * len(entries) + 4
    for tag, (kind, values) in sorted(entries.items()):
        packed = struct.pack(f"<{len(values)}{'H' if kind == 3 else 'I'}", *values)
        place = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack("<I", end + len(behind))
        behind += packed if len(packed) > 4 else b""
        body += struct.pack("<HHI", tag, kind, len(values)) + place
    return b"II*\0" + struct.pack("<I", at) + data + body + bytes(4) + behind


def one_strip(
    data: bytes,
    width: int,
    height: int,
    *,
    compression: int = 1,
    bits: int = 8,
    samples: int = 1,
    photometric: int = 1,
) -> dict[int, tuple[int, tuple[int, ...]]]:
    """The tags of a page of one strip, which stands at byte 8."""
    return {
        256: (4, (width,)),
        257: (4, (height,)),
        258: (3, (bits,) * samples),
        259: (3, (compression,)),
        262: (3, (photometric,)),
        273: (4, (8,)),
        277: (3, (samples,)),
        278: (4, (max(height, 1),)),
        279: (4, (len(data),)),
    }


def change(path: Path, tag: int, made: Callable[[tuple[int, ...]], tuple[int, ...]]) -> None:
    with tifffile.TiffFile(path, mode="r+b") as file:
        found = file.pages.first.tags[tag]
        found.overwrite(made(found.value))


DAMAGES: dict[str, tuple[str, Callable[[tuple[int, ...]], tuple[int, ...]], str]] = {
    "offsets short": ("offsets", lambda values: values[:-1], r"make the image, but it lists \d+ offset"),
    "offsets long": ("offsets", lambda values: (*values, 8), "make the image"),
    "counts short": ("counts", lambda values: values[:1], "make the image"),
    "count zero": ("counts", lambda values: (*values[:-1], 0), "has 0 bytes at"),
    "offset zero": ("offsets", lambda values: (0, *values[1:]), "bytes at 0"),
    "behind the end": ("offsets", lambda values: (*values[:-1], 10**6), "the file is incomplete"),
    "over one another": ("offsets", lambda values: (*values[:-1], values[0] + 1), "lie over one another"),
    "too few bytes": ("counts", lambda values: (values[0] // 2, *values[1:]), "but its pixels take"),
}


@pytest.mark.parametrize(("big", "tiled", "planar"), LAYOUTS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_tables_that_do_not_make_the_image_are_refused(
    tmp_path: Path, big: bool, tiled: bool, planar: str, damage: str
) -> None:
    place, pixels = tmp_path / "a.tif", picture(48, 64, 3)
    stored = np.moveaxis(pixels, -1, 0) if planar == "separate" else pixels
    layout = {"tile": (16, 32)} if tiled else {"rowsperstrip": 16}
    tifffile.imwrite(
        place, stored, photometric="rgb", planarconfig=planar, bigtiff=big, metadata=None, **layout
    )
    np.testing.assert_array_equal(read(place).pixels, pixels)
    table, made, sentence = DAMAGES[damage]
    change(place, (OFFSETS if table == "offsets" else COUNTS)[tiled], made)
    with pytest.raises(ReadError, match=sentence):
        read(place)


def test_a_segment_that_gdal_left_out_is_masked_where_there_is_a_value_for_it(tmp_path: Path) -> None:
    place = tmp_path / "a.tif"
    for tags in ([(42113, "s", 0, "0", True)], []):
        tifffile.imwrite(place, picture(32, 48), tile=(16, 16), compression="zlib", extratags=tags)
        change(place, 324, lambda values: (*values[:-1], 0))
        change(place, 325, lambda values: (*values[:-1], 0))
        if tags:
            expected = np.ones((32, 48), bool)
            expected[16:, 32:] = False
            np.testing.assert_array_equal(read(place).mask, expected)
        else:
            with pytest.raises(
                ReadError, match="no pixels for tile 6 of 6 and names no value for missing data"
            ):
                read(place)


@pytest.mark.parametrize("compression", [*LOSSLESS, "jpeg"])
@pytest.mark.parametrize("tiled", [False, True])
def test_a_segment_cut_short_is_refused(tmp_path: Path, compression: str, tiled: bool) -> None:
    place, pixels = tmp_path / "a.tif", picture(40, 56, 3)
    arguments = {"webp": {"lossless": True}, "jpegxr": {"level": 1.0}}.get(compression, {})
    layout = {"tile": (32, 32)} if tiled else {"rowsperstrip": 24}
    tifffile.imwrite(
        place, pixels, photometric="rgb", compression=compression, compressionargs=arguments, **layout
    )
    whole = read(place).pixels
    if compression != "jpeg":
        np.testing.assert_array_equal(whole, pixels)
    with tifffile.TiffFile(place) as file:
        last = file.pages.first.databytecounts[-1]
    for cut in {3, last // 3, last // 2, last - 5}:
        # the default binds the loop's value
        change(place, COUNTS[tiled], lambda values, cut=cut: (*values[:-1], last - cut))  # type: ignore[misc]  # a lambda's default
        if cut > 3:
            with pytest.raises(ReadError, match=r"the file is damaged: .* cannot be decoded"):
                read(place)
        else:
            with contextlib.suppress(ReadError):  # the last bytes are not of the pixels in every format
                np.testing.assert_array_equal(read(place).pixels, whole)


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
@pytest.mark.parametrize("kind", ["white", "black", "noise", "shape", "narrow"])
def test_fax_code_is_read_whole_or_refused(tmp_path: Path, compression: str, kind: str) -> None:
    place, generator = tmp_path / "a.tif", np.random.default_rng(3)
    pixels = {
        "white": np.ones((50, 61), bool),
        "black": np.zeros((50, 61), bool),
        "noise": generator.random((50, 61)) > 0.5,
        "shape": np.hypot(*np.mgrid[-25:25, -30:31]) > 15,
        "narrow": generator.random((50, 3)) > 0.5,
    }[kind]
    PIL.Image.fromarray(pixels).save(place, compression=compression)
    np.testing.assert_array_equal(read(place).pixels, 255 * pixels.astype(np.uint8))
    whole, refused = place.read_bytes(), 0
    with tifffile.TiffFile(place) as file:
        offset, length = file.pages.first.dataoffsets[0], file.pages.first.databytecounts[0]
    for cut in range(1, length, max(1, length // 9)):
        place.write_bytes(whole)
        # the default binds the loop's value
        change(place, 279, lambda values, cut=cut: (length - cut,))  # type: ignore[misc]  # a lambda's default
        try:
            np.testing.assert_array_equal(read(place).pixels, 255 * pixels.astype(np.uint8))
        except ReadError:
            refused += 1
    assert refused
    place.write_bytes(whole[: offset + length // 3] + bytes(6) + whole[offset + length // 3 + 6 :])
    with pytest.raises(ReadError, match="fax code ends too early, or has words that there are not"):
        read(place)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_a_jpeg_that_ends_too_early_is_told_from_a_whole_one(progressive: bool, subsampling: int) -> None:
    from pixture.imaging.readers.tiff.compression.jpeg import ends_too_early

    for shape in ((33, 47, 3), (65, 80), (100, 16, 3)):
        held = io.BytesIO()
        PIL.Image.fromarray(picture(*shape)).save(
            held, "JPEG", quality=90, progressive=progressive, subsampling=subsampling
        )
        data = held.getvalue()
        assert not ends_too_early(data, imagecodecs.jpeg_decode, imagecodecs.jpeg_decode(data))
        assert not ends_too_early(data[:-2], imagecodecs.jpeg_decode, imagecodecs.jpeg_decode(data))
        for kept in (*range(len(data) - 20, len(data) - 4), len(data) * 9 // 10):
            for short in (data[:kept], data[:kept] + b"\xff\xd9"):
                assert ends_too_early(short, imagecodecs.jpeg_decode, imagecodecs.jpeg_decode(short))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("strip_1count_4offsets.tif", "4 strips make the image, but it lists 4 offsets and 1 byte count"),
        ("strip_3offsets.tif", "4 strips make the image, but it lists 3 offsets and 3 byte counts"),
        ("strip_zero_count.tif", "strip 4 of 4 has 0 bytes"),
        ("strip_jpeg_trunc.tif", "strip 4 of 4 cannot be decoded .its JPEG ends too early"),
        ("lying_webp_strip.tif", "holds 16,000 x 16,000 pixels, the file says 16 x 16"),
    ],
)
def test_what_was_reported_is_refused(data: Path, name: str, sentence: str) -> None:
    with pytest.raises(ReadError, match=sentence):
        read(data / "hostile" / "reported" / name)


def test_what_was_reported_and_is_valid_is_read(data: Path) -> None:
    folder = data / "hostile" / "reported"
    palette = read(folder / "palette1bit.tif").pixels
    expected = np.asarray(PIL.Image.open(folder / "palette1bit.tif").convert("RGB"))
    np.testing.assert_array_equal(palette, expected)
    with pytest.warns(pixture.MaskedValuesWarning, match="1 of 16,384"):
        image = read(folder / "snan.tif")
    image.pixels.astype(np.float64)  # a signalling NaN would be complained of
    assert image.mask is not None
    assert np.count_nonzero(~image.mask) == 1


def test_tifffile_s_log_is_kept_while_we_read_and_only_then(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    data = bytes(range(64))
    tags = {**one_strip(data, 8, 8), 42112: (4, (1, 2))}
    (tmp_path / "a.tif").write_bytes(bare(tags, data)[:-6])  # a tag of no importance lies behind the end
    with caplog.at_level(logging.DEBUG):
        np.testing.assert_array_equal(read(tmp_path / "a.tif").pixels.ravel(), np.arange(64))
    assert not caplog.records
    assert capfd.readouterr().err == ""
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert len(file.pages) == 1
    assert caplog.records


def test_a_tag_that_pixels_hang_on_must_be_readable(tmp_path: Path) -> None:
    data = bytes(64)
    tags = {**one_strip(data, 8, 8, photometric=3), 320: (3, tuple(range(768)))}
    (tmp_path / "a.tif").write_bytes(bare(tags, data)[:-600])
    with pytest.raises(
        ReadError, match="its tag 320, which says what the pixels are or where, cannot be read"
    ):
        read(tmp_path / "a.tif")


CODECS: dict[str, tuple[int, Callable[[bytes], Any]]] = {
    "jpeg": (7, codestreams.jpeg),
    "jpeg2k": (34712, codestreams.jpeg2000),
    "webp": (50001, codestreams.webp),
    "png": (34933, codestreams.png),
    "jpegxl": (50002, codestreams.jpegxl),
    "jpegxr": (34934, codestreams.jpegxr),
    "lerc": (34887, codestreams.lerc),
}


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [(37, 53), (64, 64), (8, 300), (256, 16)])
def test_a_codestream_says_its_size(codec: str, size: tuple[int, int]) -> None:
    found = CODECS[codec][1](getattr(imagecodecs, f"{codec}_encode")(picture(*size, 3)))
    extent = found if isinstance(found, codestreams.Extent) else found[0]
    assert (extent.height, extent.width) == size
    assert extent.channels in (0, 3)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [(20, 16), (16, 20), (8, 32), (200, 300)])
def test_a_codestream_of_another_size_is_refused(tmp_path: Path, codec: str, size: tuple[int, int]) -> None:
    data = bytes(getattr(imagecodecs, f"{codec}_encode")(picture(*size, 3)))
    tags = one_strip(data, 16, 16, compression=CODECS[codec][0], samples=3, photometric=2)
    (tmp_path / "a.tif").write_bytes(bare(tags, data))
    with pytest.raises(ReadError, match=r"pixels.*, the file says 16 x 16 of 3"):
        read(tmp_path / "a.tif")


def test_what_unpacks_to_more_than_it_says_costs_no_memory(tmp_path: Path) -> None:
    """Every kind of bomb is read in one process, whose memory is measured."""
    bombs = {
        "deflate": (8, bytes(imagecodecs.zlib_encode(bytes(128 << 20)))),
        "zstd": (50000, bytes(imagecodecs.zstd_encode(bytes(128 << 20)))),
        "lzw": (5, bytes(imagecodecs.lzw_encode(bytes(64 << 20)))),
        "jpeg2k": (
            34712,
            bytes(imagecodecs.jpeg2k_encode(np.zeros((4000, 4000), np.uint8))),
        ),
        "webp": (50001, bytes(imagecodecs.webp_encode(np.zeros((4000, 4000, 3), np.uint8), level=1))),
    }
    for name, (compression, data) in bombs.items():
        tags = one_strip(data, 16, 16, compression=compression)
        (tmp_path / f"{name}.tif").write_bytes(bare(tags, data))
    packed = bytes(imagecodecs.zlib_encode(bytes(100)))
    for side in (12_000, 60_000):
        tags = one_strip(packed, 10, 10, compression=8)
        tags |= {322: (4, (side,)), 323: (4, (side,)), 324: tags.pop(273), 325: tags.pop(279)}
        (tmp_path / f"tile{side}.tif").write_bytes(bare(tags, packed))
    code = (
        "import pathlib, resource, sys, pixture.imaging.readers.tiff.reader as tiff\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).glob('*.tif')):\n"
        "    try: print(path.stem, tiff.decode(path).pixels.shape)\n"
        "    except OSError as error: print(path.stem, str(error))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    *told, grown = run.stdout.splitlines()
    assert len(told) == len(bombs) + 2
    assert int(grown) < 40_000, run.stdout  # kilobytes
    assert run.stderr == ""
    assert sum("tiles are 12,000 x 12,000" in line or "claims 60,000 x 60,000" in line for line in told) == 2


def test_the_planes_of_a_stack_of_one_directory_are_counted(tmp_path: Path) -> None:
    """ImageJ's way beyond 4 GB: one directory, and the number of planes in the description."""
    place, planes, side = tmp_path / "a.tif", 2500, 1024
    told = f"ImageJ=1.53t\nimages={planes}\nslices={planes}\nloop=false\n"
    first = np.arange(side * side, dtype=np.uint16).reshape(side, side)
    tifffile.imwrite(place, first, byteorder=">", photometric="minisblack", description=told, metadata=None)
    with place.open("r+b") as file:
        file.truncate(place.stat().st_size + (planes - 1) * first.nbytes)  # sparse: takes no room on the disk
    with pytest.raises(
        ReadError, match=r"claims 2,500 planes of 1,024 x 1,024 .* Read one plane \(slice=1\)"
    ):
        read(place)
    np.testing.assert_array_equal(read(place, slice=1).pixels, first)
    assert not read(place, slice=2500).pixels.any()
    with pytest.raises(ReadError, match=r"there is no plane 2,501. It has 2,500 planes, numbered from 1"):
        read(place, slice=2501)


@pytest.mark.parametrize("layout", [{}, {"tile": (4, 16, 16)}])
def test_the_planes_of_a_page_with_depth_are_a_volume(
    tmp_path: Path, layout: dict[str, tuple[int, ...]]
) -> None:
    volume = np.arange(6 * 32 * 48, dtype=np.uint16).reshape(6, 32, 48)
    tifffile.imwrite(tmp_path / "a.tif", volume, photometric="minisblack", volumetric=True, **layout)
    image = read(tmp_path / "a.tif")
    assert image.axes == "zyx"
    np.testing.assert_array_equal(image.pixels, volume)


@pytest.mark.parametrize("subfile", [0, 4])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("before", [False, True])
def test_a_mask_page_masks(tmp_path: Path, subfile: int, compression: str | None, before: bool) -> None:
    pixels, valid = picture(32, 48, 3), np.zeros((32, 48), bool)
    valid[4:20, 7:40] = True
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        if before:
            file.write(valid, photometric="mask", subfiletype=subfile, compression=compression, metadata=None)
        file.write(pixels, photometric="rgb", metadata=None)
        file.write(pixels[::2, ::2], photometric="rgb", subfiletype=1, metadata=None)
        if not before:
            file.write(valid, photometric="mask", subfiletype=subfile, compression=compression, metadata=None)
        file.write(valid[::2, ::2], photometric="mask", subfiletype=5, metadata=None)
    image = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.pixels, pixels)
    np.testing.assert_array_equal(image.mask, valid)


def test_a_mask_below_its_image_masks(tmp_path: Path) -> None:
    held = np.zeros((32, 48), bool)
    held[:, :20] = True
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(picture(32, 48, 3), photometric="rgb", subifds=1)
        file.write(held, photometric="mask", subfiletype=4)
    np.testing.assert_array_equal(read(tmp_path / "a.tif").mask, held)


@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_a_bit_can_stand_for_missing_data(tmp_path: Path, photometric: str) -> None:
    bits = np.zeros((20, 30), bool)
    bits[:, 12:] = True
    tags = [(42113, 2, 0, "0", True)]
    tifffile.imwrite(tmp_path / "a.tif", bits, photometric=photometric, extratags=tags)
    np.testing.assert_array_equal(read(tmp_path / "a.tif").mask, bits)


def test_a_mask_alone_is_an_image_and_one_of_another_size_is_not_used(tmp_path: Path) -> None:
    valid = np.eye(16, dtype=bool)
    tifffile.imwrite(tmp_path / "alone.tif", valid, photometric="mask")
    np.testing.assert_array_equal(read(tmp_path / "alone.tif").pixels, 255 * valid.astype(np.uint8))
    with tifffile.TiffWriter(tmp_path / "small.tif") as file:
        file.write(picture(32, 32), metadata=None)
        file.write(valid, photometric="mask", metadata=None)
    with pytest.warns(
        pixture.UnclearMaskWarning, match=r"a mask of 16 x 16 pixels .* for an image of 32 x 32"
    ):
        assert read(tmp_path / "small.tif").mask is None


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_palettes_of_every_depth(tmp_path: Path, bits: int) -> None:
    colours = np.random.default_rng(bits).integers(0, 65536, (3, 2**bits), dtype=np.uint16)
    indices = np.random.default_rng(1).integers(0, 2**bits, (8, 16))
    if bits == 16:
        data = indices.astype("<u2").tobytes()
    else:
        data = np.packbits(
            (indices[..., None] >> np.arange(bits - 1, -1, -1) & 1).reshape(8, -1).astype(bool), axis=1
        ).tobytes()
    tags = one_strip(data, 16, 8, bits=bits, photometric=3)
    tags[320] = (3, tuple(int(value) for value in colours.ravel()))
    (tmp_path / "a.tif").write_bytes(bare(tags, data))
    np.testing.assert_array_equal(read(tmp_path / "a.tif").pixels, colours.T[indices])


def test_sentences_say_what_is_the_matter(tmp_path: Path) -> None:
    data = bytes(range(64))

    def told(**changed: tuple[int, tuple[int, ...]]) -> str:
        tags = one_strip(data, 8, 8) | {int(tag.removeprefix("tag")): value for tag, value in changed.items()}
        (tmp_path / "a.tif").write_bytes(bare(tags, data))
        with pytest.raises(ReadError) as error:
            read(tmp_path / "a.tif")
        return str(error.value)

    for number, name in ((34661, "JBIG (number 34661)"), (32809, "THUNDERSCAN"), (12345, "number 12345")):
        sentence = told(tag259=(3, (number,)))
        assert name in sentence
        assert "there is no decoder for it here" in sentence
        assert "damaged" not in sentence
    assert "the page is empty: it has 8 rows and 0 columns" in told(tag256=(4, (0,)))
    assert "the page is empty: it has 0 rows and 8 columns" in told(tag257=(4, (0,)))
    assert "samples of 33 bits" in told(tag258=(3, (33,)))
    assert "pixels are LINEAR_RAW is not read" in told(tag262=(3, (34892,)))
    assert "says that its pixels are RGB, of 3 samples, and that they have 1" in told(tag262=(3, (2,)))
    assert "the colour number 63, but its palette has 2 colours" in told(
        tag262=(3, (3,)), tag320=(3, (0, 65535) * 3)
    )
    assert "of a palette that it lacks" in told(tag262=(3, (3,)))
    assert "its strips have no rows" in told(tag278=(4, (0,)))


def test_a_chain_of_directories_that_closes_on_itself_ends(tmp_path: Path) -> None:
    data = bytes(range(64))
    content = bytearray(bare(one_strip(data, 8, 8), data))
    (at,) = struct.unpack_from("<I", content, 4)
    struct.pack_into("<I", content, at + 2 + 12 * 9, at)
    (tmp_path / "a.tif").write_bytes(content)
    np.testing.assert_array_equal(read(tmp_path / "a.tif").pixels.ravel(), np.arange(64))


def test_pixels_that_lerc_leaves_out_are_masked(tmp_path: Path) -> None:
    values, held = np.arange(256, dtype=np.float32).reshape(16, 16), np.ones((16, 16), bool)
    held[3:6, 2:9] = False
    data = bytes(imagecodecs.lerc_encode(values, masks=held))
    tags = one_strip(data, 16, 16, compression=34887, bits=32) | {339: (3, (3,))}
    (tmp_path / "a.tif").write_bytes(bare(tags, data))
    image = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.mask, held)
    np.testing.assert_array_equal(image.pixels[held], values[held])


@pytest.mark.parametrize("compression", [None, "tiff_adobe_deflate"])
def test_coarser_chroma_is_read_by_libtiff_and_held_against_the_tables(
    tmp_path: Path, compression: str | None
) -> None:
    place = tmp_path / "a.tif"
    picture_of_it = PIL.Image.fromarray(picture(32, 48, 3)).convert("YCbCr")
    picture_of_it.save(place, compression=compression, tiffinfo={530: (1, 1)})
    expected = np.asarray(picture_of_it.convert("RGB")).astype(int)
    assert np.abs(read(place).pixels.astype(int) - expected).max() <= 3
    change(place, 279, lambda values: (*values[:-1], 0))
    with pytest.raises(ReadError, match="has 0 bytes at"):
        read(place)
