"""What is known of a scan, as by magnetic resonance: where its classes may be, and uneven brightness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pixture.options.kinds import Flag, Place
from pixture.options.option import Group, Options, described, option


@described
@dataclass(frozen=True, eq=False)
class Scan(Options):
    """What is known of a scan: probability maps of its classes, and whether it is unevenly bright.

    >>> Scan(bias=True).bias
    True
    """

    prior: Any = option(
        None,
        "Probability maps of the classes, one for each component, with commas between the files: they take "
        "the place of the weights, and label 0 is the first.",
        Place(),
        more="Paths, arrays or `Image` objects of the image's size, or one array of all. Maps "
        "of integers are taken as shares of the largest value that their type has.",
        metavar="FILE,FILE,...",
        shown_default="none",
        group=Group.FIND,
    )
    bias: bool = option(
        False,
        "Estimate a smooth factor by which the image is brighter here and darker there (the bias field of "
        "magnetic resonance, uneven light), and segment the image without it.",
        Flag(),
        group=Group.FIND,
    )


NO_SCAN = Scan()
"""Nothing is known."""
