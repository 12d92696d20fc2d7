"""Regions that a person names: several of them become one, with a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pixture.errors import ChoiceError
from pixture.wording import shown

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
    given = {
        name: tuple(int(number) for number in (one if isinstance(one, Iterable) else [one]))
        for name, one in groups.items()
    }
    numbers = [number for members in given.values() for number in members]
    twice = next((number for number in numbers if numbers.count(number) > 1), None)
    if twice is not None:
        raise ChoiceError(f"Region {twice} is named twice; it belongs to one group.")
    for name, members in given.items():
        if not members:
            raise ChoiceError(f"A group has a region at least; {shown(name)} has none.")
    made = regions
    for members in given.values():
        if len(members) > 1:
            made = made.merge(*members)
        else:
            made.strength(members[0], members[0])  # refused where there is no such region
    names = {min(members): name for name, members in given.items()}
    choices = {**made.choices, "groups": {name: list(members) for name, members in given.items()}}
    return made.known_as({**regions.names, **names}, choices)
