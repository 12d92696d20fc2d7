"""Regions that a person names: several of them become one, with a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pixture.arrays import Integers
from pixture.errors import ChoiceError
from pixture.wording import listed, shown

if TYPE_CHECKING:
    from pixture.segmentation.regions.regions import Regions

EXAMPLE = "sky=1,trees=4+5"


def groups_in(text: str) -> dict[str, tuple[int, ...]]:
    """Return the groups that a text names, such as "sky=1,trees=4+5".

    Raises
    ------
    ChoiceError
        It is no such text, or two groups have one name.

    Examples
    --------
    >>> groups_in("sky=1,trees=4+5")
    {'sky': (1,), 'trees': (4, 5)}
    """
    groups: dict[str, tuple[int, ...]] = {}
    for part in text.split(","):
        name, _, numbers = (piece.strip() for piece in part.partition("="))
        digits = [number.strip() for number in numbers.split("+")]
        if not name or not all(number.isdecimal() for number in digits):
            raise ChoiceError(
                f"Groups of regions are names with their regions' numbers, such as {EXAMPLE}; got "
                f"{shown(part)}."
            )
        if name in groups:
            raise ChoiceError(f"Two groups are called {shown(name)}; name all of its regions at once: 4+5.")
        groups[name] = tuple(int(number) for number in digits)
    return groups


def grouped(regions: Regions, groups: Mapping[str, int | Iterable[int]]) -> Regions:
    """Return regions of which some are one, and have a name; see `Regions.grouped`."""
    members, names, said = members_grouped(regions.members, groups)
    return regions.known_as({**regions.names, **names}, {**regions.choices, **said}, members)


def members_grouped(
    members: Integers, groups: Mapping[str, int | Iterable[int]]
) -> tuple[Integers, dict[int, str], dict[str, Any]]:
    """Return the region of each superpixel where groups are one, their names, and what was chosen, for JSON.

    Raises
    ------
    ChoiceError
        As in `Regions.grouped`.

    Examples
    --------
    >>> members_grouped(np.array([1, 2, 3, 3]), {"sky": [1, 3]})[:2]
    (array([1, 2, 1, 1]), {1: 'sky'})
    """
    given = {
        name: tuple(int(number) for number in (one if isinstance(one, Iterable) else [one]))
        for name, one in groups.items()
    }
    numbers = [number for together in given.values() for number in together]
    twice = next((number for number in numbers if numbers.count(number) > 1), None)
    if twice is not None:
        raise ChoiceError(f"Region {twice} is named twice; it belongs to one group.")
    made = members.copy()
    for name, together in given.items():
        if not together:
            raise ChoiceError(f"A group has a region at least; {shown(name)} has none.")
        made[np.concatenate([superpixels_of(members, region) for region in together])] = min(together)
    by_hand = {"by_hand": True} if any(len(together) > 1 for together in given.values()) else {}
    said = {"groups": {name: list(together) for name, together in given.items()}}
    return made, {min(together): name for name, together in given.items()}, by_hand | said


def superpixels_of(members: Integers, region: int) -> Integers:
    """Return the superpixels that a region is made of, 0 the first.

    Raises
    ------
    ChoiceError
        There is no such region.
    """
    found = np.flatnonzero(members == region)
    if not len(found):
        ids = np.unique(members)
        known = listed(ids.tolist())
        raise ChoiceError(f"There is no region {region}; they are {known} ({len(ids):,} in all).")
    return found
