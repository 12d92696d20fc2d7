"""A file of which any window is read: what the families of formats share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from pixture.errors import ReadError, without_remarks
from pixture.files.addresses import place_of
from pixture.files.file_digest import state_of
from pixture.imaging.image import Image, Origin
from pixture.imaging.readers.identification.file_formats import FolderFormat, Format
from pixture.imaging.readers.read import asked
from pixture.imaging.window import Window
from pixture.scale.sources.file_stamp import Stamp, refuse_changed
from pixture.scale.sources.source import Description

MOST_STORED = 2**26
"""Bytes that a tile, a chunk or a compressed strip may unpack to, where windows are read: each touched one is
decoded whole. What is stored in larger ones is read whole."""


class Windows(Protocol):
    """The image in a file, as a family of formats reads it: a value that can be sent to other processes."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the image, without channels."""

    @property
    def stored(self) -> tuple[int, ...]:
        """As `Description.stored`."""

    @property
    def watched(self) -> Path | None:
        """The file whose change means that the image is another one; None where that is not asked."""

    def image(self, window: Window) -> Image:
        """Return a window as the whole image's reader reads it, with the whole image's place.

        Nothing is refused for all of its pixels being masked.
        """


@dataclass(frozen=True, eq=False)
class FileSource:
    """An image in a file as a source: `Source` says what its methods are.

    Attributes
    ----------
    description
        Of the image.
    path
        The file.
    form
        Its format, for messages.
    windows
        Reads them.
    stamp
        Of the file as it was described; None where it is not asked for.
    """

    description: Description
    path: Path
    form: Format | FolderFormat
    windows: Windows
    stamp: Stamp | None

    def __repr__(self) -> str:
        return f"<FileSource: {self.path.name}, {self.description}>"

    def read(self, window: Window) -> Image:
        """As `Source` says."""
        self._refuse_changed()
        try:
            with without_remarks():
                image = asked(self.path, self.form, lambda: self.windows.image(window))
        except ReadError as error:
            self._refuse_changed()  # which is why, if it was
            if "rows " in str(error):
                raise
            raise ReadError(f"{error} This was in {where(window)}.") from error
        return replace(image, origin=self.description.origin, place=None, beside=())

    def _refuse_changed(self) -> None:
        watched = self.windows.watched
        if watched is not None and self.stamp is not None:
            refuse_changed(watched, self.stamp)


def described(path: Path, form: Format | FolderFormat, windows: Windows, scene: str | None) -> FileSource:
    """Return a file as a source: what it is follows from reading its first pixel.

    Raises
    ------
    ReadError
        It cannot be read.
    """
    stamp = None if windows.watched is None else Stamp.of(windows.watched)
    shape = windows.shape
    first = Window((0,) * len(shape), (1,) * len(shape))
    with without_remarks():
        probe = asked(path, form, lambda: windows.image(first))
    place = place_of(path)
    description = replace(
        Description.of(probe),
        shape=shape,
        stored=windows.stored,
        origin=Origin(place, state_of(place) or "", scene),
    )
    return FileSource(description, path, form, windows, stamp)


def where(window: Window) -> str:
    """Return where a window lies, counted from 1.

    >>> where(Window((0, 512), (256, 1024)))
    'rows 1 to 256, columns 513 to 1,024'
    """
    names = ("times", "planes", "rows", "columns")[-len(window.start) :]
    return ", ".join(
        f"{name} {start + 1:,} to {stop:,}"
        for name, start, stop in zip(names, window.start, window.stop, strict=True)
    )
