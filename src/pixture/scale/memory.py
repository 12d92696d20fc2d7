"""How much memory there is, and what an image takes of it."""

from __future__ import annotations

from pathlib import Path

import psutil

from pixture.scale.sources.source import Description

PROGRAM = 260_000_000
"""Bytes that Python, NumPy, numba and matplotlib take by themselves."""

_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def available_memory() -> int:
    """Return the bytes of memory that this process may still take: less, in a container with a limit."""
    found = int(psutil.virtual_memory().available)
    for place in _LIMITS:
        try:
            limit = place.read_text().strip()
        except OSError:  # there is no such limit here
            continue
        if limit.isdigit():
            found = min(found, max(0, int(limit) - psutil.Process().memory_info().rss))
    return found


def memory_allowed(asked: int | None) -> int:
    """Return the bytes that a run may take: those asked for, or half of what is available.

    >>> memory_allowed(10**9)
    1000000000
    """
    return asked if asked is not None else available_memory() // 2


def bytes_a_pixel(description: Description, components: int, *, smooth: bool) -> int:
    """Return the bytes of memory that each pixel takes while a whole image is segmented, about.

    Its values, as they are in the file and decoded; its row, its label, two pictures of it; with smoothing
    the probabilities of labels, as they are computed and as they are kept, and the couplings.
    """
    values = 2 * description.channels * description.dtype.itemsize
    continuous = 8 * description.channels if description.dtype.kind == "f" else 0
    pictures = 4 + 1 + 2 * max(3, description.channels * description.dtype.itemsize)
    field = 6 * components + 4 + 4 if smooth else 0
    return values + continuous + pictures + field


def memory_of_whole(description: Description, components: int, *, smooth: bool) -> int:
    """Return the bytes that segmenting an image in memory takes, about."""
    return PROGRAM + description.size * bytes_a_pixel(description, components, smooth=smooth)
