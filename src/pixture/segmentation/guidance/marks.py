"""What is marked in an image, by scribbles and by a box: which pixels are of which class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pixture.arrays import Integers
from pixture.errors import ChoiceError, ImageError
from pixture.files.input_files import Inputs
from pixture.imaging.image import Image
from pixture.options.guidance import Guidance
from pixture.segmentation.field.evidence import Evidence
from pixture.segmentation.guidance.box import inside
from pixture.segmentation.guidance.scribbles import opened, scribbles_of
from pixture.segmentation.posterior.pixel_posterior import Groups
from pixture.wording import plural

IMPOSSIBLE = -1e9
"""The logarithm of a probability of 0: no density of a value makes up for it."""

NOTHING = 0
"""Coupling across the strongest contrast: specks are no danger where a person said what to look for, and the
outline of an object is where neighbours differ most (Boykov and Jolly 2001)."""

BACKGROUND, OBJECT = 1, 2
"""The classes of a box."""

NAMES = ("background", "object")
"""What the labels are called where there is a box."""


@dataclass(frozen=True, eq=False)
class Marks:
    """Which pixels are marked as which class.

    Attributes
    ----------
    classes
        Of the image's shape: 0 where nothing is known, c where class c is marked; its label is c - 1.
    start
        The same, with what a class's mixture starts from besides: the object's from all that a box holds.
    marks
        What each class was marked by: a number, a colour such as "#ff0000", or a box.
    certainty
        The probability that a mark is right.
    box
        The box, where there is one.
    inputs
        The files that the marks were read from.
    """

    classes: Integers
    start: Integers
    marks: tuple[str, ...]
    certainty: float
    box: tuple[int, ...] | None
    inputs: Inputs

    def __repr__(self) -> str:
        marked = plural(int(self.pixels.sum()), "pixel")
        return f"<Marks: {marked} of {len(self.marks)} classes, certainty {self.certainty:g}>"

    @property
    def pixels(self) -> Integers:
        """How many pixels of each class are marked, (classes,)."""
        return np.bincount(self.classes.ravel(), minlength=len(self.marks) + 1)[1:]

    @property
    def in_words(self) -> str:
        """In a few words, such as "marks of 3 classes"."""
        by_box = "" if self.box is None else " by a box"
        certainty = "" if self.certainty == 1 else f" with certainty {self.certainty:g}"
        return f"marks of {len(self.marks)} classes{by_box}{certainty}"

    def evidence(self, groups: Groups) -> Evidence:
        """Return what the marks say of each pixel's label, whose components are `groups`.

        A mark is right with the probability p, the certainty, and any other class with (1 - p) / (C - 1).
        Classes are equally probable before a value is seen: how many pixels were marked says nothing of it.
        """
        count, p = len(self.marks), self.certainty
        other = np.log((1 - p) / (count - 1)) if p < 1 else IMPOSSIBLE
        values = np.full((count, *self.classes.shape), other, np.float32)
        values[:, self.classes == 0] = 0
        for c in range(count):
            values[c][self.classes == c + 1] = np.log(p)
        return Evidence(values, groups, weighted=False, across=NOTHING)

    def as_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "files": [str(path) for path in self.inputs.paths],
            "box": None if self.box is None else list(self.box),
            "certainty": self.certainty,
            "classes": [
                {"label": label, "mark": mark, "pixels": int(pixels)}
                for label, (mark, pixels) in enumerate(zip(self.marks, self.pixels, strict=True))
            ],
        }


def with_opened(guidance: Guidance) -> tuple[Guidance, Inputs]:
    """Return a guidance whose files are read, once for all images, and these files.

    Raises
    ------
    ReadError
        One cannot be read.
    """
    if guidance.scribbles is None:
        return guidance, Inputs()
    scribbles = opened(guidance.scribbles)
    return replace(guidance, scribbles=scribbles), scribbles.inputs if isinstance(
        scribbles, Image
    ) else Inputs()


def marks_of(guidance: Guidance, image: Image) -> Marks:
    """Return what a guidance marks in an image.

    Raises
    ------
    ReadError, ImageError
        The scribbles cannot be read, have another shape, or mark fewer than two classes.
    ChoiceError
        The box is none in the image, or the certainty is that of a guess.
    """
    classes: Integers = np.zeros(image.shape, np.intp)
    marks: tuple[str, ...] = ()
    inputs = Inputs()
    if guidance.scribbles is not None:
        found = scribbles_of(guidance.scribbles, image.shape, beside_box=guidance.box is not None)
        classes, marks, inputs = found.classes.copy(), found.marks, found.inputs
    start = classes
    if guidance.box is not None:
        within = inside(guidance.box, image.shape)
        if (classes[~within] == OBJECT).any():
            raise ImageError(
                "The scribbles mark pixels of the object (2) outside of the box; make it larger."
            )
        classes[~within] = BACKGROUND
        start, marks = np.where(classes == 0, OBJECT, classes), ("outside of the box", "inside of the box")
    if image.mask is not None:
        classes, start = (np.where(image.mask, which, 0) for which in (classes, start))
    made = Marks(classes, start, marks, guidance.certainty, guidance.box, inputs)
    _refuse_empty(made)
    if guidance.certainty * len(marks) <= 1:
        raise ChoiceError(
            f"A certainty of {guidance.certainty:g} makes marks of {len(marks)} classes no better than a "
            f"guess; give more than {1 / len(marks):.3g}."
        )
    left = (classes == 0) if image.mask is None else (classes == 0) & image.mask
    if guidance.certainty == 1 and not left.any():
        raise ImageError(
            "Every pixel is marked, so nothing is left to find: 0 (black, transparent) is what is not known."
        )
    return made


def _refuse_empty(marks: Marks) -> None:
    """Refuse marks of which a class has none left: they were on masked pixels."""
    there: Integers = np.bincount(marks.start.ravel(), minlength=len(marks.marks) + 1)[1:]
    absent = np.flatnonzero(there == 0)
    if not absent.size:
        return
    which = marks.marks[int(absent[0])]
    if marks.box is None:
        which = f"what is marked as class {int(absent[0]) + 1} ({which})"
    raise ImageError(f"The mask leaves no pixel of {which}; mark some that take part, or change the mask.")
