"""How a command runs, and what it says."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.options.kinds import Flag, Whole
from pixture.options.option import Group, Options, described, option


@described
@dataclass(frozen=True)
class Running(Options):
    """How a command runs, and what it says."""

    json: bool = option(
        False,
        "Print the results as JSON, and nothing else, on stdout.",
        Flag(),
        group=Group.RUN,
    )
    quiet: bool = option(False, "Print nothing but errors.", Flag(), short="-q", group=Group.RUN)
    max_pixels: int | None = option(
        None,
        "Refuse images with more pixels than this, as damaged or made to exhaust memory.",
        Whole(1),
        metavar="N",
        shown_default="179 million",
        group=Group.RUN,
        in_python="PIL.Image.MAX_IMAGE_PIXELS",
    )
    debug: bool = option(False, "Show where in the program an error arose.", Flag(), group=Group.RUN)
