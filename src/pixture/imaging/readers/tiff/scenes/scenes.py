"""The images in a TIFF, in its order."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pixture.errors import ReadError
from pixture.imaging.readers.tiff.scenes.described_pages import DESCRIBED, described_pages
from pixture.imaging.readers.tiff.scenes.plain_pages import plain_pages
from pixture.imaging.readers.tiff.scenes.scene import TROUBLE, Scene

MOST_PAGES = 100_000
"""Pages of a file that are looked at; the directories alone of so many take seconds."""


def scenes_in(path: Path, file: Any, still_open: ExitStack) -> tuple[Scene, ...]:
    """Return the images in a file, in its order.

    Parameters
    ----------
    path
        The file.
    file
        As tifffile has opened it.
    still_open
        Keeps a file of smaller copies (.ovr) beside it open.

    Raises
    ------
    ReadError
        It holds no page, or more than are looked at.
    """
    if not len(file.pages):
        raise ReadError(f"{path}: the file is damaged: it holds no page. Copy or export it again.")
    if len(file.pages) > MOST_PAGES:
        raise ReadError(
            f"{path}: it holds {len(file.pages):,} pages; more than {MOST_PAGES:,} are not read. Split "
            "it, or save it as OME-Zarr."
        )
    if any(getattr(file, f"is_{kind}", False) for kind in DESCRIBED):
        try:
            described = tuple(described_pages(path, file))
        except TROUBLE as error:
            if isinstance(error, ReadError):
                raise
            described = ()  # a description that contradicts itself must not keep from reading the pages
        if described:
            return described
    return tuple(plain_pages(path, file, still_open))
