"""What strokes and a box say to a segmentation; a small one of every n-th pixel, to be seen at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pixture.arrays import Array, Integers
from pixture.errors import ChoiceError, PixtureError
from pixture.imaging.display.thumbnail import thumbnail
from pixture.imaging.image import Image
from pixture.options.classes import Classes
from pixture.options.guidance import UNGUIDED, Guidance
from pixture.options.method import Method
from pixture.segmentation.segment import segment_image
from pixture.studio.marks.rasterising import rasterised
from pixture.studio.marks.strokes import Drawn
from pixture.studio.session.document import OpenedImage

MEMORY = "marks"
"""Under which name a session keeps what was made of the strokes."""

MOST_PREVIEWED = 40_000
"""Pixels of the segmentation that is seen first: it takes less than a tenth of a second."""


@dataclass(frozen=True, eq=False)
class Marked:
    """What is marked in an image, as a segmentation takes it.

    Attributes
    ----------
    classes
        Of the image's shape, uint8: 0 where nothing is drawn.
    numbers
        The classes that have marks, ascending: label 0 of the segmentation is the first of them.
    """

    classes: Array
    numbers: tuple[int, ...]


def marked(drawn: Drawn, opened: OpenedImage, before: tuple[Drawn, Marked] | None = None) -> Marked:
    """Return what is drawn on an image as classes of its pixels.

    `before` is what was drawn before, and what was made of it: where strokes came in after those, only they
    are drawn.

    Raises
    ------
    ChoiceError
        A stroke is on a plane that there is not.
    """
    shape, planes = opened.image.shape, opened.planes
    strokes, there = drawn.strokes, None
    if before is not None and before[1].classes.shape == shape:
        earlier = before[0].strokes
        if strokes[: len(earlier)] == earlier:
            strokes, there = strokes[len(earlier) :], before[1].classes
    classes = np.zeros(shape, np.uint8) if there is None else there.copy()
    of_planes = classes.reshape(planes, *shape[-2:])
    for stroke in strokes:
        if stroke.plane >= planes:
            raise ChoiceError(f"A stroke is on plane {stroke.plane}; the image has {planes:,}, from 0 on.")
    for plane in sorted({stroke.plane for stroke in strokes}):
        own = [stroke for stroke in strokes if stroke.plane == plane]
        of_planes[plane] = rasterised(own, (shape[-2], shape[-1]), over=of_planes[plane])
    counts = np.bincount(classes.reshape(-1), minlength=2)
    return Marked(classes, tuple(int(one) for one in np.flatnonzero(counts) if one > 0))


def marks_in(memory: dict[str, Any], drawn: Drawn, opened: OpenedImage) -> Marked:
    """Return what is drawn as classes of pixels; the last answer is kept, and drawn on."""
    kept: tuple[int, Drawn, Marked] | None = memory.get(MEMORY)
    if kept is not None and kept[0] == opened.number and kept[1] == drawn:
        return kept[2]
    before = None if kept is None or kept[0] != opened.number else (kept[1], kept[2])
    there = marked(drawn, opened, before)
    memory[MEMORY] = (opened.number, drawn, there)
    return there


def refuse_large(opened: OpenedImage, what: str, instead: str) -> None:
    """Refuse what needs all pixels at once in an image that is larger than memory.

    Raises
    ------
    ChoiceError
        It is one.
    """
    if opened.large is not None:
        raise ChoiceError(f"The image is larger than memory, so the studio {what}. {instead}")


def says_enough(drawn: Drawn, there: Marked) -> bool:
    """Whether an image can be segmented by what is drawn: two classes, or a box."""
    return len(there.numbers) > 1 or drawn.box is not None


def guidance_of(drawn: Drawn, there: Marked) -> Guidance:
    """Return what a segmentation is told; nothing where that is too little.

    Classes are numbered anew, so that there is none without marks.

    Raises
    ------
    ChoiceError
        There is a box, and classes other than 1 and 2 are drawn; or a box on an image that has times.
    """
    if not says_enough(drawn, there):
        return UNGUIDED
    if drawn.box is None:
        table: Integers = np.zeros(256, np.uint8)
        table[list(there.numbers)] = np.arange(1, len(there.numbers) + 1)
        return Guidance(table[there.classes], certainty=drawn.certainty)
    if not set(there.numbers) <= {1, 2}:
        raise ChoiceError(
            "Beside a box there are two classes: 1, the background, and 2, the object. Take the strokes of "
            "the others away, or the box."
        )
    return Guidance(
        there.classes if there.numbers else None, box_of(drawn.box, there.classes.shape), drawn.certainty
    )


def box_of(box: tuple[int, int, int, int], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a box as `Guidance` takes it: of a volume it goes through all planes.

    >>> box_of((1, 2, 3, 4), (9, 10, 10))
    (0, 1, 2, 9, 3, 4)
    """
    if len(shape) == 2:
        return box
    if len(shape) > 3:
        raise ChoiceError("A box goes with an image or a volume, and not with several times of one.")
    return (0, *box[:2], shape[0], *box[2:])


def called(classes: Classes, drawn: Drawn, there: Marked) -> Classes:
    """Return classes with the names that were given to those that are marked, unless they have names."""
    given = [drawn.names[number - 1] if number <= len(drawn.names) else "" for number in there.numbers]
    if drawn.box is not None or classes.names is not None or not any(given):
        return classes
    named = [name or f"class {number}" for name, number in zip(given, there.numbers, strict=True)]
    return replace(classes, names=",".join(name.replace(",", " ") for name in named))


def preview(drawn: Drawn, opened: OpenedImage, method: Method) -> Array | None:
    """Return labels of every n-th pixel of an image, uint8, 255 where masked, found in a moment.

    None where the image is small enough, is a volume, or where so few pixels do not tell what to do.
    """
    image = opened.image
    if opened.planes > 1 or image.size <= MOST_PREVIEWED:
        return None
    small = thumbnail(image, MOST_PREVIEWED)
    if small is image:
        return None
    step = -(-image.shape[1] // small.shape[1])
    there = Marked(*_few(drawn, small, step))
    try:
        guidance = _scaled(guidance_of(drawn, there), small, step)
        found = segment_image(small, replace(method, guidance=guidance))
    except PixtureError:  # the whole image is asked next, and says why
        return None
    labels = found.labels
    return np.ascontiguousarray(labels) if labels.dtype == np.uint8 else None


def _few(drawn: Drawn, small: Image, step: int) -> tuple[Array, tuple[int, ...]]:
    classes = rasterised(drawn.strokes, (small.shape[0], small.shape[1]), step=step)
    return classes, tuple(int(one) for one in np.unique(classes) if one > 0)


def _scaled(guidance: Guidance, small: Image, step: int) -> Guidance:
    """Return a guidance whose box is one of the small image."""
    if guidance.box is None:
        return guidance
    top, left, bottom, right = guidance.box
    box = (top // step, left // step, -(-bottom // step), -(-right // step))
    return replace(guidance, box=(*box[:2], min(box[2], small.shape[0]), min(box[3], small.shape[1])))
