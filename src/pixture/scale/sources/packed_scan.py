"""Scans packed by gzip (.nii.gz, .mgz) that are larger than memory: unpacked once, into a temporary file.

In what gzip packs nothing can be found but by unpacking all that comes before it.
"""

from __future__ import annotations

import contextlib
import gzip
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pixture import stopping
from pixture.errors import ReadError, WriteError
from pixture.files.input_files import file_and_inside
from pixture.files.output_files import explained
from pixture.files.temporary_files import new_part
from pixture.imaging.image import Image
from pixture.imaging.readers.identification.file_formats import FolderFormat, Format
from pixture.imaging.readers.read import asked, form_of
from pixture.imaging.readers.subimage import Subimage
from pixture.imaging.window import Window
from pixture.options.reading import Reading
from pixture.scale.sources.file_source import described
from pixture.scale.sources.file_stamp import Stamp, refuse_changed
from pixture.scale.sources.source import Description, Source
from pixture.scale.sources.taken_part import taken_source

if TYPE_CHECKING:
    from pixture.scale.sources.nifti import NiftiWindows

SCANS = "pixture.imaging.readers.medical.nifti"

CHUNK = 2**20
"""Bytes that are unpacked at once."""


@dataclass(frozen=True, eq=False)
class PackedSource:
    """A packed scan as a source, which unpacks from the beginning for each window: only to be looked at.

    Attributes
    ----------
    path, form
        The file, and its format.
    windows
        What its header says.
    reading
        Which part of it is wanted.
    scene
        As it was asked for.
    packed
        The source whose windows are slow.
    """

    path: Path
    form: Format | FolderFormat
    windows: NiftiWindows
    reading: Reading
    scene: str | None
    packed: Source

    @property
    def description(self) -> Description:
        """As `Source` says."""
        return self.packed.description

    def read(self, window: Window) -> Image:
        """As `Source` says."""
        return self.packed.read(window)

    @property
    def unpacked_bytes(self) -> int:
        """How many bytes it has unpacked: those before its numbers, and these."""
        return self.windows.end

    def unpacked(self, place: Path) -> Source:
        """Return the same as a source of a file that it was unpacked to."""
        windows = replace(self.windows, watched=place, packed=False)
        return taken_source(described(self.path, self.form, windows, self.scene), self.reading)


def packed_source(path: Path, reading: Reading) -> PackedSource | None:
    """Return the scan in a packed file, of which the header is unpacked; None of any other file.

    Raises
    ------
    ReadError, ChoiceError
        As `open_source` raises them.
    """
    place, inside = file_and_inside(path)
    if place.is_dir():
        return None
    form, _ = form_of(place, str(path))
    if form is None or form.module != SCANS:
        return None
    known, scene = form, reading.scene if inside is None else inside
    which = Subimage(scene, reading.level, reading.axes)

    def ask() -> NiftiWindows | None:
        from pixture.scale.sources.nifti import packed_windows_of  # its library is an extra

        return packed_windows_of(place, which)

    windows = asked(place, known, ask)
    if windows is None:
        return None
    packed = taken_source(described(place, known, windows, scene), reading)
    return PackedSource(place, known, windows, reading, scene, packed)


@contextlib.contextmanager
def unpacked_source(source: Source, folder: Path) -> Iterator[Source]:
    """Give a source of which windows are read fast: of a packed scan, one of a temporary file in a folder.

    That is removed in the end, whatever happens; of a run that is killed, by the next one in that folder.

    Raises
    ------
    WriteError
        There is no room for it in the folder.
    ReadError
        The file is damaged, or was changed meanwhile.
    """
    if not isinstance(source, PackedSource):
        yield source
        return
    needed, free = source.unpacked_bytes, shutil.disk_usage(folder).free
    if needed > free:
        raise WriteError(
            f"{source.path} is unpacked to be gone through in pieces, which takes {needed / 1e6:,.0f} MB; "
            f"{folder.resolve()} has room for {free / 1e6:,.0f}. Free some space, or choose another folder."
        )
    before = Stamp.of(source.path)
    with _unpacked(source, folder) as place:
        refuse_changed(source.path, before)
        yield source.unpacked(place)


@contextlib.contextmanager
def _unpacked(source: PackedSource, folder: Path) -> Iterator[Path]:
    from pixture.imaging.readers.medical.nifti import refuse_short

    try:
        part = new_part(folder)
    except OSError as error:
        raise explained(folder, error) from error
    with stopping.before_end(lambda: part.path.unlink(missing_ok=True)):
        try:
            try:
                for chunk in _chunks(source.path, source.unpacked_bytes):
                    part.file.write(chunk)
                part.file.flush()
            except ReadError:  # an OSError too
                raise
            except OSError as error:
                raise explained(folder, error) from error
            asked(source.path, source.form, lambda: refuse_short(part.path, source.windows.scan))
            yield part.path
        finally:
            with contextlib.suppress(OSError):  # the error that brought us here is the one to report
                part.discard()


def _chunks(path: Path, length: int) -> Iterator[bytes]:
    """Yield what is packed in a file, as far as it is wanted; its end says whether it arrived whole."""
    try:
        with gzip.open(path) as packed:
            while length > -CHUNK and (chunk := packed.read(CHUNK)):
                stopping.check()
                yield chunk[: max(length, 0)]
                length -= len(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise ReadError(
            f"{path}: the file is damaged or incomplete and cannot be unpacked ({error}). Copy or export it "
            "again."
        ) from error
