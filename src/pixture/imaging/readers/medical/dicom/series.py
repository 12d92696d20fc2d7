"""Which DICOM files belong together: the headers in a folder, series by series."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import FileDataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import DeflatedExplicitVRLittleEndian

from pixture.errors import ReadError
from pixture.imaging.readers.identification.first_bytes import first_bytes
from pixture.wording import plural

BARE = (".dcm", ".ima")
"""How the names of files end that may have no preamble."""


@dataclass(frozen=True, eq=False)
class Series:
    """Files that belong together, as they were found: not yet in the order of their planes.

    Attributes
    ----------
    files
        Their paths and headers: all but the pixels.
    name
        What the scanner calls it.
    """

    files: tuple[tuple[Path, Any], ...] = field(repr=False)
    name: str

    @property
    def first(self) -> Any:
        """The header of one of the files."""
        return self.files[0][1]

    @property
    def in_words(self) -> str:
        """What it is called, and how many images it has."""
        count = len(self.files) if len(self.files) > 1 else frame_count(self.first)
        return f"{self.name!r} ({plural(count, 'image')})"


def frame_count(header: Any) -> int:
    """Return how many frames a file has."""
    return max(1, int(header.get("NumberOfFrames") or 1))


def header_of(path: Path) -> Any:
    """Return all of a DICOM file but its pixels.

    Raises
    ------
    ReadError
        It is no image, or is packed as a whole.
    """
    _refuse_deflated(path)
    header = pydicom.dcmread(path, stop_before_pixels=True, force=path.suffix.lower() in BARE)
    if "Rows" not in header or "Columns" not in header:
        kind = str(header.get("Modality") or "")
        of_a_kind = f" ({kind})" if kind else ""
        raise ReadError(f"{path}: the DICOM file holds no image{of_a_kind}. Give one that does.")
    return header


def _refuse_deflated(path: Path) -> None:
    """Refuse a file that is packed as a whole, whose size is not known before it is unpacked."""
    meta = pydicom.filereader.read_file_meta_info(path) if _is_whole(path) else None
    if meta is not None and meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        raise ReadError(
            f"{path}: the DICOM file is deflated as a whole, which is not read. Unpack it, for example with "
            "dcmtk: dcmconv +te FILE NEW."
        )


def _is_whole(path: Path) -> bool:
    return first_bytes(path)[128:132] == b"DICM"


def series_in(folder: Path) -> list[Series]:
    """Return the series of images in a folder, by their numbers.

    Files that are no DICOM images are passed over, and so are segmentations beside images. A file of several
    frames is a series of its own.

    Raises
    ------
    ReadError
        There is none.
    """
    found: dict[tuple[str, ...], list[tuple[Path, Any]]] = {}
    derived: dict[tuple[str, ...], list[tuple[Path, Any]]] = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        header = _header_or_none(path)
        if header is None:
            continue
        key: tuple[str, ...] = (str(header.get("SeriesInstanceUID", "")),)
        if frame_count(header) > 1:
            key = (*key, str(header.get("SOPInstanceUID", path.name)))
        groups = derived if header.get("Modality") == "SEG" else found
        groups.setdefault(key, []).append((path, header))
    groups = found or derived
    if not groups:
        raise ReadError(
            f"{folder}: no file in the folder is a DICOM image. Give the folder that holds the files of one "
            "series; folders within it are not looked into."
        )
    made = [Series(tuple(files), _name(files[0][1])) for files in groups.values()]
    return sorted(made, key=lambda one: (_number(one.first), one.name))


def _header_or_none(path: Path) -> FileDataset | None:
    """Return the header of an image; None of a file that is no DICOM image."""
    if not _is_whole(path) and path.suffix.lower() not in BARE:
        return None
    try:
        _refuse_deflated(path)
        header = pydicom.dcmread(path, stop_before_pixels=True, force=path.suffix.lower() in BARE)
    except ReadError:
        raise
    except InvalidDicomError:
        return None
    except Exception as error:
        raise _damaged(path, str(error)) from error
    if "Rows" in header and "Columns" in header:
        return header
    if _is_whole(path) and "Image" in (_class(header) or "Image"):
        raise _damaged(path, "it ends within its header")
    return None


def _class(header: Any) -> str:
    """Return what kind of a thing a file holds, as the standard calls it; empty where it does not say so."""
    kind = header.get("SOPClassUID") or header.file_meta.get("MediaStorageSOPClassUID")
    return "" if kind is None else str(pydicom.uid.UID(kind).name)


def _damaged(path: Path, reason: str) -> ReadError:
    return ReadError(
        f"{path}: the DICOM file is damaged ({reason.rstrip('.')}). Copy or export it again, or take it out "
        "of the folder."
    )


def _name(header: Any) -> str:
    said = str(header.get("SeriesDescription") or header.get("ProtocolName") or "").strip()
    return said or str(header.get("Modality") or "") or "without a name"


def _number(header: Any) -> int:
    try:
        return int(header.get("SeriesNumber") or 0)
    except (TypeError, ValueError):
        return 0


def the_series(folder: Path, series: list[Series]) -> Series:
    """Return the only series of a folder.

    Raises
    ------
    ReadError
        There are several: they are named.
    """
    if len(series) > 1:
        listed = ", ".join(f"{number} {one.in_words}" for number, one in enumerate(series[:8], 1))
        more = ", …" if len(series) > 8 else ""
        raise ReadError(
            f"{folder}: the folder holds {len(series)} series: {listed}{more}. Choose one of them by its "
            "number, such as scene=1, or by its name."
        )
    return series[0]
