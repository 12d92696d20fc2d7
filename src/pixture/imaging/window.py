"""Windows of an image, and the pieces that a large one is made of."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

ONE_PIECE = 2**24
"""Pixels up to which an image is one piece."""

PIECE_NUMBERS = 2**23
"""Numbers (pixels times channels) of a piece at most, give or take a factor of two."""

SHORTEST, LONGEST = 256, 2048
"""Sides of a piece, in powers of two, as those of tiles in files are: so none is decoded twice."""

DEEPEST = 128
"""Planes of a piece of a volume at most."""


@dataclass(frozen=True, order=True)
class Window:
    """A box of pixels of an image: along each axis but the channels', where it starts and where it stops.

    Examples
    --------
    >>> window = Window((0, 4), (2, 8))
    >>> window.shape, window.size, window.slices
    ((2, 4), 8, (slice(0, 2, None), slice(4, 8, None)))
    """

    start: tuple[int, ...]
    stop: tuple[int, ...]

    @classmethod
    def of(cls, shape: Sequence[int]) -> Window:
        """Return the window that is all of an image of this shape."""
        return cls((0,) * len(shape), tuple(shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """Its lengths."""
        return tuple(stop - start for start, stop in zip(self.start, self.stop, strict=True))

    @property
    def size(self) -> int:
        """How many pixels it has."""
        return math.prod(self.shape)

    @property
    def slices(self) -> tuple[slice, ...]:
        """As NumPy takes it."""
        return tuple(slice(start, stop) for start, stop in zip(self.start, self.stop, strict=True))

    def grown(self, by: Sequence[int], shape: Sequence[int]) -> Window:
        """Return the window with so many pixels more on either side of each axis, within an image's shape.

        >>> Window((0, 4), (2, 8)).grown((2, 2), (9, 9)).start
        (0, 2)
        """
        start = tuple(max(0, at - more) for at, more in zip(self.start, by, strict=True))
        stop = tuple(min(end, at + more) for at, more, end in zip(self.stop, by, shape, strict=True))
        return Window(start, stop)

    def common(self, other: Window) -> Window | None:
        """Return the window that both have in common; None where they have none.

        >>> Window((0, 4), (2, 8)).common(Window((1, 0), (9, 5)))
        Window(start=(1, 4), stop=(2, 5))
        """
        start = tuple(map(max, self.start, other.start))
        stop = tuple(map(min, self.stop, other.stop))
        return Window(start, stop) if all(map(operator.lt, start, stop)) else None

    def within(self, other: Window) -> tuple[slice, ...]:
        """Return where it lies in another window that holds it, as NumPy takes it.

        >>> Window((1, 4), (2, 8)).within(Window((0, 2), (4, 10)))
        (slice(1, 2, None), slice(2, 6, None))
        """
        return tuple(
            slice(start - begin, stop - begin)
            for start, stop, begin in zip(self.start, self.stop, other.start, strict=True)
        )


def piece_shape(shape: Sequence[int], channels: int = 1, *, volume: bool = False) -> tuple[int, ...]:
    """Return the shape of the pieces of an image; those at its ends are smaller.

    It follows from the image's shape and channels alone, and not from the memory or the processors that there
    are: so sums over pieces are the same anywhere.

    Parameters
    ----------
    shape
        Without channels: times, planes, rows, columns, as far as it has them.
    channels
        How many there are.
    volume
        Whether the axis before the rows is one of planes: pieces of a volume are many planes of small sides.

    Examples
    --------
    >>> piece_shape((3000, 4000)), piece_shape((32768, 32768), 3)
    ((3000, 4000), (1024, 2048))
    >>> piece_shape((500, 1024, 1024), volume=True)
    (128, 256, 256)
    """
    if math.prod(shape) <= ONE_PIECE:
        return tuple(shape)
    room = max(PIECE_NUMBERS // channels, SHORTEST**2)
    sides = [min(length, LONGEST) for length in shape[-2:]]
    deep = min(shape[-3], DEEPEST) if volume else 1
    while deep * math.prod(sides) > room and max(sides) > SHORTEST:
        longest = sides.index(max(sides))
        sides[longest] = max(SHORTEST, _power_of_two(sides[longest]) // 2)
    left = max(1, room // math.prod(sides))
    before: list[int] = []
    for length in reversed(shape[:-2]):
        taken = min(length, 1 << (left.bit_length() - 1))
        before.append(taken)
        left = max(1, left // taken)
    return (*reversed(before), *sides)


def _power_of_two(length: int) -> int:
    """Return the least power of two that is no less."""
    return 1 << (length - 1).bit_length()


def pieces(shape: Sequence[int], channels: int = 1, *, volume: bool = False) -> tuple[Window, ...]:
    """Return the pieces of an image in reading order; see `piece_shape`.

    >>> len(pieces((32768, 32768), 3)), len(pieces((3000, 4000), 3))
    (512, 1)
    """
    return tuple(tiles(Window.of(shape), piece_shape(shape, channels, volume=volume)))


def tiles(window: Window, sides: Sequence[int]) -> Iterator[Window]:
    """Yield the tiles of a window, in reading order, those at its ends smaller.

    >>> [tile.shape for tile in tiles(Window((0, 0), (3, 4)), (2, 4))]
    [(2, 4), (1, 4)]
    """
    steps = [
        range(start, stop, side) for start, stop, side in zip(window.start, window.stop, sides, strict=True)
    ]
    for start in product(*steps):
        stop = tuple(min(at + side, end) for at, side, end in zip(start, sides, window.stop, strict=True))
        yield Window(start, stop)
