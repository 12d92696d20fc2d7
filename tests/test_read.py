"""Files arrive whole: every depth, channel, orientation and mask, or a sentence that says why not."""

from __future__ import annotations

import hashlib
import os
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import imagecodecs
import numpy as np
import PIL.Image
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pixture
from pixture import ImageError, MaskedValuesWarning, ReadError, UnclearAxesWarning, read
from pixture.arrays import Array
from pixture.imaging.encoding.png import png
from pixture.imaging.readers.pictures.orientation import upright


def ramp(dtype: str, *shape: int) -> Array:
    """Values all over the dtype's range, different in every pixel and channel."""
    count = int(np.prod(shape))
    return (np.arange(count, dtype=np.uint64) * 40_503 % np.iinfo(dtype).max).astype(dtype).reshape(shape)


@pytest.mark.parametrize("shape", [(7, 9), (7, 9, 3)])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_png_keeps_every_bit(tmp_path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    pixels = ramp(dtype, *shape)
    path = tmp_path / "image.png"
    path.write_bytes(png(pixels))
    image = read(path)
    np.testing.assert_array_equal(image.pixels, pixels)
    assert image.pixels.dtype == dtype
    assert image.origin is not None
    assert image.origin.path == path
    assert image.origin.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert image.axes == ("yx" if len(shape) == 2 else "yxc")


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "u4", "i4", "f4", "f8"])
@pytest.mark.parametrize("shape", [(7, 9), (7, 9, 3), (7, 9, 5)])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_tiff_keeps_every_bit(
    tmp_path: Path, dtype: str, shape: tuple[int, ...], byteorder: str, planar: str
) -> None:
    pixels = ramp("u1", *shape).astype(dtype) * 3
    stored = np.moveaxis(pixels, -1, 0) if planar == "separate" and len(shape) == 3 else pixels
    path = tmp_path / "image.tif"
    tifffile.imwrite(
        path,
        stored,
        byteorder=byteorder,
        photometric="rgb" if shape[2:] == (3,) else "minisblack",
        planarconfig=planar if len(shape) == 3 else None,
    )
    image = read(path)
    np.testing.assert_array_equal(image.pixels, pixels)
    assert image.pixels.dtype == np.dtype(dtype)


@pytest.mark.parametrize("name", ["x.jp2", "x.avif"])
def test_deep_colour_stays_deep_where_pillow_would_cut_it(tmp_path: Path, name: str) -> None:
    pixels = (ramp("u2", 32, 32, 3) >> 4).astype(np.uint16)
    encoded = (
        imagecodecs.jpeg2k_encode(pixels, level=0)
        if name == "x.jp2"
        else imagecodecs.avif_encode(pixels, level=100, bitspersample=12)
    )
    (tmp_path / name).write_bytes(encoded)
    image = read(tmp_path / name)
    assert image.pixels.dtype == np.uint16
    assert image.pixels.max() > 255


def test_the_depth_of_jpeg_2000_is_found_behind_long_metadata(tmp_path: Path) -> None:
    pixels = ramp("u2", 16, 16, 3)
    encoded = imagecodecs.jpeg2k_encode(pixels, level=0)
    at = encoded.index(b"jp2c") - 4
    box = struct.pack(">I4s", 8 + 100_000, b"xml ") + b" " * 100_000
    path = tmp_path / "long.jp2"
    path.write_bytes(encoded[:at] + box + encoded[at:])
    np.testing.assert_array_equal(read(path).pixels, pixels)


