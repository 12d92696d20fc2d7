"""How neighbouring pixels come to agree on their labels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pixture.options.kinds import Name, Number, NumberOr, Whole
from pixture.options.option import Group, Options, described, option

OFF, LIGHT, AUTO = "off", "light", "auto"
MEAN_FIELD, ICM, CUT = "mean-field", "icm", "cut"

GUIDED = 340.0
"""The strength where pixels are marked by hand and none is asked for: 50 (4 + 2 √2), the 50 of GrabCut for
each of eight neighbours, along a diagonal less (Rother, Kolmogorov and Blake 2004)."""


@described
@dataclass(frozen=True)
class Spatial(Options):
    """How neighbouring pixels come to agree on their labels.

    >>> Spatial("Light").smooth
    'light'
    >>> Spatial(-1)
    Traceback (most recent call last):
        ...
    pixture.errors.ChoiceError: smooth must be a finite number of at least 0; got -1.
    """

    smooth: float | str | None = option(
        None,
        "Make neighbouring pixels agree: off; light, specks go; auto, or a strength such as 4, the mixture "
        "is fitted so that they agree.",
        NumberOr(Number(least=0), Name((OFF, LIGHT, AUTO))),
        more="Where all neighbours of a pixel have a label, a strength s makes its odds e^s times as high; "
        '"auto" estimates it from the image.',
        metavar="S|light|auto",
        shown_default="light; 340 with scribbles or a box, off with prior maps",
        group=Group.FIND,
    )
    neighbours: int | None = option(
        None,
        "Neighbours that count: 4 or 8, in volumes 6, 18 or 26.",
        Whole(1),
        metavar="N",
        shown_default="8; in volumes 6",
        group=Group.FIND,
    )

    inference: str | None = option(
        None,
        "How labels are found while neighbours agree: mean-field, as probabilities; icm, each pixel has its "
        "most probable label; cut, of two labels, the most probable labelling of all.",
        Name((MEAN_FIELD, ICM, CUT)),
        metavar="NAME",
        shown_default="mean-field; cut with scribbles of two classes or a box",
        group=Group.FIND,
    )

    @property
    def is_off(self) -> bool:
        """Whether each pixel is labelled by its value alone."""
        return self.smooth in (OFF, 0.0)

    @property
    def is_light(self) -> bool:
        """Whether only labels are smoothed, the mixture staying as it is; so it is where nothing is said."""
        return self.smooth in (None, LIGHT)

    def resolved(self, labels: int) -> Spatial:
        """Return it with what is taken of marked pixels, of so many labels, where nothing is asked for.

        >>> Spatial().resolved(labels=2)
        Spatial(smooth=340.0, neighbours=None, inference='cut')
        >>> Spatial("off").resolved(labels=3)
        Spatial(smooth='off', neighbours=None, inference='mean-field')
        """
        smooth = GUIDED if self.smooth is None else self.smooth
        inference = self.inference or (CUT if labels == 2 else MEAN_FIELD)
        return replace(self, smooth=smooth, inference=inference)


USUAL = Spatial()
"""What is done where nothing is asked for."""
