"""From the parts of all pieces to objects: which parts are one, which are specks, and the number of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Integers
from pixture.imaging.window import Window
from pixture.segmentation.large_images.objects.connecting import NOWHERE, Parts
from pixture.segmentation.large_images.objects.seams import Joined
from pixture.segmentation.large_images.objects.splitting import Crossing, SplitUp
from pixture.segmentation.objects.pieces import LEAST_SHARE, typical_size


@dataclass(frozen=True, eq=False)
class Units:
    """The parts of all pieces, one after the other, and what is one of those that reach seams.

    Attributes
    ----------
    begins
        (pieces + 1,) the first part of each piece among all.
    sizes, firsts, places
        (n,) as in `Parts`.
    group
        (n,) which of the groups each part that reaches a seam is of; -1 of those that reach none.
    boxes
        (groups, 2 axes) where each group starts and stops.
    """

    begins: Integers
    sizes: Integers
    firsts: Integers
    places: Integers
    group: Integers
    boxes: Integers

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(self.boxes)


def units_of(parts: Sequence[Parts], joined: Sequence[Joined], axes: int) -> Units:
    """Return the parts of all pieces; `joined` are those of each class that reach seams."""
    begins = np.cumsum([0, *(len(one.sizes) for one in parts)])
    group = np.full(begins[-1], -1, np.int64)
    before = 0
    for of_class in joined:
        group[begins[of_class.pieces] + of_class.ids - 1] = of_class.groups + before
        before += of_class.count
    boxes = np.concatenate([np.full((before, axes), NOWHERE), np.zeros((before, axes), np.int64)], axis=1)
    for begin, one in zip(begins, parts, strict=False):
        of = group[begin + one.open - 1]
        np.minimum.at(boxes[:, :axes], of, one.boxes[:, :axes])
        np.maximum.at(boxes[:, axes:], of, one.boxes[:, axes:])
    sizes, firsts, places = (
        np.concatenate([getattr(one, name) for one in parts]) for name in ("sizes", "firsts", "places")
    )
    return Units(begins, sizes, firsts, places, group, boxes)


def crossings(units: Units, windows: Sequence[Window], most: int) -> Iterator[tuple[int, Crossing]]:
    """Yield the groups whose boxes have no more pixels than `most`, by number, as they can be split."""
    opened = np.flatnonzero(units.group >= 0)
    opened = opened[np.argsort(units.group[opened], kind="stable")]
    piece = np.searchsorted(units.begins, opened, side="right") - 1
    ends = np.searchsorted(units.group[opened], np.arange(units.groups + 1))
    axes = units.boxes.shape[1] // 2
    for number in range(units.groups):
        box = Window(tuple(units.boxes[number, :axes].tolist()), tuple(units.boxes[number, axes:].tolist()))
        if box.size > most:
            continue
        of = slice(ends[number], ends[number + 1])
        members = tuple(
            (windows[at], opened[of][piece[of] == at] - units.begins[at] + 1) for at in np.unique(piece[of])
        )
        yield number, Crossing(box, members)


@dataclass(frozen=True, eq=False)
class Numbered:
    """The number of each part's object, 1 … `count` in the order of their first pixels, or 0 of a speck.

    Attributes
    ----------
    of_units
        (n,) of the parts of all pieces; 0 too of those that are split further.
    of_split
        The numbers of what each split group is split into, by the group.
    places
        (count,) the class of each object, by its place.
    dropped
        How many were too small.
    """

    of_units: Integers
    of_split: Mapping[int, Integers]
    places: Integers
    dropped: int

    @property
    def count(self) -> int:
        """How many objects there are."""
        return len(self.places)


def numbered(units: Units, split: Mapping[int, SplitUp], min_size: int | None) -> Numbered:
    """Return the numbers of objects, specks left out, as `find_objects` numbers them."""
    alone = units.group < 0
    item = np.arange(len(units.group))
    item[~alone] = len(item) + units.group[~alone]
    sizes = np.concatenate([np.where(alone, units.sizes, 0), np.zeros(units.groups, np.int64)])
    firsts = np.concatenate([units.firsts, np.full(units.groups, NOWHERE)])
    places = np.concatenate([units.places, np.zeros(units.groups, np.int64)])
    np.add.at(sizes, item[~alone], units.sizes[~alone])
    np.minimum.at(firsts, item[~alone], units.firsts[~alone])
    places[item[~alone]] = units.places[~alone]
    begins = np.cumsum([len(sizes), *(len(one.sizes) for one in split.values())])
    sizes[len(item) + np.array(list(split), np.int64)] = 0  # their parts count in their place
    of_group = [places[len(item) + group] for group in split]
    places = np.concatenate(
        [places, np.repeat(np.array(of_group, np.int64), [len(one.sizes) for one in split.values()])]
    )
    sizes = np.concatenate([sizes, *(one.sizes for one in split.values())])
    firsts = np.concatenate([firsts, *(one.firsts for one in split.values())])
    kept, dropped = sizes > 0, 0
    for place in np.unique(places):
        of_class = np.where(places == place, sizes, 0)
        least = LEAST_SHARE * typical_size(of_class) if min_size is None else min_size
        specks = (of_class > 0) & (of_class < least)
        kept &= ~specks
        dropped += int(specks.sum())
    order = np.flatnonzero(kept)
    order = order[np.argsort(firsts[order], kind="stable")]
    numbers = np.zeros(len(sizes), np.uint32)
    numbers[order] = np.arange(1, len(order) + 1)
    of_split = {
        group: numbers[begin:end] for group, begin, end in zip(split, begins[:-1], begins[1:], strict=True)
    }
    return Numbered(numbers[item], of_split, places[order], dropped)
