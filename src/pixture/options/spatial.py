"""How neighbouring pixels come to agree on their labels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pixture.options.kinds import Name, Number, NumberOr, Whole
from pixture.options.option import Group, Options, described, option

OFF, LIGHT, AUTO = "off", "light", "auto"
MEAN_FIELD, ICM, CUT = "mean-field", "icm", "cut"

GUIDED = 4.0
"""The strength where pixels are marked by hand and none is asked for."""


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
        shown_default="off; 4 with scribbles or a box",
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

    inference: str = option(
        MEAN_FIELD,
        "How labels are found while neighbours agree: mean-field, as probabilities; icm, each pixel has its "
        "most probable label; cut, of two labels, the most probable labelling of all.",
        Name((MEAN_FIELD, ICM, CUT)),
        metavar="NAME",
        group=Group.FIND,
    )

    @property
    def is_off(self) -> bool:
        """Whether each pixel is labelled by its value alone."""
        return self.smooth in (None, OFF, 0.0)

    def resolved(self, *, guided: bool) -> Spatial:
        """Return it with the strength that is taken where none is asked for.

        >>> Spatial().resolved(guided=True).smooth, Spatial("off").resolved(guided=True).smooth
        (4.0, 'off')
        """
        return self if self.smooth is not None else replace(self, smooth=GUIDED if guided else OFF)


WITHOUT_NEIGHBOURS = Spatial()
"""Each pixel is labelled by its value alone."""
