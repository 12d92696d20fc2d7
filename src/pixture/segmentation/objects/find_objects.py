"""A foreground -> objects: pieces of each class, numbered in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from pixture import stopping
from pixture.arrays import Array, Integers, Mask
from pixture.errors import ChoiceError, ImageError, ManySpecksWarning, warn
from pixture.imaging.image import Image
from pixture.imaging.physical_space.spacing import checked_spacing
from pixture.parallel import map_slabs
from pixture.segmentation.objects.foreground_classes import checked_foreground, classes_of, refuse_times
from pixture.segmentation.objects.objects import Objects, smallest_unsigned
from pixture.segmentation.objects.objects_of_times import objects_of_times
from pixture.segmentation.objects.pieces import Cutting, Pieces, filled, pieces_of
from pixture.segmentation.sources.image_source import Source, as_image
from pixture.wording import nearest, shown

SPLITS = ("touching", "none")
MANY = 1_000_000
"""Connected pieces above which a person is told: no image has so many things in it."""

Boxes = Sequence[tuple[slice, ...] | None]
"""Where each class lies, with a margin of a pixel; None where it does not occur."""


def find_objects(
    foreground: Any,
    image: Source | None = None,
    *,
    classes: Iterable[int] | Mapping[int, str] | None = None,
    min_size: int | None = None,
    split: str = "touching",
    fill_holes: bool = True,
    connectivity: int | None = None,
    probabilities: npt.ArrayLike | None = None,
    spacing: Iterable[float] | None = None,
    threads: int | None = None,
) -> Objects:
    """Return the objects of a foreground: its connected pieces, split where they touch, numbered.

    Parameters
    ----------
    foreground
        (rows, columns) or (planes, rows, columns): booleans, true in objects; or whole numbers, the class of
        each pixel, 0 for the background. Pieces of different classes are different objects. A
        `Segmentation` stands for its labels and its image.
    image
        What is measured in the objects, of the foreground's shape: a path, an array or an `Image`. Pixels
        that its mask leaves out are background, and in no object. None measures shapes alone.
    classes
        Which numbers of a class map are foreground, or a mapping of them to names; 0 too, if it is named.
        None takes all but 0.
    min_size
        Pixels of the smallest object; smaller ones become background, and are counted in `Objects.dropped`.
        None takes a tenth of the typical object of the same class, which is the one that holds the
        middle pixel of all, objects sorted by size. 0 keeps all.
    split
        "touching" tells objects apart that touch, by a watershed of the distance to the background; a convex
        object stays one. "none" keeps connected pieces whole.
    fill_holes
        Whether background that an object encloses becomes part of it.
    connectivity
        How many coordinates neighbours may differ in: 1 for those with a side in common. None takes as many
        as there are axes: 8 neighbours in a plane, 26 in a volume.
    probabilities
        The probability of the foreground at each pixel, 0 to 1, floats of its shape: necks of doubtful pixels
        split sooner.
    spacing
        Size of a pixel along each axis, in any unit; None takes the image's, or 1. Distances and measures
        respect it.
    threads
        Classes that are worked on at the same time; None takes every processor available. No answer depends
        on it.

    Returns
    -------
    Objects
        `.labels` (uint16, or uint32 where there are more than 65,535), `.count`, `.table()`, `.save(folder)`.

    Raises
    ------
    ImageError
        The foreground holds no whole numbers of 0 and above, or the shapes of what is given differ.
    ChoiceError
        A choice is out of its range.

    Warns
    -----
    ManySpecksWarning
        There are more than a million connected pieces.

    Examples
    --------
    >>> rows, columns = np.mgrid[:30, :50]
    >>> discs = np.hypot(rows - 15, columns - 15) < 10
    >>> discs |= np.hypot(rows - 15, columns - 33) < 10
    >>> found = find_objects(discs)
    >>> found
    <Objects: 2, 50 x 30>
    >>> found.table()[0]["pixels"], find_objects(discs, split="none").count
    (305, 1)
    """
    given = checked_foreground(foreground, classes)
    if image is None and hasattr(foreground, "labels"):
        image = getattr(foreground, "image", None)
    picture = None if image is None else as_image(image)
    if picture is not None and picture.shape != given.shape:
        raise ImageError(
            f"A foreground is of its image's shape, {picture.shape}; got {given.shape}. Bring them to the "
            "same size first."
        )
    if picture is not None and picture.has_times:
        each = partial(
            find_objects,
            classes=classes,
            min_size=min_size,
            split=split,
            fill_holes=fill_holes,
            connectivity=connectivity,
            spacing=spacing,
            threads=threads,
        )
        return objects_of_times(each, given, picture, probabilities)
    refuse_times(given)
    sizes = _spacing(spacing, picture, given.ndim)
    likely = None if probabilities is None else _probabilities(probabilities, given.shape)
    cutting = Cutting(
        checked_split(split),
        checked_connectivity(connectivity, given.ndim),
        checked_min_size(min_size),
        tuple(sizes),
    )
    numbers, of_pixel = classes_of(given, classes, None if picture is None else picture.mask)
    boxes = _boxes(of_pixel, len(numbers))
    if fill_holes:
        _fill(of_pixel, boxes, cutting.connectivity)

    # a dead pixel within an object is filled as a hole while objects are told apart, and then taken out
    kept = None if picture is None else picture.mask

    def work(start: int, stop: int) -> list[Pieces | None]:
        stopping.check()
        return [_pieces(of_pixel, boxes, place, cutting, kept, likely) for place in range(start, stop)]

    made = [found for slab in map_slabs(work, len(numbers), threads=threads, size=1) for found in slab]
    warn_of_specks(sum(found.connected for found in made if found is not None), min_size)
    labels, first = _numbered(of_pixel, boxes, made)
    of_object = numbers[of_pixel.reshape(-1)[first] - 1] if len(first) else numbers[:0]
    return Objects(
        labels=labels,
        image=picture,
        classes=None if given.dtype == bool else of_object,
        class_names=dict(classes) if isinstance(classes, Mapping) else {},
        spacing=cutting.spacing,
        dropped=sum(found.dropped for found in made if found is not None),
        choices={
            "split": split,
            "fill_holes": bool(fill_holes),
            "min_size": min_size,
            "connectivity": cutting.connectivity,
            "probabilities": likely is not None,
        },
    )


def checked_split(split: str) -> bool:
    """Return whether objects that touch are told apart; what is no such choice is refused."""
    if split not in SPLITS:
        raise ChoiceError(
            f"split must be one of {', '.join(SPLITS)}; got {shown(split)}.{nearest(split, SPLITS)}"
        )
    return split == "touching"


def checked_connectivity(connectivity: int | None, dimensions: int) -> int:
    """Return how many coordinates neighbours may differ in; what cannot be is refused."""
    if connectivity is None:
        return dimensions
    if connectivity not in range(1, dimensions + 1):
        raise ChoiceError(
            f"connectivity is how many coordinates neighbours may differ in, 1 to {dimensions} here; got "
            f"{shown(connectivity)}."
        )
    return int(connectivity)


def checked_min_size(min_size: int | None) -> int | None:
    """Return the pixels of the smallest object; what is no such number is refused."""
    whole = isinstance(min_size, int | np.integer) and not isinstance(min_size, bool)
    if min_size is not None and (not whole or min_size < 0):
        raise ChoiceError(
            f"min_size is a number of pixels, 0 or more, or None; got {shown(min_size)}. 0 keeps everything."
        )
    return min_size


def _spacing(spacing: Iterable[float] | None, image: Image | None, dimensions: int) -> tuple[float, ...]:
    if spacing is None:
        known = () if image is None else image.spatial_spacing
        return known if len(known) == dimensions else (1.0,) * dimensions
    return checked_spacing(spacing, "zyx"[-dimensions:])


def _probabilities(given: npt.ArrayLike, shape: tuple[int, ...]) -> Array:
    likely = np.asarray(given)
    if likely.shape != shape or likely.dtype.kind not in "fuib":
        raise ImageError(
            f"Probabilities are numbers of the foreground's shape, {shape}; got {likely.dtype}, shape "
            f"{likely.shape}."
        )
    if not (likely.min() >= 0 and likely.max() <= 1):  # NaN is refused too
        raise ImageError(
            f"Probabilities reach from 0 to 1; got {likely.min():.3g} to {likely.max():.3g}. Divide them by "
            "their largest value, or leave probabilities= away."
        )
    return likely


def _boxes(of_pixel: Integers, count: int) -> Boxes:
    """Return the box of each class with a margin of a pixel, in which all is as in the whole image."""
    found: Boxes = ndimage.find_objects(of_pixel, count)
    return [
        None if box is None else tuple(slice(max(side.start - 1, 0), side.stop + 1) for side in box)
        for box in found
    ]


def _fill(of_pixel: Integers, boxes: Boxes, connectivity: int) -> None:
    """Give holes the class that encloses them; the inner one of two, whose box is the smaller."""
    there = [(of_pixel[box].size, place + 1, box) for place, box in enumerate(boxes) if box is not None]
    for _, number, box in sorted(there, key=lambda each: each[:2]):
        part = of_pixel[box]
        part[filled(part == number, connectivity) & (part == 0)] = number


def _pieces(
    of_pixel: Integers,
    boxes: Boxes,
    place: int,
    cutting: Cutting,
    kept: Mask | None,
    likely: Array | None,
) -> Pieces | None:
    box = boxes[place]
    if box is None:
        return None
    inside, certain = (None if whole is None else whole[box] for whole in (kept, likely))
    return pieces_of(of_pixel[box] == place + 1, cutting, inside, certain)


def _numbered(of_pixel: Integers, boxes: Boxes, made: list[Pieces | None]) -> tuple[Integers, Integers]:
    """Return the labels, 1 … n in the order of each object's first pixel, and the flat places of those."""
    together, count = np.zeros(of_pixel.shape, np.int32), 0
    for box, found in zip(boxes, made, strict=True):
        if box is not None and found is not None:
            np.add(found.numbers, count, out=together[box], where=found.numbers > 0, casting="unsafe")
            count += found.count
    flat = together.reshape(-1)
    inside = np.flatnonzero(flat)
    first = np.full(count + 1, flat.size, np.int64)
    first[flat[inside[::-1]]] = inside[::-1]  # of a number that occurs more than once the last one stays
    order = np.argsort(first, kind="stable")
    order = order[: np.count_nonzero(first < flat.size)]
    table = np.zeros(count + 1, smallest_unsigned(len(order)))
    table[order] = np.arange(1, len(order) + 1)
    return table[together], first[order]


def warn_of_specks(connected: int, min_size: int | None) -> None:
    """Warn where there are so many connected pieces that most are no objects."""
    if connected > MANY:
        warn(
            f"The foreground has {connected:,} connected pieces, most of them specks. If these are no "
            "objects, smooth the image before it is segmented, or give a larger min_size, in pixels "
            f"(got {min_size}).",
            ManySpecksWarning,
        )
