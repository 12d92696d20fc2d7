"""The images in a TIFF of which no program says what its pages are: those of one kind belong together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pixture.imaging.readers.tiff import sizes
from pixture.imaging.readers.tiff.overviews import levels
from pixture.imaging.readers.tiff.pages import Chosen, chosen_page, is_mask, kind_of, masks_of
from pixture.imaging.readers.tiff.scenes.scene import TROUBLE, Level, Place, Scene
from pixture.imaging.readers.tiff.sizes import NOTHING_KNOWN, Known


def plain_pages(path: Path, file: Any, still_open: ExitStack) -> Iterator[Scene]:
    """Yield an image for each kind of pages: those of one size and kind belong together."""
    pages = list(file.pages)
    images = [page for page in pages if not (page.is_reduced or is_mask(page))]
    if not images:
        chosen = chosen_page(file)
        yield Scene("", "", (), _levels(path, file, chosen, still_open))
        return
    some_masks = len(images) < len(pages) or any(page.subifds for page in pages)
    kinds: dict[tuple[Any, ...], list[int]] = {}
    for at, page in enumerate(pages):
        if not (page.is_reduced or is_mask(page)):
            kinds.setdefault(kind_of(page), []).append(at)
    for alike in kinds.values():
        masks = tuple(masks_of(pages, at) for at in alike) if some_masks else ()
        several = len(alike) > 1
        found: tuple[Level, ...]
        if several:
            found = (Level(tuple(Place(pages[at]) for at in alike), masks),)
        else:
            chosen = Chosen(pages[alike[0]], masks[0] if masks else ())
            found = _levels(path, file, chosen, still_open)
        lengths = (len(alike),) if several else ()
        yield Scene("", "z" * several, lengths, found, _of_plain(file), None, several)


def _levels(path: Path, file: Any, chosen: Chosen, still_open: ExitStack) -> tuple[Level, ...]:
    """Return a page and its smaller copies."""
    return tuple(
        Level((Place(one.page),), (one.masks,) if one.masks else ())
        for one in levels(path, file, chosen, still_open)
    )


def _of_plain(file: Any) -> Known:
    """Return what is known of pages of which ImageJ's description says too little, or something else."""
    try:
        return (
            sizes.of_imagej(file.imagej_metadata, file.pages.first, "", ())
            if file.is_imagej
            else NOTHING_KNOWN
        )
    except TROUBLE:
        return Known()
