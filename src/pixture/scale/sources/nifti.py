"""Windows of NIfTI, Analyze and MGH files that are not packed; a packed one is read whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pixture.imaging.image import Image
from pixture.imaging.readers.identification.first_bytes import GZIP
from pixture.imaging.readers.medical.nifti import Scan, axes_of, image_of, refuse_short, scan_of
from pixture.imaging.readers.subimage import Subimage, chosen_scene, refuse_level
from pixture.imaging.readers.uncompressed import read_box
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
    """

    watched: Path
    scan: Scan
    layout: Layout

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
        with self.watched.open("rb", buffering=0) as file:
            part = read_box(file, scan.dtype, scan.offset, scan.shape, self.layout.box(window), "F")
        return image_of(self.watched, scan, part, is_part=True)


def windows_of(path: Path, which: Subimage) -> NiftiWindows | None:
    """Return the scan in a file; None of a packed file, and of a pair of files."""
    chosen_scene(path, which, [""])
    refuse_level(path, which.level, 1)
    with path.open("rb") as file:
        if file.read(2) == GZIP or path.name.lower().endswith(".img"):
            return None
    scan = scan_of(path)
    if scan.in_pair or not scan.shape or min(scan.shape) < 1:
        return None
    refuse_short(path, scan)
    letters = axes_of(path, scan, scan.dtype.fields is not None)[: len(scan.shape)].replace("1", DROPPED)
    return NiftiWindows(path, scan, Layout(scan.shape, letters, (0,) * len(scan.shape)))