def test_deep_netpbm_is_kept(tmp_path: Path) -> None:
    grey = ramp("u2", 5, 6)
    (tmp_path / "grey.pgm").write_bytes(b"P5 6 5 65535\n" + grey.astype(">u2").tobytes())
    np.testing.assert_array_equal(read(tmp_path / "grey.pgm").pixels, grey)
    colour = ramp("u2", 5, 6, 3)
    head = b"P6\n# a comment 1 2 3\n6 5\n65535\n"
    (tmp_path / "colour.ppm").write_bytes(head + colour.astype(">u2").tobytes())
    np.testing.assert_array_equal(read(tmp_path / "colour.ppm").pixels, colour)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_transparent_pixels_are_masked(tmp_path: Path, dtype: str) -> None:
    pixels = ramp(dtype, 6, 8, 3)
    mask = np.arange(48).reshape(6, 8) % 3 > 0
    (tmp_path / "a.png").write_bytes(png(pixels, mask))
    image = read(tmp_path / "a.png")
    np.testing.assert_array_equal(image.mask, mask)
    np.testing.assert_array_equal(image.pixels, pixels)
    (tmp_path / "b.png").write_bytes(png(pixels[..., 0], mask))
    grey = read(tmp_path / "b.png")
    assert (grey.axes, grey.channels) == ("yx", 1)
    np.testing.assert_array_equal(grey.pixels, pixels[..., 0])


def test_an_opaque_image_has_no_mask(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(ramp("u1", 4, 4, 3), np.ones((4, 4), bool)))
    assert read(tmp_path / "a.png").mask is None


def test_a_wholly_transparent_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(ramp("u1", 4, 4, 3), np.zeros((4, 4), bool)))
    with pytest.raises(ImageError, match="transparent"):
        read(tmp_path / "a.png")


@pytest.mark.parametrize("premultiplied", [True, False])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_tiff_opacity_masks_and_unmultiplies(tmp_path: Path, premultiplied: bool, dtype: str) -> None:
    largest = 1 if dtype == "f4" else np.iinfo(dtype).max
    colour = (np.array([[[0.2, 0.4, 0.8]]]) * largest).astype(dtype)
    opacity = (np.array([[0.0, 0.5, 1.0]]) * largest).astype(dtype)
    stored = np.repeat(colour, 3, axis=1)
    if premultiplied:
        stored = (stored * (opacity[..., None] / largest)).astype(dtype)
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path,
        np.concatenate([stored, opacity[..., None]], axis=-1),
        photometric="rgb",
        extrasamples=["assocalpha" if premultiplied else "unassalpha"],
    )
    image = read(path)
    assert image.mask is not None
    assert image.mask.tolist() == [[False, True, True]]
    assert image.pixels.dtype == dtype
    np.testing.assert_allclose(
        image.pixels[0, 1:].astype(float), np.repeat(colour, 2, axis=1)[0], rtol=0.02, atol=largest * 0.005
    )


def test_a_fourth_band_that_is_not_opacity_stays_a_channel(tmp_path: Path) -> None:
    pixels = ramp("u2", 6, 5, 4)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", extrasamples=["unspecified"])
    np.testing.assert_array_equal(read(tmp_path / "a.tif").pixels, pixels)


def test_nodata_is_masked(tmp_path: Path) -> None:
    pixels = np.array([[[0, 0, 0], [0, 5, 0], [1, 5, 1]]], np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", extratags=[(42113, "s", 0, "0", True)])
    image = read(tmp_path / "a.tif")
    assert image.mask is not None
    assert image.mask.tolist() == [[False, False, True]]


@pytest.mark.parametrize(
    ("pixels", "tag", "missing"),
    [
        (np.array([[0.0, 1.0, np.finfo("f4").min]], "f4"), "-3.40282346638529e+38", [[0, 0, 1]]),
        (np.array([[0.0, 1.5, -9999.0]], "f4"), "-9999", [[0, 0, 1]]),
        (np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 255]]], "u1"), "255 255 255", [[0, 1, 1]]),
        (np.array([[0, 3, 255]], "u1"), "-9999", [[0, 0, 0]]),
        (np.array([[0.0, 1.0, 2.0]], "f8"), "nan", [[0, 0, 0]]),
    ],
)
def test_nodata_is_the_value_the_file_names_and_no_other(
    tmp_path: Path, pixels: Array, tag: str, missing: list[list[int]]
) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif",
        pixels,
        photometric="rgb" if pixels.ndim == 3 else "minisblack",
        extratags=[(42113, "s", 0, tag, True)],
    )
    mask = read(tmp_path / "a.tif").mask
    expected = ~np.array(missing, bool)
    np.testing.assert_array_equal(np.ones(expected.shape, bool) if mask is None else mask, expected)


