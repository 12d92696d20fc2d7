"""Which part of a file to read."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.options.axes import Axes
from pixture.options.free_text import Text, Texts
from pixture.options.kinds import Flag, Whole
from pixture.options.option import Group, Options, described, option


@described
@dataclass(frozen=True)
class Reading(Options):
    """Which part of a file is read; by default all of its first image, in full size.

    >>> Reading(channels=("red", 4)).channels, Reading(level=1).level
    (('red', '4'), 1)
    """

    channels: tuple[str, ...] | None = option(
        None,
        "Channels to take, in this order: their names, or their numbers from 1, such as 4,3,2 or nir,red.",
        Texts(),
        more="None takes all.",
        metavar="LIST",
        shown_default="all",
        group=Group.READ,
    )
    scene: str | None = option(
        None,
        "Which image of a file that holds several: its number from 1, its name, or its path (HDF5, Zarr); "
        "scenes, series, datasets.",
        Text(),
        more="None takes the first.",
        metavar="NAME",
        shown_default="the first",
        group=Group.READ,
    )
    level: int = option(
        0,
        "Which level of a pyramid; 0 is the full size.",
        Whole(0),
        metavar="N",
        group=Group.READ,
    )
    time: int | None = option(
        None,
        "Which of several times, from 1.",
        Whole(1),
        more="None takes all.",
        metavar="N",
        shown_default="all",
        group=Group.READ,
    )
    slice: int | None = option(
        None,
        "Which plane of a volume, from 1.",
        Whole(1),
        more="None takes all.",
        metavar="N",
        shown_default="all",
        group=Group.READ,
    )
    stack: bool = option(
        False,
        "A folder of images is one volume, its planes in the order of their names.",
        Flag(),
        group=Group.READ,
    )
    axes: str | None = option(
        None,
        "Axes of an array in a file that does not say them (NumPy, MATLAB, HDF5, Zarr): a letter an axis, in "
        "the file's order, such as zyx, cyx or yxc; y rows, x columns, z planes, t times, c channels.",
        Axes(),
        more="None takes what the file says, and else what the shape leaves no doubt of. Files of other "
        "formats say theirs.",
        metavar="LETTERS",
        shown_default="what the file says",
        group=Group.READ,
    )


NO_CHOICE = Reading()
