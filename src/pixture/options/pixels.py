"""Which pixels take part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pixture.errors import ChoiceError
from pixture.options.kinds import Number, Place
from pixture.options.option import Group, Options, described, option


@described
@dataclass(frozen=True, eq=False)
class Pixels(Options):
    """Which pixels of an image take part; by default all that have a value.

    >>> Pixels(mask_threshold=128)
    Traceback (most recent call last):
        ...
    pixture.errors.ChoiceError: A mask threshold goes with a mask, and none was given.
    """

    mask: Any = option(
        None,
        "Image of the same size: pixels where it is zero in every channel are left out.",
        Place(),
        more="So are those where it is transparent, without data or NaN. A path, an array or an `Image`; "
        "None uses every pixel (but transparent and non-finite ones).",
        metavar="FILE",
        group=Group.FIND,
    )
    mask_threshold: float | None = option(
        None,
        "Smallest value of the mask that keeps a pixel; for masks from lossy files (JPEG).",
        Number(),
        more="None keeps all that are not zero. For maps of probabilities too.",
        metavar="T",
        shown_default="every value but 0",
        group=Group.FIND,
    )

    def __post_init__(self) -> None:
        """Refuse a threshold of no mask."""
        super().__post_init__()
        if self.mask is None and self.mask_threshold is not None:
            raise ChoiceError("A mask threshold goes with a mask, and none was given.")
