"""Objects that cross seams, split where they touch: each in its box, read from all pieces that have some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pixture.arrays import Integers
from pixture.errors import WriteError
from pixture.files.output_files import explained
from pixture.imaging.window import Window
from pixture.scale.sinks.piece_files import PieceFiles, packed, unpacked
from pixture.scale.stores.piece_store import PieceStore
from pixture.segmentation.large_images.objects.connecting import ID, MASKED, NOWHERE
from pixture.segmentation.large_images.objects.seams import flat_places
from pixture.segmentation.objects.pieces import Cutting
from pixture.segmentation.objects.split_touching import split_touching

BYTES_A_PIXEL = 100
"""What splitting takes at its peak, a pixel of the box: distances, their order, the parts."""


@dataclass(frozen=True, eq=False)
class Crossing:
    """A connected part of the whole that crosses seams.

    Attributes
    ----------
    box
        Where it lies.
    members
        Of each piece that has some of it: the piece, and the numbers of its parts there.
    """

    box: Window
    members: tuple[tuple[Window, Integers], ...]


@dataclass(frozen=True, eq=False)
class SplitUp:
    """The objects that one was split into, 1 … n: their sizes, and their first pixels in the image, flat."""

    sizes: Integers
    firsts: Integers


@dataclass(frozen=True)
class Patch:
    """Where it is kept which pixel of a box is of which of the objects that one was split into.

    Attributes
    ----------
    piece, block
        The file and the place in it.
    box
        The pixels.
    """

    piece: Window
    block: int
    box: Window


@dataclass(frozen=True)
class Patches:
    """The patches of objects, kept in a folder: those of a piece in one file."""

    files: PieceFiles

    def write(self, piece: Window, parts: list[Integers]) -> None:
        """Keep those of a piece."""
        try:
            self.files.folder.mkdir(parents=True, exist_ok=True)
            self.files.write(piece, [packed(part.astype(np.uint32)) for part in parts])
        except OSError as error:
            raise explained(self.files.folder, error) from error

    def read(self, patch: Patch) -> Integers:
        """Return one."""
        try:
            (block,) = self.files.blocks(patch.piece, patch.block, patch.block + 1)
            content = unpacked(block, patch.box.size * 4)
        except (OSError, ValueError, RuntimeError) as error:
            raise WriteError(
                f"What was kept in {self.files.folder} is not there, or damaged ({error}). Run it anew "
                "(overwrite=True)."
            ) from error
        return np.frombuffer(content, np.uint32).reshape(patch.box.shape)


@dataclass(frozen=True, eq=False)
class SplitCrossing:
    """Splits objects that cross seams, those whose boxes begin in a piece."""

    store: PieceStore
    patches: Patches
    cutting: Cutting
    shape: tuple[int, ...]
    doing: ClassVar[str] = "splitting objects"

    def __call__(self, part: tuple[Window, tuple[Crossing, ...]]) -> tuple[SplitUp | None, ...]:
        """Return what became of each; None of one that stays whole. Those that do not are kept, in order."""
        piece, crossing = part
        kept: list[Integers] = []
        found = [self._split(one, kept) for one in crossing]
        if kept:
            self.patches.write(piece, kept)
        return tuple(found)

    def _split(self, crossing: Crossing, kept: list[Integers]) -> SplitUp | None:
        around = crossing.box.grown((1,) * len(self.shape), self.shape)
        mask, takes_part = np.zeros(around.shape, bool), np.zeros(around.shape, bool)
        for piece, ids in crossing.members:
            common = piece.common(around)
            assert common is not None  # the box holds all members
            numbers = self.store.read(common)
            where = common.within(around)
            mask[where] = np.isin(numbers & ID, ids)
            takes_part[where] = numbers < MASKED
        parts = split_touching(mask, mask.astype(np.int32), self.cutting.connectivity, self.cutting.spacing)
        if parts.max() == 1:
            return None
        inner = crossing.box.within(around)
        parts = np.where(takes_part, parts, 0)[inner]
        there, parts = np.unique(parts, return_inverse=True)  # those that are left of a piece start late
        parts = parts.reshape(crossing.box.shape) + (there[0] > 0)
        kept.append(parts)
        return self._measured(parts, crossing.box)

    def _measured(self, parts: Integers, box: Window) -> SplitUp:
        flat = parts.reshape(-1)
        inside = np.flatnonzero(flat)[::-1]
        places = [
            at + start for at, start in zip(np.unravel_index(inside, box.shape), box.start, strict=True)
        ]
        firsts = np.full(int(flat.max()) + 1, NOWHERE)
        firsts[flat[inside]] = flat_places(places, self.shape)
        return SplitUp(np.bincount(flat)[1:], firsts[1:])
