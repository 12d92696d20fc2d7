"""Which page of a TIFF is the image, which one its mask, and how many images there are besides."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from pixture.errors import ReadError

_LOOK_AT = 16  # pages
_MASK = 4  # photometric interpretation
_STACKS = ("imagej", "ome", "shaped", "lsm", "stk", "fluoview", "nih", "mmstack", "ndtiff", "scanimage")
"""Programs whose files say in words of their own how many planes there are; often more than pages."""


@dataclass(frozen=True)
class Chosen:
    """The page that is read, its mask pages, and the number of images in the file."""

    page: Any
    masks: tuple[Any, ...]
    images: int


def chosen_page(path: Path, file: Any) -> Chosen:
    """Return the first page that is no thumbnail and no mask; where there are masks alone, the first.

    Raw formats keep a thumbnail on the first page and the picture in a page below it.
    """
    total = len(file.pages)
    if not total:
        raise ReadError(f"{path}: the file is damaged: it holds no page. Copy or export it again.")
    # parsing all of a stack of thousands would take longer than reading its first page
    pages = list(itertools.islice(file.pages, _LOOK_AT))
    images = [page for page in pages if not (page.is_reduced or is_mask(page))]
    if images:
        count = max(len(images), _planes(file)) if total <= _LOOK_AT else total
        return Chosen(images[0], _masks_of(images[0], pages), max(count, images[0].imagedepth))
    first = file.pages.first
    below = [page for page in first.pages or () if not (page.is_reduced or is_mask(page))]
    if below:
        return Chosen(below[0], _masks_of(below[0], list(first.pages)), len(below))
    return Chosen(first, (), total)


def is_mask(page: Any) -> bool:
    """Whether a page says where another one is valid: by what it is for, or by what its pixels are."""
    return bool(page.is_mask) or int(page.photometric) == _MASK


def _masks_of(image: Any, pages: Sequence[Any]) -> tuple[Any, ...]:
    """Return the mask pages below an image, or between it and the next one, or else those before it.

    Masks of smaller copies are not its own.
    """
    below = tuple(page for page in image.pages or () if is_mask(page) and not page.is_reduced)
    if below:
        return below
    at = pages.index(image)
    full = [page for page in pages[at + 1 :] if not page.is_reduced]
    after = tuple(itertools.takewhile(is_mask, full))
    return after or tuple(page for page in pages[:at] if is_mask(page) and not page.is_reduced)


def _planes(file: Any) -> int:
    """Return how many planes the series of a microscope's or of ImageJ's file have, 0 where none says so.

    ImageJ writes one directory for a stack of more than 4 GB, and counts the planes in its description.
    """
    if not any(getattr(file, f"is_{kind}", False) for kind in _STACKS):
        return 0
    try:
        series = file.series
    except (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError):
        return 0  # a description that contradicts itself must not keep from reading the page
    return sum(
        prod(length for axis, length in zip(one.axes, one.shape, strict=False) if axis not in "YXS")
        for one in series
        if not (one.keyframe.is_reduced or is_mask(one.keyframe))
    )
