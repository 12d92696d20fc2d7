"""Which of the images in a file a reader reads, and which a file holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pixture.errors import ReadError
from pixture.wording import nearest, plural


@dataclass(frozen=True)
class Subimage:
    """Which of the images in a file is read, and in which size.

    Attributes
    ----------
    scene
        Which of several images: a number from 1, a name, or a path within the file; None is the first.
    level
        Which level of a pyramid; 0 is the full size.
    time, slice
        Which time and which plane alone, from 1; None is all. Only readers of formats that say so (`picks`)
        are asked for these: of the others the whole image is read.
    axes
        A letter an axis, of an array in a file that does not say them.
    """

    scene: str | None = None
    level: int = 0
    axes: str | None = None
    time: int | None = None
    slice: int | None = None


FIRST = Subimage()


@dataclass(frozen=True)
class Content:
    """One of the images that a file holds, as `pixture info` lists it.

    Attributes
    ----------
    name
        What the file calls it; empty where it has no name.
    axes
        A letter an axis, such as "tzyxc".
    shape
        The lengths of these.
    dtype
        Of its values.
    levels
        The shapes of the levels of its pyramid, the full size first.
    """

    name: str
    axes: str
    shape: tuple[int, ...]
    dtype: str
    levels: tuple[tuple[int, ...], ...] = ()


def chosen_scene(path: object, which: Subimage, names: Sequence[str]) -> int:
    """Return the place, from 0, of the scene that is asked for among those that a file holds.

    Parameters
    ----------
    path
        The file, for messages.
    which
        What is asked for: a name, or a number from 1. What is a name is no number.
    names
        What the file calls its scenes; empty texts where they have no names.

    Raises
    ------
    ReadError
        There is no such scene.

    Examples
    --------
    >>> chosen_scene("cells.czi", Subimage("2"), ["left", "right"])
    1
    """
    wanted = which.scene
    if wanted is None:
        return 0
    known = [name.casefold() for name in names]
    if known.count(wanted.casefold()) == 1:
        return known.index(wanted.casefold())
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    named = [name for name in names if name]
    listed = f": {', '.join(named[:12])}{', …' if len(named) > 12 else ''}" if named else ""
    raise ReadError(
        f"{path}: there is no scene {wanted!r}. It holds {plural(len(names), 'scene')}, numbered from 1"
        f"{listed}.{nearest(wanted, named)}"
    )


def chosen_index(path: object, number: int, count: int, thing: str) -> int:
    """Return the place, from 0, of a time or a plane whose number, from 1, is asked for.

    Raises
    ------
    ReadError
        There are not so many.

    >>> chosen_index("cells.tif", 9, 5, "plane")
    Traceback (most recent call last):
        ...
    pixture.errors.ReadError: cells.tif: there is no plane 9. It has 5 planes, numbered from 1.
    """
    if not 1 <= number <= count:
        raise ReadError(
            f"{path}: there is no {thing} {number:,}. It has {plural(count, thing)}, numbered from 1."
        )
    return number - 1


def refuse_other_places(path: object, which: Subimage) -> None:
    """Refuse a time or a plane other than the first, of a picture that has one.

    Raises
    ------
    ReadError
        There is no such time or plane.
    """
    chosen_index(path, which.time or 1, 1, "time")
    chosen_index(path, which.slice or 1, 1, "plane")


def refuse_level(path: object, level: int, levels: int) -> None:
    """Refuse a level of a pyramid that is not there.

    Raises
    ------
    ReadError
        There are not so many levels.

    >>> refuse_level("slide.svs", 3, 2)
    Traceback (most recent call last):
        ...
    pixture.errors.ReadError: slide.svs: there is no level 3. It has 2 levels, 0 (the full size) to 1.
    """
    if level >= levels:
        there = "one level, 0" if levels == 1 else f"{levels:,} levels, 0 (the full size) to {levels - 1}"
        raise ReadError(f"{path}: there is no level {level}. It has {there}.")
