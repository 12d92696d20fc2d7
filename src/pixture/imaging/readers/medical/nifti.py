"""NIfTI-1 and NIfTI-2, Analyze 7.5 and FreeSurfer's MGH: headers by nibabel, numbers as the header says.

The axes of these files go from columns to rows to planes to times; here planes come first, and voxels keep
the order of the file. So a plane of a scan whose axes go to the right, to the front and up (RAS) is shown
with the back of the head at the top and its left at the left. Where the voxels lie is in the place.
"""

from __future__ import annotations

import gzip
import math
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import nibabel
import numpy as np

from pixture.arrays import Array, Floats
from pixture.errors import ReadError
from pixture.files.input_files import Inputs
from pixture.imaging.image import Image
from pixture.imaging.image_from_array import image_from_array, part_from_array
from pixture.imaging.physical_space.patient_space import (
    NiftiPlace,
    names_a_space,
    patient_coordinates,
    place_in_words,
    upwards,
)
from pixture.imaging.physical_space.place import Place
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.identification.first_bytes import GZIP, PACKED, other_of_pair
from pixture.imaging.readers.limits import refuse_bomb
from pixture.imaging.readers.medical.scaling import scaled

VECTOR = frozenset({1004, 1005, 1006, 1007, 1010, 2003, 2004})
"""Intent codes of what has several numbers a voxel: matrices, vectors, quaternions, colours."""

RGBA_VECTOR = 2004
RGB24, RGBA32 = 128, 2304
NUMBERS = frozenset({2, 4, 8, 16, 64, 256, 512, 768, 1024, 1280})
"""Codes of the types that are read: integers of 8 to 64 bits, float32, float64."""

UNITS = {1: "m", 2: "mm", 3: "µm"}
SECONDS = {16: 1e-3, 24: 1e-6}
"""Of a millisecond and a microsecond; other units of time are kept as they are."""

MOST_OF_HEADER = 544

MOST_PACKED = 1100
"""Bytes that one byte of a gzip file can stand for at most, and a little more."""

MOST_BEFORE = 2**24
"""Bytes of extensions before the numbers: more are no header."""


@dataclass(frozen=True, eq=False)
class Scan:
    """What a header says.

    `shape` and `zooms` are in the order of the file; `codes` are NIfTI's of the type and the intent;
    `guessed` says that the unit is not in the header, `in_pair` that the numbers are in another file.
    """

    header: Any
    name: str
    shape: tuple[int, ...]
    zooms: tuple[float, ...]
    dtype: np.dtype[Any]
    offset: int
    scaling: tuple[float, float]
    affine: Floats
    unit: str | None
    guessed: bool = False
    codes: tuple[int, int] = (0, 0)
    in_pair: bool = False


def decode(path: Path) -> Image:
    """Return the image in a file, or a pair; what cannot be decoded raises whatever the decoder raises."""
    ends = path.name.lower().removesuffix(PACKED)
    header = _other(path, ".hdr", "header") if ends.endswith(".img") else path
    scan = scan_of(header)
    numbers = _other(path, ".img", "numbers") if scan.in_pair and header == path else path
    image = image_of(path, scan, _stored(numbers, scan))
    beside = sorted({header, numbers} - {path})
    return image.read_with(Inputs.of(beside)) if beside else image


def scan_of(path: Path) -> Scan:
    """Return what the header in a file says.

    Raises
    ------
    ReadError
        It is of numbers that are not read.
    DamagedError
        It does not say where its voxels lie.
    """
    with _opened(path) as file:
        head = file.read(MOST_OF_HEADER)
    scan = _mgh(head) if head.startswith(b"\0\0\0\x01") else _nifti(path, head)
    if not np.isfinite(scan.affine).all():
        raise DamagedError("it does not say where its voxels lie: there are no finite numbers")
    return scan


