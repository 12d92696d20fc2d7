"""Labels in pieces -> objects, as `find_objects` finds them in the whole image.

The foreground of each piece is labelled by itself, what reaches a seam is joined over it, and what is one is
measured once: sums over the pieces add up. In memory are a few pieces, some numbers an object, and the pixels
along the seams that are near the piece in hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from pixture.arrays import Integers
from pixture.errors import ChoiceError, UnsplitObjectsWarning, warn
from pixture.imaging.image import Image
from pixture.imaging.window import Window
from pixture.scale.sinks.piece_files import PieceFiles
from pixture.scale.sinks.plan import hollow
from pixture.scale.sinks.sink import Sink
from pixture.scale.sources.source import Description, Source
from pixture.scale.stores.piece_store import PieceStore
from pixture.scale.workers import Workers
from pixture.segmentation.large_images.field.field_view import spatial_spacing
from pixture.segmentation.large_images.objects.connecting import ConnectParts, Parts
from pixture.segmentation.large_images.objects.foreground import Foreground, Holes
from pixture.segmentation.large_images.objects.holes import holes_of
from pixture.segmentation.large_images.objects.large_objects import LargeObjects
from pixture.segmentation.large_images.objects.measuring import MeasureObjects, Numbers, measured, reach
from pixture.segmentation.large_images.objects.numbering import (
    Numbered,
    Units,
    crossings,
    numbered,
    units_of,
)
from pixture.segmentation.large_images.objects.seams import Joined, Seams
from pixture.segmentation.large_images.objects.splitting import (
    BYTES_A_PIXEL,
    Crossing,
    Patch,
    Patches,
    SplitCrossing,
    SplitUp,
)
from pixture.segmentation.objects.find_objects import (
    checked_connectivity,
    checked_min_size,
    checked_split,
    warn_of_specks,
)
from pixture.segmentation.objects.object_table import has_row_areas, measured_columns
from pixture.segmentation.objects.objects import smallest_unsigned
from pixture.segmentation.objects.pieces import Cutting
from pixture.wording import plural

SPLIT_MEMORY = 2**29
"""Bytes that splitting one object that crosses seams may take."""


class OpenNumbers(Protocol):
    """Opens what the numbers of objects are written to."""

    def __call__(self, dtype: np.dtype[Any], /) -> Sink | None:
        """Return it, for numbers of a type; None writes none."""


@dataclass(frozen=True, eq=False)
class LabelsInPieces:
    """Labels that were kept piece by piece, and which of them are foreground.

    Attributes
    ----------
    labels
        Where they are kept, by the pieces of the source.
    classes
        The labels of the foreground, each with its name.
    masked
        The label of pixels that take no part; None where there are none.
    masked_pixels
        How many these are.
    """

    labels: PieceStore
    classes: Mapping[int, str]
    masked: int | None = None
    masked_pixels: int = 0


@dataclass(frozen=True, eq=False)
class _Work:
    """What all steps rest on."""

    source: Source
    workers: Workers
    foreground: Foreground
    cutting: Cutting
    windows: tuple[Window, ...]
    store: PieceStore
    patches: Patches = field(repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.source.description.shape


def objects_of_pieces(
    source: Source,
    given: LabelsInPieces,
    workers: Workers,
    folder: Path,
    open_numbers: OpenNumbers,
    *,
    min_size: int | None = None,
    split: str = "touching",
    fill_holes: bool = True,
    connectivity: int | None = None,
    memory: int = SPLIT_MEMORY,
    strides: tuple[int, ...] = (),
) -> LargeObjects:
    """Return the objects of a foreground, and write their numbers, as `find_objects` does in memory.

    Parameters
    ----------
    source
        What is measured in them.
    given
        The labels, and which of them are foreground.
    workers
        Who goes through the pieces: twice or three times, the image's own pixels once.
    folder
        Where parts are kept meanwhile, 4 bytes a pixel, packed; it is not removed. All workers see it.
    open_numbers
        Called once, when it is known how many objects there are.
    min_size, split, fill_holes, connectivity
        As in `find_objects`.
    memory
        Bytes that splitting one object may take that crosses seams: those too large for it stay whole.
    strides
        Along each axis one in how many numbers is kept to look at; of an image in a plane.

    Raises
    ------
    ChoiceError
        A choice is out of its range, or the image has times.

    Warns
    -----
    ManySpecksWarning
        As in `find_objects`.
    UnsplitObjectsWarning
        Some objects were too large to be split.
    """
    description = source.description
    if "t" in description.axes:
        raise ChoiceError(
            "Objects of several times are found in memory alone: give one time after the other "
            "(--frame), or more memory (--memory)."
        )
    axes, spacing = len(description.shape), spatial_spacing(description)
    reaching = checked_connectivity(connectivity, axes)
    cutting = Cutting(checked_split(split), reaching, checked_min_size(min_size), spacing)
    foreground = Foreground(
        given.labels, tuple(sorted(given.classes)), given.masked, reaching, description.shape
    )
    store = PieceStore(folder / "parts", description.pieces, np.dtype(np.uint32))
    patches = Patches(PieceFiles(folder / "split"))
    work = _Work(source, workers, foreground, cutting, description.pieces, store, patches)
    holes = holes_of(foreground, work.windows, workers) if fill_holes else [Holes()] * len(work.windows)
    parts, joined = _connected(work, holes)
    warn_of_specks(sum(one.closed for one in parts) + sum(one.count for one in joined), min_size)
    units = units_of(parts, joined, axes)
    del parts
    at: dict[int, Patch] = {}
    split_up: dict[int, SplitUp] = {}
    whole = 0
    if cutting.split:
        at, split_up, whole = _split_up(work, units, memory // BYTES_A_PIXEL)
    found = numbered(units, split_up, min_size)
    dtype = np.dtype(smallest_unsigned(found.count))
    glimpse = _glimpse(description.shape, strides)
    measure = MeasureObjects(source, store, patches, open_numbers(dtype), dtype, strides)
    like = hollow_image(description)
    measures = measured(
        workers.each(measure, _numbers(work, units, found, at)),
        found.count,
        spacing,
        glimpse,
        by_row=like.spacing == spacing and has_row_areas(like),
    )
    classes = np.array(foreground.classes)[found.places - 1]
    return LargeObjects(
        measured_columns(measures, like, spacing, classes, given.classes),
        spacing,
        found.dropped,
        {
            "split": split,
            "fill_holes": bool(fill_holes),
            "min_size": min_size,
            "connectivity": reaching,
            "probabilities": False,
        },
        dict(given.classes),
        description.size - given.masked_pixels,
        glimpse,
        whole,
    )


def _connected(work: _Work, holes: Sequence[Holes]) -> tuple[list[Parts], list[Joined]]:
    """Return the parts of each piece, and of each class which that reach seams are one."""
    seams = [Seams(work.shape, work.foreground.connectivity) for _ in work.foreground.classes]
    connect = ConnectParts(work.foreground, work.store, work.cutting)
    parts: list[Parts] = []
    given = list(zip(work.windows, holes, strict=True))
    for number, one in enumerate(work.workers.each(connect, given)):
        for seam, shell in zip(seams, one.shells, strict=True):
            seam.add(number, work.windows[number], shell)
        parts.append(one.without_shells())
    return parts, [seam.joined() for seam in seams]


def _split_up(work: _Work, units: Units, most: int) -> tuple[dict[int, Patch], dict[int, SplitUp], int]:
    """Return where it is kept how each group is split that is, what it is split into; how many cannot be."""
    tasks: dict[Window, list[tuple[int, Crossing]]] = {}
    count = 0
    for group, crossing in crossings(units, work.windows, most):
        (piece, *_) = work.store.pieces_over(
            Window(crossing.box.start, tuple(at + 1 for at in crossing.box.start))
        )
        tasks.setdefault(piece, []).append((group, crossing))
        count += 1
    whole = units.groups - count
    if whole:
        warn(
            f"{plural(whole, 'object')} whose box has more than {most:,} pixels stayed whole, though some "
            "may touch others: splitting them takes more memory than was given.",
            UnsplitObjectsWarning,
        )
    given = [(piece, tuple(crossing for _, crossing in these)) for piece, these in tasks.items()]
    split = SplitCrossing(work.store, work.patches, work.cutting, work.shape)
    at: dict[int, Patch] = {}
    found: dict[int, SplitUp] = {}
    done = work.workers.each(split, given) if given else iter(())
    for (piece, these), made in zip(tasks.items(), done, strict=True):
        kept = [(group, crossing.box, one) for (group, crossing), one in zip(these, made, strict=True)]
        for block, (group, box, one) in enumerate(each for each in kept if each[2] is not None):
            assert one is not None
            at[group], found[group] = Patch(piece, block, box), one
    return at, found, whole


def _numbers(work: _Work, units: Units, found: Numbered, at: Mapping[int, Patch]) -> list[Numbers]:
    """Return of each piece what says which objects its parts are, and those in reach."""
    none = np.zeros(1, np.uint32)
    of_piece = {
        window: np.concatenate([none, found.of_units[begin:end]])
        for window, (begin, end) in zip(work.windows, pairwise(units.begins), strict=True)
    }
    around = {window: reach(window, work.shape) for window in work.windows}
    patches: dict[Window, list[tuple[Patch, Integers]]] = {window: [] for window in work.windows}
    for group, patch in at.items():
        numbers = np.concatenate([none, found.of_split[group]])
        for window in work.store.pieces_over(reach(patch.box, work.shape)):
            if around[window].common(patch.box) is not None:
                patches[window].append((patch, numbers))
    return [
        Numbers(
            window,
            tuple((piece, of_piece[piece]) for piece in work.store.pieces_over(around[window])),
            tuple(patches[window]),
        )
        for window in work.windows
    ]


def _glimpse(shape: tuple[int, ...], strides: tuple[int, ...]) -> Integers | None:
    if not strides:
        return None
    return np.zeros(
        tuple(-(-length // stride) for length, stride in zip(shape, strides, strict=True)), np.uint32
    )


def hollow_image(description: Description) -> Image:
    """Return an image as tables ask for it: all but its pixels."""
    shape = description.shape
    if description.axes.endswith("c"):
        shape = (*shape, description.channels)
    return Image(
        hollow(shape, description.dtype),
        description.axes,
        description.spacing,
        unit=description.unit,
        channel_names=description.channel_names,
        place=description.place,
    )
