"""What lies in several pieces, joined where these meet.

Each piece numbers its own connected parts. Those that reach a seam are open: they may go on in the next
piece. The pixels along the seams say with which parts there they are one, and so, by union over all seams,
which are one in the whole image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from pixture.arrays import Integers, Mask
from pixture.imaging.window import Window

_ID_BITS = 32


@dataclass(frozen=True, eq=False)
class Shell:
    """The pixels of a piece's parts that lie along seams.

    Attributes
    ----------
    places
        Where they are in the whole image with a margin of a pixel, flat, ascending.
    ids
        The part that each is of.
    """

    places: Integers
    ids: Integers


def shell_of(ids: Integers, window: Window, shape: tuple[int, ...]) -> Shell:
    """Return the pixels along the seams of a piece whose pixels are of parts 1, 2 …, or of none, 0."""
    along = np.zeros(ids.shape, bool)
    for axis, (start, stop, length) in enumerate(zip(window.start, window.stop, shape, strict=True)):
        faces = np.moveaxis(along, axis, 0)
        faces[0] |= start > 0
        faces[-1] |= stop < length
    at = np.flatnonzero(along & (ids > 0))
    inside = np.unravel_index(at, ids.shape)
    places = [where + start + 1 for where, start in zip(inside, window.start, strict=True)]
    return Shell(flat_places(places, [length + 2 for length in shape]), ids.reshape(-1)[at].astype(np.int64))


def flat_places(places: Sequence[Integers], shape: Sequence[int]) -> Integers:
    """Return the flat places in an image of this shape of pixels at these places along each axis."""
    found: Integers = np.ravel_multi_index(tuple(places), tuple(shape))
    return found.astype(np.int64)


def at_border(window: Window, shape: tuple[int, ...]) -> Mask:
    """Return which pixels of a piece are the image's first or last along some axis."""
    found = np.zeros(window.shape, bool)
    for axis, (start, stop, length) in enumerate(zip(window.start, window.stop, shape, strict=True)):
        faces = np.moveaxis(found, axis, 0)
        faces[0] |= start == 0
        faces[-1] |= stop == length
    return found


@dataclass(frozen=True, eq=False)
class Joined:
    """The open parts of all pieces, and which of them are one.

    Attributes
    ----------
    pieces, ids
        (n,) the piece of each, by number, and its number there; ascending.
    groups
        (n,) 0 … `count` - 1, the same for those that are one.
    count
        How many groups there are.
    """

    pieces: Integers
    ids: Integers
    groups: Integers
    count: int


class Seams:
    """Joins open parts, told of one piece after the other in reading order.

    Parameters
    ----------
    shape
        Of the image.
    connectivity
        How many coordinates neighbours may differ in.

    Examples
    --------
    >>> seams, halves = Seams((2, 4), 2), [Window((0, 0), (2, 2)), Window((0, 2), (2, 4))]
    >>> corner = [np.array([[0, 0], [0, 1]]), np.array([[1, 0], [0, 2]])]
    >>> for number, (window, ids) in enumerate(zip(halves, corner)):
    ...     seams.add(number, window, shell_of(ids, window, (2, 4)))
    >>> seams.joined().groups
    array([0, 0], dtype=int32)
    """

    def __init__(self, shape: tuple[int, ...], connectivity: int) -> None:
        self.connectivity = connectivity
        padded = [length + 2 for length in shape]
        self._strides = [int(np.prod(padded[axis + 1 :], dtype=np.int64)) for axis in range(len(shape))]
        self._near: list[tuple[int, Window, Shell]] = []
        self._open: list[Integers] = [np.zeros(0, np.int64)]
        self._pairs: list[Integers] = [np.zeros((0, 2), np.int64)]

    def __repr__(self) -> str:
        return f"<Seams: {sum(map(len, self._pairs)):,} meetings>"

    def add(self, number: int, window: Window, shell: Shell) -> None:
        """Take in the pixels along the seams of a piece."""
        # pieces follow in reading order: none that is still to come touches what ends before this one begins
        self._near = [one for one in self._near if one[1].stop[0] >= window.start[0]]
        self._open.append(_codes(number, np.unique(shell.ids)))
        for other_number, other_window, other in self._near:
            steps = _steps(window, other_window)
            for step in product(*steps):
                if len(other.places) and 0 < np.abs(step).sum() <= self.connectivity:
                    beside = shell.places + int(np.dot(step, self._strides))
                    at = np.minimum(np.searchsorted(other.places, beside), len(other.places) - 1)
                    met = other.places[at] == beside
                    if met.any():
                        pair = np.stack(
                            [_codes(number, shell.ids[met]), _codes(other_number, other.ids[at[met]])], axis=1
                        )
                        self._pairs.append(np.unique(pair, axis=0))
        self._near.append((number, window, shell))

    def joined(self) -> Joined:
        """Return which open parts are one."""
        codes = np.concatenate(self._open)
        one, other = np.searchsorted(codes, np.concatenate(self._pairs)).T
        meetings = sparse.coo_array((np.ones(len(one), bool), (one, other)), shape=(len(codes),) * 2)
        count, groups = connected_components(meetings, directed=False) if len(codes) else (0, codes)
        return Joined(codes >> _ID_BITS, codes & ((1 << _ID_BITS) - 1), groups, int(count))


def _codes(number: int, ids: Integers) -> Integers:
    return (np.int64(number) << _ID_BITS) | ids


def _steps(window: Window, other: Window) -> list[tuple[int, ...]]:
    """Return how far along each axis a neighbour in another window may be; nothing where it is too far."""
    found: list[tuple[int, ...]] = []
    for start, stop, begin, end in zip(window.start, window.stop, other.start, other.stop, strict=True):
        if end < start or begin > stop:
            found.append(())
        elif end == start:
            found.append((-1,))
        elif begin == stop:
            found.append((1,))
        else:
            found.append((-1, 0, 1))
    return found
