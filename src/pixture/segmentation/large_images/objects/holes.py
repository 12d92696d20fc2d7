"""Holes that may reach over many pieces: background from which no way leads to the image's border."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pixture.arrays import Integers
from pixture.imaging.window import Window
from pixture.scale.workers import Workers
from pixture.segmentation.large_images.objects.foreground import Foreground, Holes, LookForHoles
from pixture.segmentation.large_images.objects.seams import Joined, Seams


def holes_of(foreground: Foreground, windows: Sequence[Window], workers: Workers) -> list[Holes]:
    """Return what says of each piece which of its holes are holes in the whole image."""
    shape = foreground.shape
    count = len(foreground.classes)
    of_background = 1 if foreground.connectivity > 1 else len(shape)
    seams = [Seams(shape, of_background) for _ in range(count)]
    boxes: list[Window | None] = [None] * count
    touching: list[list[Integers]] = [[] for _ in range(count)]
    for number, one in enumerate(workers.each(LookForHoles(foreground), windows)):
        for place in range(count):
            seams[place].add(number, windows[number], one.shells[place])
            touching[place].append(one.at_border[place])
            boxes[place] = _around(boxes[place], one.boxes[place])
    leading_out = [
        _leading_out(seam.joined(), at_border) for seam, at_border in zip(seams, touching, strict=True)
    ]
    there = [
        (box.grown((1,) * len(shape), shape).size, place + 1)
        for place, box in enumerate(boxes)
        if box is not None
    ]
    order = tuple(place for _, place in sorted(there))
    return [Holes(order, tuple(of[number] for of in leading_out)) for number in range(len(windows))]


def _leading_out(joined: Joined, at_border: Sequence[Integers]) -> list[Integers]:
    """Return of each piece the open parts from which a way leads to the image's border."""
    pieces = range(len(at_border))
    ends = np.searchsorted(joined.pieces, np.arange(len(at_border) + 1))
    out = np.zeros(joined.count, bool)
    for number in pieces:
        of = slice(ends[number], ends[number + 1])
        out[joined.groups[of][np.isin(joined.ids[of], at_border[number])]] = True
    return [
        joined.ids[ends[number] : ends[number + 1]][out[joined.groups[ends[number] : ends[number + 1]]]]
        for number in pieces
    ]


def _around(one: Window | None, other: Window | None) -> Window | None:
    if one is None or other is None:
        return other if one is None else one
    return Window(tuple(map(min, one.start, other.start)), tuple(map(max, one.stop, other.stop)))
