"""What a person knows of an image beside its values: pixels marked by hand, a box around an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pixture.errors import ChoiceError
from pixture.options.kinds import Number, Place, WholeTuple
from pixture.options.option import Group, Options, described, option

BOX = WholeTuple(("TOP", "LEFT", "BOTTOM", "RIGHT"), ("FRONT", "TOP", "LEFT", "BACK", "BOTTOM", "RIGHT"))
"""The values that a box may have: two corners of an image, or of a volume."""


@described
@dataclass(frozen=True)
class Guidance(Options):
    """What a person knows of an image beside its values.

    >>> Guidance(box="10,20,110,220").box
    (10, 20, 110, 220)
    >>> Guidance(scribbles="marks.png", certainty=2)
    Traceback (most recent call last):
        ...
    pixture.errors.ChoiceError: certainty must be above 0 and at most 1; got 2.
    """

    scribbles: Any = option(
        None,
        "Image of the same size that marks some pixels as classes 1, 2, ...; 0 is unknown. With it, "
        "components are those of each class.",
        Place(),
        more="A path, an array of whole numbers, or an `Image`. Label 0 is class 1. Other numbers, and the "
        "colours of a picture, are classes in ascending order; black and transparent pixels are unknown.",
        metavar="FILE",
        shown_default="none",
        group=Group.FIND,
    )
    box: Any = option(
        None,
        "TOP,LEFT,BOTTOM,RIGHT of a box that holds the whole object: what is outside is background, label 0.",
        BOX,
        more="Rows TOP to BOTTOM - 1, columns LEFT to RIGHT - 1, counted from 0, as in "
        "`image[top:bottom, left:right]`; of a volume FRONT,TOP,LEFT,BACK,BOTTOM,RIGHT. Scribbles of classes "
        "1 (background) and 2 (object) may be given besides.",
        metavar="T,L,B,R",
        shown_default="none",
        group=Group.FIND,
    )
    certainty: float = option(
        1.0,
        "Probability that a mark is right: with 1 marked pixels keep their class, with less they may not.",
        Number(above=0),
        metavar="P",
        group=Group.FIND,
    )

    def __post_init__(self) -> None:
        """Refuse what is no probability, and one of no marks."""
        super().__post_init__()
        if self.certainty > 1:
            raise ChoiceError(f"certainty must be above 0 and at most 1; got {self.certainty:g}.")
        if self.certainty < 1 and not self.marks:
            raise ChoiceError("A certainty goes with scribbles or a box, and none was given.")

    @property
    def marks(self) -> bool:
        """Whether some pixels are marked."""
        return self.scribbles is not None or self.box is not None


UNGUIDED = Guidance()
"""Nothing is known but values."""
