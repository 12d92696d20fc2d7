"""Which page of a TIFF is the image where none says so, and which are masks of it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pixture.imaging.readers.pictures.orientation import TAG
from pixture.imaging.readers.tiff.tables import NODATA_TAG

_MASK = 4  # photometric interpretation


@dataclass(frozen=True)
class Chosen:
    """The page that is read, and its mask pages."""

    page: Any
    masks: tuple[Any, ...]


def chosen_page(file: Any) -> Chosen:
    """Return the page below the first that is no thumbnail and no mask; else the first.

    It is asked where every page is one or the other: raw formats keep a thumbnail on the first page and the
    picture in a page below it.
    """
    first = file.pages.first
    below = [page for page in first.pages or () if not (page.is_reduced or is_mask(page))]
    if below:
        pages = list(first.pages)
        return Chosen(below[0], masks_of(pages, pages.index(below[0])))
    return Chosen(first, ())


def is_mask(page: Any) -> bool:
    """Whether a page says where another one is valid: by what it is for, or by what its pixels are."""
    return bool(page.is_mask) or int(page.photometric) == _MASK


def masks_of(pages: Sequence[Any], at: int) -> tuple[Any, ...]:
    """Return the mask pages below a page, or between it and the next one; else those before the only image.

    Masks of smaller copies are not its own.
    """
    below = tuple(page for page in pages[at].pages or () if is_mask(page) and not page.is_reduced)
    if below:
        return below
    full = (pages[next_one] for next_one in range(at + 1, len(pages)) if not pages[next_one].is_reduced)
    after = tuple(itertools.takewhile(is_mask, full))
    if after or any(not (page.is_reduced or is_mask(page)) for page in pages[:at]):
        return after
    return tuple(page for page in pages[:at] if is_mask(page) and not page.is_reduced)


def kind_of(page: Any) -> tuple[Any, ...]:
    """Return what pages share that belong together."""
    tags = page.tags
    nodata = str(tags.valueof(NODATA_TAG)) if NODATA_TAG in tags else None
    return (*page.shape, page.dtype, page.photometric, page.extrasamples, tags.valueof(TAG, 1), nodata)
