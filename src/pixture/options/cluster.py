"""On which machines the pieces of large images are worked at."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.options.kinds import Text, Whole
from pixture.options.option import Group, Options, described, option


@described
@dataclass(frozen=True)
class Clustering(Options):
    """On which machines the pieces of a large image are worked at; by default on threads of this process.

    The answer is the same. A cluster needs `pip install 'pixture[cluster]'`, here and on its machines, and
    its workers read the image, and write what is made of it, by themselves: under the same path or URL.

    >>> Clustering(workers=2).workers
    2
    """

    workers: int | None = option(
        None,
        "Go through the pieces of a large image in so many processes of this machine, a cluster of Dask.",
        Whole(1),
        metavar="N",
        shown_default="none: threads",
        group=Group.RUN,
        excludes=("scheduler",),
    )
    scheduler: str | None = option(
        None,
        "Go through the pieces of a large image on the workers of a cluster of Dask: the address of its "
        "scheduler, such as tcp://10.0.0.1:8786, or the scheduler's file.",
        Text(),
        metavar="ADDRESS",
        shown_default="none: threads",
        group=Group.RUN,
    )


HERE = Clustering()
"""Threads of this process."""