def _opened(path: Path) -> IO[bytes] | gzip.GzipFile:
    """Return a file opened, unpacked if it is packed."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    return gzip.open(path) if packed else path.open("rb")


def _other(path: Path, ending: str, what: str) -> Path:
    found = other_of_pair(path, ending)
    if found is None:
        raise ReadError(
            f"{path}: this is one file of a pair, and the one with the {what} ({ending}) is not beside it. "
            "Put both into one folder."
        )
    return found


def _nifti(path: Path, head: bytes) -> Scan:
    """Return what the header of NIfTI or Analyze says."""
    two = head[:2] == b"\x1c\x02" or head[2:4] == b"\x02\x1c"
    magic = head[4:8] if two else head[344:348]
    kinds = {b"n+1\0": nibabel.Nifti1Header, b"n+2\0": nibabel.Nifti2Header}
    kinds |= {b"ni1\0": nibabel.nifti1.Nifti1PairHeader, b"ni2\0": nibabel.nifti2.Nifti2PairHeader}
    kind = kinds.get(magic, nibabel.Spm2AnalyzeImage.header_class)
    header = kind(head[: kind.sizeof_hdr], check=False)
    analyze = magic not in kinds
    code = int(header["datatype"])
    if code not in NUMBERS | {RGB24, RGBA32} or (analyze and code not in {2, 4, 8, 16, 64, RGB24}):
        complex_ = " Take their magnitude first." if code in (32, 1792, 2048) else ""
        said = "complex numbers" if complex_ else f"numbers of a type (code {code}) that is not read"
        raise ReadError(f"{path}: the file holds {said}.{complex_ or ' Save it as float32.'}")
    shape = tuple(int(length) for length in header.get_data_shape())
    slope, intercept = header.get_slope_inter()
    units = 0 if analyze else int(header["xyzt_units"])
    known = analyze or int(header["qform_code"]) > 0 or int(header["sform_code"]) > 0
    unit = "mm" if analyze else UNITS.get(units & 7)
    zooms = tuple(float(zoom) for zoom in header.get_zooms())
    if len(zooms) > 3:
        zooms = (*zooms[:3], zooms[3] * SECONDS.get(units & 56, 1.0))
    return Scan(
        header,
        "Analyze" if analyze else "NIfTI",
        shape,
        zooms,
        header.get_data_dtype(),
        max(0, int(header.get_data_offset())),
        (1.0 if slope is None else float(slope), 0.0 if intercept is None else float(intercept)),
        np.asarray(header.get_best_affine(), np.float64),
        unit or ("mm" if known else None),
        guessed=unit is None and known,
        codes=(code, 0 if analyze else int(header["intent_code"])),
        in_pair=analyze or magic.startswith(b"ni"),
    )


def _mgh(head: bytes) -> Scan:
    """Return what the header of an MGH file says."""
    header = nibabel.freesurfer.MGHImage.header_class(head[:284], check=False)
    shape = tuple(int(length) for length in header.get_data_shape())
    zooms = tuple(float(zoom) for zoom in header["delta"])
    affine = np.asarray(header.get_best_affine(), np.float64)
    return Scan(header, "MGH", shape, zooms, header.get_data_dtype(), 284, (1.0, 0.0), affine, "mm")


def _stored(path: Path, scan: Scan) -> Array:
    """Return the numbers as they are stored, the axes in the order of the file."""
    if not scan.shape or min(scan.shape) < 1:
        raise DamagedError(f"its axes have the lengths {scan.shape}")
    refuse_bomb(path, scan.shape[0], math.prod(scan.shape[1:]), scan.dtype.itemsize)
    needed, held = math.prod(scan.shape) * scan.dtype.itemsize, path.stat().st_size
    with _opened(path) as file:
        if not isinstance(file, gzip.GzipFile):
            refuse_short(path, scan)
        elif scan.offset > MOST_BEFORE or scan.offset + needed > MOST_PACKED * held:
            raise DamagedError(f"its {held:,} bytes are too few for {needed:,} bytes of numbers")
        file.seek(scan.offset)
        content = file.read(needed)
        file.read(2**16)  # of a packed file, whose end says whether it arrived whole
    if len(content) < needed:
        raise DamagedError(f"it holds {len(content):,} bytes of numbers, and its size needs {needed:,}")
    return np.frombuffer(content, scan.dtype).reshape(scan.shape, order="F")


def refuse_short(path: Path, scan: Scan) -> None:
    """Refuse a file that is not packed and ends before its numbers do, or has them begin too late.

    Raises
    ------
    DamagedError
        It is so.
    """
    held, end = path.stat().st_size, scan.offset + math.prod(scan.shape) * scan.dtype.itemsize
    if scan.offset > MOST_BEFORE:
        raise DamagedError(f"its numbers are said to begin at byte {scan.offset:,}")
    if end > held:
        raise DamagedError(f"it ends at byte {held:,}, but its numbers go on to byte {end:,}")


def image_of(path: Path, scan: Scan, stored: Array, *, is_part: bool = False) -> Image:
    """Return the image of stored numbers: scaled, its axes in our order, with its place.

    A part of them, all axes in the order of the file, may be masked all over.
    """
    if stored.dtype.fields is not None:  # colours
        names = list(stored.dtype.fields)
        stored = np.stack([stored[name] for name in names], axis=-1)
        values, colours = stored, True
    else:
        native = stored.astype(stored.dtype.newbyteorder("="), copy=False)
        values, colours = scaled(native, *scan.scaling), False
    axes = axes_of(path, scan, colours)
    lengths = [length for length, letter in zip(values.shape, axes, strict=True) if letter != "1"]
    letters = axes.replace("1", "")
    zooms = dict(zip("xyzt", (_size(zoom) for zoom in scan.zooms), strict=False))
    spatial = tuple(zooms.get(letter, 1.0) for letter in "zyx" if letter in letters)
    spacing = (zooms.get("t", 1.0), *spatial) if "t" in letters else spatial
    words = place_in_words(scan.name, scan.affine, spatial, scan.unit)
    content = NiftiPlace(scan.affine, scan.header, scan.shape)
    family = "MGH" if scan.name == "MGH" else "NIfTI"
    alpha = scan.codes[0] == RGBA32 or (scan.codes[1] == RGBA_VECTOR and values.shape[-1] == 4)
    # the numbers as they lie: from the last axis to the first, but for colours, which stay last
    turned = values.reshape(lengths, order="F")
    return (part_from_array if is_part else image_from_array)(
        np.ascontiguousarray(turned.transpose([letters.index(letter) for letter in _order(letters)])),
        axes=_order(letters),
        spacing=spacing,
        unit=scan.unit,
        alpha=alpha,
        place=Place(
            family,
            content,
            f"{words} (the file names no unit)" if scan.guessed else words,
            upwards=upwards(scan.affine),
            coordinates=patient_coordinates(scan.affine, letters, scan.unit)
            if names_a_space(scan.header)
            else None,
        ),
    )


def _size(zoom: float) -> float:
    """Return how far voxels are apart: 1 where a header says nothing of use."""
    return abs(zoom) if math.isfinite(zoom) and zoom else 1.0


def _order(letters: str) -> str:
    return "".join(letter for letter in "tzyxc" if letter in letters)


def axes_of(path: Path, scan: Scan, colours: bool) -> str:
    """Return a letter for each axis of the file, "1" for one that is dropped: one plane, one time."""
    shape = scan.shape
    if len(shape) > 5 and max(shape[5:]) > 1:
        raise ReadError(
            f"{path}: the file has axes of the lengths {' x '.join(map(str, shape))}; read are columns, "
            "rows, planes, times and channels. Take one of each other axis (a CIFTI file holds no image)."
        )
    letters = ["x", "y", "z", "t", "c", "1", "1"][: len(shape)]
    if len(letters) < 2:
        raise ReadError(f"{path}: the file holds a row of {shape[0]:,} numbers, and no image.")
    if len(shape) == 4 and scan.codes[1] in VECTOR:
        letters[3] = "c"
    letters = [
        "1" if letter in "ztc" and length == 1 else letter
        for letter, length in zip(letters, shape, strict=True)
    ]
    if colours:
        if "c" in letters:
            raise ReadError(f"{path}: the file holds several colours a voxel. Take one of them.")
        letters.append("c")
    return "".join(letters)
