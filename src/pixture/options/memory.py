"""How much memory a run may take, and what it would cost."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.options.kinds import Bytes, Flag
from pixture.options.option import Group, Options, described, option

LEAST = 300_000_000
"""Bytes that the program takes by itself, with a piece of an image."""


@described
@dataclass(frozen=True)
class Memory(Options):
    """How much memory a run may take, and what it would cost.

    >>> Memory("1GB").memory
    1000000000
    >>> Memory("a lot")
    Traceback (most recent call last):
        ...
    pixture.errors.ChoiceError: memory: 'a lot' is no size of memory; give one such as 1GB, 512MB or 1.5GiB.
    """

    memory: int | None = option(
        None,
        "Memory that a run may take, such as 1GB: an image that would take more is gone through piece by "
        "piece.",
        Bytes(LEAST),
        more="The labels, or the regions, are those of the whole image.",
        metavar="SIZE",
        shown_default="half of what is available",
        group=Group.RUN,
    )
    dry_run: bool = option(
        False,
        "Say what it would cost: passes, time, memory, size of the results; write nothing.",
        Flag(),
        group=Group.RUN,
    )


HALF_OF_IT = Memory()
"""What holds where nothing is asked for."""
