"""The pixels of a DICOM file: decoded by pydicom, as numbers of what was measured.

Grey is kept as it is stored, MONOCHROME1 too, whose larger values are shown darker (an X-ray on film): values
are what was measured, and which of them is shown white is no part of it. Palettes and YBR become RGB.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.pixels import apply_color_lut, apply_modality_lut, get_decoder, pixel_array

from pixture.arrays import Array, Mask
from pixture.errors import ReadError
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.limits import refuse_bomb
from pixture.imaging.readers.medical.dicom.series import BARE, frame_count

GREY = ("MONOCHROME1", "MONOCHROME2")
COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT")
PALETTE = "PALETTE COLOR"

DECODERS = "pip install pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg"


def refuse_unread(path: Path, header: Any, planes: int) -> None:
    """Refuse what is not known to arrive whole, before anything is decoded.

    Raises
    ------
    ReadError
        A kind of pixels that is not read, one whose decoder is not installed, or too many.
    """
    kind = str(header.get("PhotometricInterpretation", ""))
    if kind not in (*GREY, *COLOUR, PALETTE):
        raise ReadError(f"{path}: its pixels are {kind or 'of no kind that is named'}, which is not read.")
    if header.get("Modality") == "SEG":
        raise ReadError(
            f"{path}: the DICOM file holds a segmentation (SEG), whose segments may overlap, and no image. "
            "Give the image; a mask, scribbles or the truth may be NIfTI files."
        )
    if "TotalPixelMatrixRows" in header:
        raise ReadError(
            f"{path}: the DICOM file holds a slide in tiles, which is not read. Export the part that you "
            "want as TIFF."
        )
    bits = int(header.get("BitsAllocated", 8))
    samples = int(header.get("SamplesPerPixel", 1))
    refuse_bomb(path, int(header.Columns), int(header.Rows) * planes, samples * max(1, bits // 8))
    syntax = header.file_meta.get("TransferSyntaxUID") if hasattr(header, "file_meta") else None
    if syntax is None or not syntax.is_compressed:
        return
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        raise ReadError(f"{path}: its pixels are packed as {syntax.name}, which is not read.") from None
    if not decoder.is_available:
        raise ReadError(
            f"{path}: its pixels are packed as {syntax.name}, and no decoder for it is installed. Install "
            f"one, for example: {DECODERS}."
        )


def stored_pixels(path: Path) -> tuple[Array, Any]:
    """Return what a file stores, (frames, rows, columns), colours last; and its whole header.

    Raises
    ------
    ReadError
        The decoders that are installed cannot read it.
    """
    dataset = pydicom.dcmread(path, force=path.suffix.lower() in BARE)
    if (
        "PixelData" not in dataset
        and "FloatPixelData" not in dataset
        and "DoubleFloatPixelData" not in dataset
    ):
        raise ReadError(
            f"{path}: the DICOM file describes an image, and holds none. Copy or export it again."
        )
    try:
        found = pixel_array(dataset)
    except (RuntimeError, NotImplementedError) as error:
        packed = dataset.file_meta.get("TransferSyntaxUID")
        if packed is None or not packed.is_compressed:
            raise
        said = str(error).strip().splitlines()[-1].strip()
        raise ReadError(
            f"{path}: its pixels, packed as {packed.name}, are damaged, or of a kind that the installed "
            f"decoders cannot read ({said[:160].rstrip('.')}). Others may: {DECODERS}."
        ) from error
    if dataset.PhotometricInterpretation == PALETTE:
        found = apply_color_lut(found, dataset)
    colours = 3 if found.shape[-1] == 3 and int(dataset.get("SamplesPerPixel", 1)) == 3 else 0
    colours = found.shape[-1] if dataset.PhotometricInterpretation == PALETTE else colours
    shape = (frame_count(dataset), int(dataset.Rows), int(dataset.Columns), *((colours,) if colours else ()))
    if found.size != int(np.prod(shape)):
        raise DamagedError(f"its pixels have the shape {found.shape}, where the header says {shape}")
    native = found.astype(found.dtype.newbyteorder("="), copy=False)
    return native.reshape(shape), dataset


def padding(stored: Array, header: Any) -> Mask | None:
    """Return where stored numbers are padding, outside of what was scanned; None where nothing is."""
    value = header.get("PixelPaddingValue")
    if value is None or stored.ndim > 3:
        return None
    limit = header.get("PixelPaddingRangeLimit")
    ends = [_as_stored(one, stored) for one in (value, value if limit is None else limit)]
    found: Mask = (stored >= min(ends)) & (stored <= max(ends))
    return found if found.any() else None


def _as_stored(value: Any, stored: Array) -> float | int:
    """Return a value as the stored type has it: some write a signed one as unsigned, or the other way."""
    if stored.dtype.kind == "f":
        return float(value)
    bits, number = 8 * stored.dtype.itemsize, int(value) % (1 << 8 * stored.dtype.itemsize)
    return number - (1 << bits) if stored.dtype.kind == "i" and number >= 1 << (bits - 1) else number


def rescaling(header: Any) -> list[tuple[float, float]]:
    """Return slope and intercept of each frame of a file, (1, 0) where it names none."""
    groups = header.get("PerFrameFunctionalGroupsSequence") or [None] * frame_count(header)
    shared = (header.get("SharedFunctionalGroupsSequence") or [None])[0]
    dose = header.get("DoseGridScaling")
    plain = (float(dose), 0.0) if dose is not None else _pair(header)
    return [_of_group(group) or _of_group(shared) or plain for group in groups]


def _pair(found: Any) -> tuple[float, float]:
    slope, intercept = found.get("RescaleSlope"), found.get("RescaleIntercept")
    return (1.0 if slope is None else float(slope), 0.0 if intercept is None else float(intercept))


def _of_group(group: Any) -> tuple[float, float] | None:
    found = None if group is None else group.get("PixelValueTransformationSequence")
    return _pair(found[0]) if found else None


def by_table(stored: Array, header: Any) -> Array | None:
    """Return what a table in the header makes of stored numbers (Modality LUT); None where it has none."""
    if not header.get("ModalityLUTSequence"):
        return None
    return np.asarray(apply_modality_lut(stored, header))
