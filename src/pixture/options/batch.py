"""How several files are gone through."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.options.kinds import Flag, Name, NameList, Whole, WholeOr
from pixture.options.option import Group, Options, described, option

AUTO_JOBS = "auto"
"""As many processes as there are processors."""

CSV, JSONL = "csv", "jsonl"
"""What a summary of all images can be written in."""


@described
@dataclass(frozen=True)
class Batch(Options):
    """How several files are gone through.

    >>> Batch(jobs="auto").jobs, Batch().summary
    ('auto', ('csv',))
    """

    recursive: bool = option(
        False,
        "Of a folder, take the images in all folders below it too; results keep these folders.",
        Flag(),
        group=Group.READ,
    )
    summary: tuple[str, ...] = option(
        (CSV,),
        "Of several images, write summary.csv (a line a class), summary.jsonl (a line an image: its record "
        "or its error), or both.",
        NameList(Name((CSV, JSONL))),
        metavar="LIST",
        shown_default=CSV,
        group=Group.WRITE,
    )
    jobs: int | str = option(
        1,
        "Processes that work on the files at the same time; auto takes one a processor. The results are the "
        "same, and threads are divided among them.",
        WholeOr(Whole(1), AUTO_JOBS),
        short="-j",
        metavar="N|auto",
        group=Group.RUN,
    )
    resume: bool = option(
        False,
        "Go on with a run of several files that was killed, without doing again what is done.",
        Flag(),
        group=Group.RUN,
    )


ONE_BY_ONE = Batch()
