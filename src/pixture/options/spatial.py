"""How neighbouring pixels come to agree on their labels."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.options.kinds import Name, Number, NumberOr, Whole
from pixture.options.option import Group, Options, described, option

OFF, LIGHT, AUTO = "off", "light", "auto"
MEAN_FIELD, ICM = "mean-field", "icm"


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

    smooth: float | str = option(
        OFF,
        "Make neighbouring pixels agree: off; light, specks go; auto, or a strength such as 4, the mixture "
        "is fitted so that they agree.",
        NumberOr(Number(least=0), Name((OFF, LIGHT, AUTO))),
        more="Where all neighbours of a pixel have a label, a strength s makes its odds e^s times as high; "
        '"auto" estimates it from the image.',
        metavar="S|light|auto",
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
        "most probable label.",
        Name((MEAN_FIELD, ICM)),
        metavar="NAME",
        group=Group.FIND,
    )

    @property
    def is_off(self) -> bool:
        """Whether each pixel is labelled by its value alone."""
        return self.smooth in (OFF, 0.0)


WITHOUT_NEIGHBOURS = Spatial()
"""Each pixel is labelled by its value alone."""
