"""FITS arrives as its header says: scaled, signed, with what is missing masked."""

from __future__ import annotations

import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixture import FirstFrameWarning, ReadError, read

fits: Any = pytest.importorskip("astropy.io.fits")


def card(text: str) -> bytes:
    return text.encode().ljust(80)


def file_of(cards: list[str], data: bytes) -> bytes:
    """A FITS file, card by card."""
    head = b"".join(map(card, [*cards, "END"]))
    return head.ljust(-(-len(head) // 2880) * 2880) + data.ljust(-(-len(data) // 2880) * 2880, b"\0")


def header(bits: int, *more: str) -> list[str]:
    return [
        "SIMPLE  =                    T",
        f"BITPIX  = {bits:20}",
        "NAXIS   =                    2",
        "NAXIS1  =                    3",
        "NAXIS2  =                    2",
        *more,
    ]


def test_a_star_of_45000_is_brighter_than_the_sky(tmp_path: Path) -> None:
    values = np.array([[1000, 1001, 999], [45000, 65535, 0]], np.uint16)
    path = tmp_path / "star.fits"
    stored = (values.astype(np.int32) - 32768).astype(">i2")
    path.write_bytes(
        file_of(header(16, "BZERO   =              32768.0", "BSCALE  =   1.0"), stored.tobytes())
    )
    image = read(path)
    assert image.pixels.dtype == np.uint16
    np.testing.assert_array_equal(image.pixels, values)  # in the order of the file


@pytest.mark.parametrize(
    ("bits", "kind", "more", "dtype", "expected"),
    [
        (8, "u1", [], "u1", [0, 1, 2, 3, 4, 255]),
        (8, "u1", ["BZERO   =  -128"], "i1", [-128, -127, -126, -125, -124, 127]),
        (16, ">i2", ["BSCALE  =   0.5", "BZERO   =   10"], "f8", [10, 10.5, 11, 11.5, 12, 137.5]),
        (16, ">i2", ["BZERO   =  1000"], "i8", [1000, 1001, 1002, 1003, 1004, 1255]),
        (32, ">i4", ["BZERO   =  2147483648"], "u4", [2**31 + n for n in (0, 1, 2, 3, 4, 255)]),
        (-32, ">f4", ["BSCALE  =   2"], "f8", [0, 2, 4, 6, 8, 510]),
        (-64, ">f8", [], "f8", [0, 1, 2, 3, 4, 255]),
    ],
)
def test_scale_and_zero_are_applied_without_loss(
    tmp_path: Path, bits: int, kind: str, more: list[str], dtype: str, expected: list[float]
) -> None:
    stored = np.array([0, 1, 2, 3, 4, 255]).astype(kind)
    (tmp_path / "a.fits").write_bytes(file_of(header(bits, *more), stored.tobytes()))
    image = read(tmp_path / "a.fits")
    assert image.pixels.dtype == np.dtype(dtype)
    assert image.pixels.ravel().tolist() == expected


@pytest.mark.parametrize("compressed", [False, True])
def test_blank_is_masked(tmp_path: Path, compressed: bool) -> None:
    values = np.arange(600, dtype=np.int16).reshape(20, 30) % 50
    unit = fits.CompImageHDU(values) if compressed else fits.ImageHDU(values)
    unit.header["BLANK"] = 7
    fits.HDUList([fits.PrimaryHDU(), unit]).writeto(tmp_path / "a.fits")
    image = read(tmp_path / "a.fits")
    np.testing.assert_array_equal(image.mask, values != 7)
    np.testing.assert_array_equal(image.pixels, values)


def test_the_first_image_is_read_and_others_are_told(tmp_path: Path) -> None:
    values = np.arange(6.0).reshape(2, 3)
    table = fits.BinTableHDU.from_columns([fits.Column("x", "E", array=np.arange(3))])
    fits.HDUList([fits.PrimaryHDU(), table, fits.ImageHDU(values)]).writeto(tmp_path / "one.fits")
    np.testing.assert_array_equal(read(tmp_path / "one.fits").pixels, values)
    fits.HDUList([fits.PrimaryHDU(values), fits.ImageHDU(values)]).writeto(tmp_path / "two.fits")
    with pytest.warns(FirstFrameWarning, match="2 images"):
        read(tmp_path / "two.fits")
    fits.PrimaryHDU(np.stack([values, values + 9])).writeto(tmp_path / "cube.fits")
    with pytest.warns(FirstFrameWarning, match="2 planes"):
        np.testing.assert_array_equal(read(tmp_path / "cube.fits").pixels, values)
    fits.PrimaryHDU(values[None, None]).writeto(tmp_path / "radio.fits")
    np.testing.assert_array_equal(read(tmp_path / "radio.fits").pixels, values)


def test_tables_and_spectra_are_no_images(tmp_path: Path) -> None:
    table = fits.BinTableHDU.from_columns([fits.Column("x", "E", array=np.arange(3))])
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(tmp_path / "table.fits")
    with pytest.raises(ReadError, match="holds no image, only tables"):
        read(tmp_path / "table.fits")
    fits.PrimaryHDU(np.arange(7.0)).writeto(tmp_path / "spectrum.fits")
    with pytest.raises(ReadError, match="a row of 7 numbers"):
        read(tmp_path / "spectrum.fits")


@pytest.mark.parametrize("kept", [40, 2000, 2879, 2880, 3000, 2880 + 4799])
def test_a_truncated_file_is_damaged(tmp_path: Path, kept: int) -> None:
    fits.PrimaryHDU(np.ones((30, 40), np.float32)).writeto(tmp_path / "a.fits")
    (tmp_path / "b.fits").write_bytes((tmp_path / "a.fits").read_bytes()[:kept])
    with pytest.raises(ReadError, match="damaged"):
        read(tmp_path / "b.fits")


def test_a_size_that_lies_is_refused(tmp_path: Path) -> None:
    cards = header(16)
    cards[3:5] = ["NAXIS1  =               100000", "NAXIS2  =               100000"]
    (tmp_path / "a.fits").write_bytes(file_of(cards, b""))
    with pytest.raises(ReadError, match="100,000 x 100,000 pixels, which is larger than is taken for safe"):
        read(tmp_path / "a.fits")


def test_reading_in_threads_leaves_the_warnings_as_they_were(tmp_path: Path) -> None:
    fits.PrimaryHDU(np.ones((9, 9))).writeto(tmp_path / "a.fits")
    before = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, [tmp_path / "a.fits"] * 60))
    assert list(warnings.filters) == before


def test_without_astropy_the_extra_is_named(tmp_path: Path) -> None:
    fits.PrimaryHDU(np.ones((9, 9))).writeto(tmp_path / "a.fits")
    code = (
        "import sys; sys.modules['astropy'] = None; import pixture\n"
        "try: pixture.read(sys.argv[1])\n"
        "except pixture.ReadError as error: print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a.fits"], capture_output=True, text=True, check=True
    )
    assert "is not installed" in run.stdout
    assert "pip install 'pixture[astronomy]'" in run.stdout
    assert "damaged" not in run.stdout
