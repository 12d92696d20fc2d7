"""Smaller copies of a TIFF's image: the levels of its pyramid, in the file or in an .ovr file beside it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import tifffile

from pixture.errors import ReadError
from pixture.imaging.readers.tiff.pages import Chosen, is_mask

_LOOK_AT = 64  # pages; each level halves the size, and may have a mask


def levels(path: Path, file: Any, chosen: Chosen, still_open: ExitStack) -> list[Chosen]:
    """Return the image and its smaller copies, the largest first, each with its mask.

    Parameters
    ----------
    path
        The file.
    file
        As tifffile has opened it.
    chosen
        The image.
    still_open
        Keeps the .ovr file open, where the levels are in that.
    """
    below = [page for page in chosen.page.pages or () if not is_mask(page)]
    found = below or [page for page in itertools.islice(file.pages, _LOOK_AT) if page.is_reduced]
    masks = [page for page in itertools.islice(file.pages, _LOOK_AT) if page.is_reduced and is_mask(page)]
    copies = _copies(chosen.page, found)
    beside = Path(f"{path}.ovr")
    if not copies and beside.is_file():
        try:
            other = still_open.enter_context(tifffile.TiffFile(beside, _multifile=False))
            pages = list(itertools.islice(other.pages, _LOOK_AT))
        except (tifffile.TiffFileError, OSError, ValueError) as error:
            raise ReadError(f"{beside}: this is no TIFF of overviews ({error}). Make it anew.") from error
        copies, masks = _copies(chosen.page, pages), [page for page in pages if is_mask(page)]
    return [chosen, *(Chosen(page, _masks_of(page, masks), chosen.images) for page in copies)]


def _copies(image: Any, pages: Iterable[Any]) -> list[Any]:
    """Return the pages that are smaller copies of an image, of the same kind, the largest first."""
    kind = image.samplesperpixel, image.dtype
    found = [
        page
        for page in pages
        if not is_mask(page)
        and (page.samplesperpixel, page.dtype) == kind
        and page.imagewidth <= image.imagewidth
        and page.imagelength <= image.imagelength
        and (page.imagewidth, page.imagelength) != (image.imagewidth, image.imagelength)
    ]
    return sorted(found, key=lambda page: (-page.imagewidth, -page.imagelength))


def _masks_of(page: Any, masks: Iterable[Any]) -> tuple[Any, ...]:
    size = page.imagewidth, page.imagelength
    return tuple(mask for mask in masks if (mask.imagewidth, mask.imagelength) == size)