def test_nodata_that_cannot_be_understood_is_said(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", ramp("u1", 3, 3), extratags=[(42113, "s", 0, "none", True)])
    with pytest.warns(pixture.UnclearNodataWarning, match="'none' cannot be understood"):
        assert (read(tmp_path / "a.tif").pixels == ramp("u1", 3, 3)).all()


def test_a_thumbnail_is_passed_over(tmp_path: Path) -> None:
    pixels = ramp("u2", 64, 96)
    with tifffile.TiffWriter(tmp_path / "beside.tif") as file:
        file.write(pixels[::8, ::8], subfiletype=1)
        file.write(pixels)
    np.testing.assert_array_equal(read(tmp_path / "beside.tif").pixels, pixels)
    with tifffile.TiffWriter(tmp_path / "below.tif") as file:
        file.write(pixels[::8, ::8], subfiletype=1, subifds=1)
        file.write(pixels)
    np.testing.assert_array_equal(read(tmp_path / "below.tif").pixels, pixels)


def test_one_bit_is_black_and_white_from_every_format(tmp_path: Path) -> None:
    bits = np.eye(8, dtype=bool)
    tifffile.imwrite(tmp_path / "a.tif", bits, photometric="minisblack")
    tifffile.imwrite(tmp_path / "b.tif", ~bits, photometric="miniswhite")
    for name in ("a.tif", "b.tif"):
        np.testing.assert_array_equal(read(tmp_path / name).pixels, bits * 255)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_shade_of_grey_that_stands_for_transparent(tmp_path: Path, bits: int) -> None:
    shades = (np.arange(64).reshape(8, 8) * 3 % 2**bits).astype(np.uint8)
    shades[0, 0] = 1
    packed = np.packbits(np.unpackbits(shades[..., None], axis=-1)[..., 8 - bits :].reshape(8, -1), axis=-1)
    rows = b"".join(b"\0" + row.tobytes() for row in packed)

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    (tmp_path / "a.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, bits, 0, 0, 0, 0))
        + chunk(b"tRNS", struct.pack(">H", 1))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    image = read(tmp_path / "a.png")
    np.testing.assert_array_equal(image.mask, shades != 1)
    np.testing.assert_array_equal(image.pixels, shades * (255 // (2**bits - 1)))


def test_reading_in_threads_leaves_the_warnings_as_they_were(data: Path) -> None:
    paths = sorted((data / "hostile" / "pngsuite").glob("basn*.png")) * 20
    before = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, paths))
    assert list(warnings.filters) == before


def test_a_pipe_is_refused_by_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReadError, match="this is a pipe or a device"):
        read(tmp_path / "pipe")


def test_masked_arrays_keep_their_mask() -> None:
    array = np.ma.masked_equal(ramp("u1", 4, 5), 0)
    np.testing.assert_array_equal(pixture.image_from_array(array).mask, ramp("u1", 4, 5) != 0)
    colour = np.ma.masked_less(ramp("u1", 4, 5, 3), 9)
    np.testing.assert_array_equal(
        pixture.image_from_array(colour).mask, (ramp("u1", 4, 5, 3) >= 9).all(axis=-1)
    )


def test_integers_that_float64_cannot_tell_apart_are_refused() -> None:
    large = np.arange(6, dtype=np.uint64).reshape(2, 3)
    assert pixture.image_from_array(large).pixels.dtype == np.uint64
    for offset in (2**60, 2**63):
        with pytest.raises(ImageError, match="Subtract an offset first"):
            pixture.image_from_array(large + np.uint64(offset))
    with pytest.raises(ImageError, match="Subtract an offset first"):
        pixture.image_from_array(np.array([[-(2**62), 0]]))


def test_an_image_whose_parts_do_not_fit_is_refused() -> None:
    good = ramp("u1", 4, 5)
    for pixels, axes, mask in (
        (good.astype(">u2"), "yx", None),
        (good, "yxc", None),
        (good, "xy", None),
        (good, "yx", np.ones((5, 4), bool)),
        (good.astype(complex), "yx", None),
    ):
        with pytest.raises(ImageError, match="image_from_array makes one"):
            pixture.Image(pixels, axes, mask=mask)


def test_white_is_zero_is_turned_round(tmp_path: Path) -> None:
    pixels = ramp("u1", 5, 5)
    tifffile.imwrite(tmp_path / "a.tif", 255 - pixels, photometric="miniswhite")
    np.testing.assert_array_equal(read(tmp_path / "a.tif").pixels, pixels)


@pytest.mark.parametrize("suffix", ["png", "gif", "tif", "bmp"])
def test_palettes_become_their_colours(tmp_path: Path, suffix: str) -> None:
    picture = PIL.Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4) % 3, "P")
    colours = [(255, 0, 0), (0, 200, 0), (7, 8, 250)]
    picture.putpalette([value for colour in colours for value in colour])
    picture.save(tmp_path / f"a.{suffix}")
    pixels = read(tmp_path / f"a.{suffix}").pixels
    np.testing.assert_array_equal(pixels, np.array(colours)[np.arange(12).reshape(3, 4) % 3])


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_cmyk_becomes_rgb(tmp_path: Path, suffix: str) -> None:
    PIL.Image.new("CMYK", (16, 16), (255, 0, 0, 51)).save(tmp_path / f"a.{suffix}")
    pixels = read(tmp_path / f"a.{suffix}").pixels
    np.testing.assert_allclose(pixels[8, 8].astype(int), [0, 204, 204], atol=2)


