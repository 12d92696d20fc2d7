"""How several times are fitted."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.options.kinds import Flag
from pixture.options.option import Group, Options, described, option


@described
@dataclass(frozen=True)
class Times(Options):
    """How the times of a series are fitted.

    >>> Times().per_time
    False
    """

    per_time: bool = option(
        False,
        "Fit a mixture to each time of a series, from that of the time before: label 3 stays label 3.",
        Flag(),
        more="Without it, one mixture is fitted to all times together.",
        group=Group.FIT,
    )


ONE_FOR_ALL = Times()
"""One mixture for all times."""
