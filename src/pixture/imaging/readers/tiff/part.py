"""A part of a TIFF's image that is read alone: of each page a region, and what is asked of the file once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from pixture.imaging.readers.tiff.kept_segments import KeptSegments
from pixture.imaging.readers.tiff.tables import Region, Table, refuse_overlap, table_of

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Remembered:
    """What a file was asked, by key: two threads may ask at once, and get the same; and what was decoded."""

    answers: dict[Hashable, Any] = field(default_factory=dict)
    segments: KeptSegments = field(default_factory=KeptSegments)

    def once(self, key: Hashable, ask: Callable[[], T]) -> T:
        """Return the answer, asked for now where it has not been."""
        if key not in self.answers:
            self.answers[key] = ask()
        return cast(T, self.answers[key])


@dataclass(frozen=True, eq=False)
class Part:
    """A region of the pages of an image.

    Attributes
    ----------
    region
        Of each page, as it is stored.
    full
        Rows and columns of the whole image, upright.
    remembered
        What has been asked of the file.
    """

    region: Region
    full: tuple[int, int]
    remembered: Remembered

    def table(self, page: Any) -> Table:
        """Return where the strips or tiles of a page are; the page stays, so its number tells it."""

        def ask() -> Table:
            table = table_of(Path(page.parent.filehandle.path), page)
            refuse_overlap(table)
            return table

        return self.remembered.once(("table", id(page)), ask)


def loaded(page: Any) -> Any:
    """Return a page of which nothing is left in the file but its pixels, which may be closed then.

    tifffile reads long tags when they are first asked for.
    """
    for tag in page.tags:
        _ = tag.value
    _ = page.decode, page.jpegtables, page.jpegheader, page.colormap, page.nodata
    return page
