"""Windows of NIfTI, Analyze and MGH files.

Of a packed one each window is found by unpacking all before it: `packed_scan` unpacks the file first.
"""

from __future__ import annotations

import gzip
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from pixture.imaging.image import Image
from pixture.imaging.readers.damaged import DamagedError
from pixture.imaging.readers.identification.first_bytes import GZIP, PACKED
from pixture.imaging.readers.medical.nifti import (
    MOST_BEFORE,
    MOST_PACKED,
    Scan,
    axes_of,
    image_of,
    refuse_short,
    scan_of,
)
from pixture.imaging.readers.subimage import Subimage, chosen_scene, refuse_level
from pixture.imaging.readers.uncompressed import RawFile, read_box
from pixture.imaging.window import Window
from pixture.scale.sources.array_layout import DROPPED, Layout


@dataclass(frozen=True, eq=False)
class NiftiWindows:
    """The scan in a file: `Windows` says what its methods are.

    Attributes
    ----------
    watched
        The file.
    scan
        What its header says.
    layout
        Of its axes.
    packed
        Whether the file is packed by gzip.
    """

    watched: Path
    scan: Scan
    layout: Layout
    packed: bool = False

    @property
    def end(self) -> int:
        """The byte, unpacked, where its numbers end."""
        return self.scan.offset + math.prod(self.scan.shape) * self.scan.dtype.itemsize

    @property
    def shape(self) -> tuple[int, ...]:
        """As `Windows` says."""
        return self.layout.image_shape

    @property
    def stored(self) -> tuple[int, ...]:
        """A voxel: nothing else is read with it."""
        return (1,) * len(self.shape)

    def image(self, window: Window) -> Image:
        """As `Windows` says."""
        scan = self.scan
        with gzip.open(self.watched) if self.packed else self.watched.open("rb", buffering=0) as file:
            part = read_box(
                cast(RawFile, file), scan.dtype, scan.offset, scan.shape, self.layout.box(window), "F"
            )
        return image_of(self.watched, scan, part, is_part=True)


def windows_of(path: Path, which: Subimage) -> NiftiWindows | None:
    """Return the scan in a file; None of a packed file, and of a pair of files."""
    return None if _is_packed(path) else _windows_of(path, which)


def packed_windows_of(path: Path, which: Subimage) -> NiftiWindows | None:
    """Return the scan in a packed file; None of a file that is not packed, and of a pair of files.

    Raises
    ------
    DamagedError
        So few bytes cannot stand for so many numbers.
    """
    if not _is_packed(path):
        return None
    found = _windows_of(path, which)
    if found is None:
        return None
    held = path.stat().st_size
    if found.scan.offset > MOST_BEFORE or found.end > MOST_PACKED * held:
        raise DamagedError(f"its {held:,} bytes are too few for {found.end:,} bytes of numbers")
    return replace(found, packed=True)


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == GZIP


def _windows_of(path: Path, which: Subimage) -> NiftiWindows | None:
    chosen_scene(path, which, [""])
    refuse_level(path, which.level, 1)
    if path.name.lower().removesuffix(PACKED).endswith(".img"):
        return None
    scan = scan_of(path)
    if scan.in_pair or not scan.shape or min(scan.shape) < 1:
        return None
    if not _is_packed(path):
        refuse_short(path, scan)
    letters = axes_of(path, scan, scan.dtype.fields is not None)[: len(scan.shape)].replace("1", DROPPED)
    return NiftiWindows(path, scan, Layout(scan.shape, letters, (0,) * len(scan.shape)))