def test_one_bit_and_premultiplied_pictures(tmp_path: Path) -> None:
    PIL.Image.fromarray(np.eye(8, dtype=bool)).save(tmp_path / "bits.png")
    np.testing.assert_array_equal(read(tmp_path / "bits.png").pixels, np.eye(8) * 255)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_the_orientation_is_applied(tmp_path: Path, suffix: str, orientation: int) -> None:
    quarters = np.kron(np.array([[10, 90, 30], [200, 150, 60]], np.uint8), np.ones((16, 16), np.uint8))
    picture = PIL.Image.fromarray(np.repeat(quarters[..., None], 3, axis=-1))
    exif = PIL.Image.Exif()
    exif[274] = orientation
    picture.save(tmp_path / f"a.{suffix}", exif=exif, quality=100)
    pixels = read(tmp_path / f"a.{suffix}").pixels[..., 0].astype(int)
    np.testing.assert_allclose(pixels, upright(quarters.astype(int), orientation), atol=3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations_are_pillow_s(orientation: int) -> None:
    from PIL import ImageOps

    pixels = ramp("u1", 3, 5)
    picture = PIL.Image.fromarray(pixels)
    picture.getexif()[274] = orientation
    np.testing.assert_array_equal(upright(pixels, orientation), np.asarray(ImageOps.exif_transpose(picture)))


def test_sixteen_bit_png_with_an_orientation(tmp_path: Path) -> None:
    pixels = ramp("u2", 4, 6, 3)
    file = png(pixels)
    exif = PIL.Image.Exif()
    exif[274] = 6
    body = exif.tobytes()[6:]
    chunk = struct.pack(">I", len(body)) + b"eXIf" + body
    chunk += struct.pack(">I", zlib.crc32(b"eXIf" + body))
    (tmp_path / "a.png").write_bytes(file[:33] + chunk + file[33:])
    np.testing.assert_array_equal(read(tmp_path / "a.png").pixels, np.rot90(pixels, -1))


def test_all_frames_and_pages_are_read(tmp_path: Path) -> None:
    frames = [PIL.Image.new("L", (4, 4), shade) for shade in (10, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert read(tmp_path / "a.gif").shape == (2, 4, 4)
    tifffile.imwrite(tmp_path / "a.tif", ramp("u1", 3, 4, 5), photometric="minisblack")
    with pytest.warns(UnclearAxesWarning, match="what its 3 pages are"):
        image = read(tmp_path / "a.tif")
    assert image.axes == "zyx"
    np.testing.assert_array_equal(image.pixels, ramp("u1", 3, 4, 5))


def test_nan_and_infinity_are_masked_and_counted(tmp_path: Path) -> None:
    pixels = np.ones((4, 5), np.float32)
    pixels[0, 0], pixels[1, 1], pixels[2, 2] = np.nan, np.inf, -np.inf
    tifffile.imwrite(tmp_path / "a.tif", pixels)
    with pytest.warns(MaskedValuesWarning, match="3 of 20 pixels"):
        image = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.mask, np.isfinite(pixels))
    with pytest.raises(ImageError, match="Every pixel of the image is NaN or infinite"):
        pixture.image_from_array(np.full((2, 2), np.nan))


def test_what_is_not_there_or_not_an_image(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        read(tmp_path / "none.png")
    with pytest.raises(ReadError, match=r"this is a folder"):
        read(tmp_path)
    (tmp_path / "empty.png").touch()
    with pytest.raises(ReadError, match="the file is empty"):
        read(tmp_path / "empty.png")
    (tmp_path / "text.png").write_text("not a picture at all")
    with pytest.raises(ReadError, match="not an image"):
        read(tmp_path / "text.png")
    with pytest.raises(ReadError, match="cannot be opened"):
        read("a\0b.png")
    with pytest.raises(ReadError, match="cannot be opened"):
        read(tmp_path / "text.png" / "below.png")


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "jp2", "webp", "bmp", "gif"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(kept=st.floats(0.02, 0.97))
def test_a_truncated_file_never_passes_for_whole(tmp_path: Path, suffix: str, kept: float) -> None:
    whole = tmp_path / f"whole.{suffix}"
    pixels = np.random.default_rng(3).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    if suffix == "tif":
        tifffile.imwrite(whole, pixels, photometric="rgb")
    else:
        PIL.Image.fromarray(pixels).save(whole)
    content = whole.read_bytes()
    part = tmp_path / f"part.{suffix}"
    part.write_bytes(content[: max(1, int(kept * len(content)))])
    with pytest.raises(ReadError):
        read(part)


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    file = png(ramp("u1", 4, 4, 3))
    (tmp_path / "bomb.png").write_bytes(
        file[:12] + header + struct.pack(">I", zlib.crc32(header)) + file[33:]
    )
    with pytest.raises(ReadError, match="larger than is taken for safe"):
        read(tmp_path / "bomb.png")
    tifffile.imwrite(tmp_path / "bomb.tif", np.zeros((4, 4), np.uint8))
    data = bytearray((tmp_path / "bomb.tif").read_bytes())
    for tag in (256, 257):
        at = data.index(struct.pack("<HH", tag, 4)) if struct.pack("<HH", tag, 4) in data else -1
        at = at if at >= 0 else data.index(struct.pack("<HH", tag, 3))
        data[at : at + 12] = struct.pack("<HHII", tag, 4, 1, 100_000)
    (tmp_path / "bomb.tif").write_bytes(data)
    with pytest.raises(ReadError, match="100,000 x 100,000 pixels"):
        read(tmp_path / "bomb.tif")


def test_arrays_that_are_no_images_are_refused() -> None:
    for array, message in (
        (np.zeros(3), "height, width"),
        (np.zeros((2, 2, 2, 2)), "height, width"),
        (np.zeros((0, 4)), "no pixels"),
        (np.zeros((2, 2), complex), "dtype complex128"),
        (np.array([["a"]]), "dtype <U1"),
        (np.zeros((3, 40, 50)), "channels came first"),
    ):
        with pytest.raises(ImageError, match=message):
            pixture.image_from_array(array)
    with pytest.raises(ImageError, match="'yx', in any order"):
        pixture.image_from_array(np.zeros((2, 2)), axes="xyz")
    with pytest.raises(ImageError, match="at least two channels"):
        pixture.image_from_array(np.zeros((2, 2)), alpha=True)


def test_axes_and_dtypes_of_arrays() -> None:
    image = pixture.image_from_array(ramp("u1", 3, 40, 50), axes="cyx")
    assert image.shape == (40, 50)
    np.testing.assert_array_equal(image.pixels[..., 1], ramp("u1", 3, 40, 50)[1])
    assert pixture.image_from_array(np.eye(3, dtype=bool)).pixels.dtype == np.uint8
    assert pixture.image_from_array(np.eye(3, dtype=np.float16)).pixels.dtype == np.float32
    assert pixture.image_from_array(np.eye(3, dtype=">u2")).pixels.dtype == np.dtype("=u2")


def test_masks_must_fit_and_leave_something() -> None:
    image = pixture.image_from_array(ramp("u1", 4, 5))
    with pytest.raises(ImageError, match=r"mask is 5 x 4 .*, the image 4 x 5"):
        image.masked(np.ones((5, 4)))
    with pytest.raises(ImageError, match="leaves no pixel"):
        image.masked(np.zeros((4, 5)))
    once = image.masked(np.arange(20).reshape(4, 5) > 4)
    with pytest.raises(ImageError, match="leaves no pixel"):
        once.masked(np.arange(20).reshape(4, 5) < 4)


def hostile(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "hostile").rglob("*") if path.is_file())


def test_hostile_files_are_read_or_refused_in_a_sentence(data: Path) -> None:
    files = hostile(data)
    assert files
    refusals = []
    for path in files:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata, as Pillow does
            try:
                image = read(path)
            except pixture.PixtureError as error:
                refusals.append(str(error))
            else:
                assert image.size > 0
    assert len(refusals) > 20
    assert [said for said in refusals if not said.endswith(".") or "\n" in said] == []


def test_png_suite_is_read_as_its_names_say(data: Path) -> None:
    for path in sorted((data / "hostile" / "pngsuite").glob("basn*.png")):
        image = read(path)
        kind, bits = path.stem[4:6], int(path.stem[6:8])
        assert image.shape == (32, 32)
        assert image.pixels.dtype == (np.uint16 if bits == 16 else np.uint8)
        assert image.channels == (1 if kind in ("0g", "4a") else 3)
        interlaced = path.with_name(path.name.replace("basn", "basi"))
        np.testing.assert_array_equal(read(interlaced).pixels, image.pixels)


def test_sixteen_bit_pictures_equal_one_another(data: Path) -> None:
    folder = data / "hostile" / "pillow"
    expected = read(folder / "tiff_16bit_RGB.tiff").pixels
    assert expected.dtype == np.uint16
    for name in ("tiff_strip_planar_16bit_RGB.tiff", "tiff_tiled_planar_16bit_RGB.tiff"):
        np.testing.assert_array_equal(read(folder / name).pixels, expected)
    np.testing.assert_array_equal(expected >> 8, read(folder / "tiff_16bit_RGB_target.png").pixels)
    upright_one = read(folder / "g4_orientation_1.tif").pixels
    for turn in range(2, 9):
        turned = read(folder / f"g4_orientation_{turn}.tif").pixels
        assert (turned != upright_one).mean() < 0.01  # each was scanned anew
