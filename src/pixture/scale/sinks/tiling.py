"""Pages of tiles: which block of which piece is which tile of a file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from pixture import stopping
from pixture.arrays import Array
from pixture.scale.sinks.piece_files import PieceFiles, packed
from pixture.scale.sinks.plan import TILE, Plan


@dataclass(frozen=True)
class Tiling:
    """How the values of a plan are cut into tiles.

    Attributes
    ----------
    plan
        What is written.
    axes
        A letter an axis, as the file has them: pages, rows "y", columns "x", and samples "s" where the
        channels of a pixel are together.
    tile
        Rows and columns of a tile.
    """

    plan: Plan
    axes: str
    tile: tuple[int, int]

    @classmethod
    def of(cls, plan: Plan, axes: str) -> Tiling:
        """Return how a plan's values are cut, in an order of axes."""
        return cls(plan, axes, (plan.side("y", TILE), plan.side("x", TILE)))

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return tuple(self._length(letter, self.plan.shape) for letter in self.axes)

    def _length(self, letter: str, shape: tuple[int, ...]) -> int:
        return shape[self.plan.axes.index("c" if letter == "s" else letter)]

    def _counts(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return how many tiles a shape of the plan's axes has along each of the file's, samples aside."""
        steps = {"y": self.tile[0], "x": self.tile[1]}
        return tuple(
            -(-self._length(letter, shape) // steps.get(letter, 1)) for letter in self.axes if letter != "s"
        )

    def tiles(self, values: Array) -> list[bytes]:
        """Return the tiles of a piece, packed, those at the ends of the image filled up with zeros."""
        order = [self.plan.axes.index("c" if letter == "s" else letter) for letter in self.axes]
        values = values.transpose(order)
        samples = values.shape[-1:] if self.axes.endswith("s") else ()
        pages = values.reshape(-1, *values.shape[len(self.axes.rstrip("s")) - 2 :])
        rows, columns = self.tile
        found = []
        for page in pages:
            for row, column in product(range(0, page.shape[0], rows), range(0, page.shape[1], columns)):
                part = page[row : row + rows, column : column + columns]
                if part.shape[:2] != self.tile:
                    whole = np.zeros((*self.tile, *samples), values.dtype)
                    whole[: part.shape[0], : part.shape[1]] = part
                    part = whole
                found.append(packed(part))
        return found

    def of_file(self, pieces: PieceFiles) -> Iterator[bytes]:
        """Yield the tiles of all pieces as they follow one another in a file: page by page, row by row."""
        plan = self.plan
        *pages, down, across = self._counts(plan.shape)
        per_piece = -(-plan.sides[-1] // self.tile[1])
        for page in product(*map(range, pages)):
            known = dict(zip(self.axes, page, strict=False))
            for row in range(down):
                stopping.check()
                for column in range(0, across, per_piece):
                    known |= {"y": row * self.tile[0], "x": column * self.tile[1]}
                    piece = plan.piece_at([known[letter] for letter in plan.letters])
                    counts = self._counts(plan.values_shape(piece))
                    start = dict(zip(plan.letters, piece.start, strict=True))
                    at = [known[letter] - start.get(letter, 0) for letter in self.axes if letter != "s"]
                    at[-2:] = [at[-2] // self.tile[0], 0]
                    first = int(np.ravel_multi_index(at, counts))
                    yield from pieces.blocks(piece, first, first + counts[-1])

    @property
    def count(self) -> int:
        """How many tiles there are."""
        return math.prod(self._counts(self.plan.shape))
