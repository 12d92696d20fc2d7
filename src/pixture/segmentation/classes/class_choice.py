"""Which labels are meant: groups that become one class, names, the labels of a foreground."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from pixture.errors import ChoiceError
from pixture.segmentation.posterior.pixel_posterior import Groups
from pixture.wording import nearest, plural, shown

BRIGHT, DARK, AUTO = "bright", "dark", "auto"


def groups_of(merged: Sequence[Any], count: int) -> Groups:
    """Return the groups that labels 0 … count - 1 form where some are merged, by their lowest labels.

    Parameters
    ----------
    merged
        Labels to be merged, such as "1+2" or [1, 2]; several of them.
    count
        How many labels there are.

    Raises
    ------
    ChoiceError
        There is no such label, or one is named twice.

    Examples
    --------
    >>> groups_of(["1+2", [0, 4]], 5)
    ((0, 4), (1, 2), (3,))
    """
    together = [_labels(one, count) for one in merged]
    named = [label for group in together for label in group]
    twice = next((label for label in named if named.count(label) > 1), None)
    if twice is not None:
        raise ChoiceError(f"Label {twice} is to be merged twice; name each label once, as in 1+2,3+4.")
    alone = [(label,) for label in range(count) if label not in named]
    return tuple(sorted([*(tuple(sorted(group)) for group in together), *alone]))


def _labels(given: Any, count: int) -> list[int]:
    """Return the labels that are to be merged into one."""
    parts = given.split("+") if isinstance(given, str) else given
    if not isinstance(parts, Iterable):
        parts = [parts]
    labels = []
    for part in parts:
        try:
            labels.append(int(part))
        except (TypeError, ValueError):
            raise ChoiceError(
                f"Labels that are merged are numbers with + between them, such as 1+2; got {shown(given)}."
            ) from None
    if len(labels) < 2:
        raise ChoiceError(f"Two labels or more are merged, such as 1+2; got {shown(given)}.")
    for label in labels:
        refuse_no_label(label, count)
    return labels


def refuse_no_label(label: int, count: int) -> None:
    """Refuse a number that is no label.

    Raises
    ------
    ChoiceError
        It is none.
    """
    if not 0 <= label < count:
        there = "only label 0" if count == 1 else f"labels 0 to {count - 1}"
        raise ChoiceError(f"There is no label {label}: there {'is' if count == 1 else 'are'} {there}.")


def names_of(given: Sequence[str], count: int) -> tuple[str, ...]:
    """Return the names of all labels.

    Raises
    ------
    ChoiceError
        They are not as many as labels, or some are the same.

    Examples
    --------
    >>> names_of(["tree", " sky "], 2)
    ('tree', 'sky')
    """
    names = tuple(str(name).strip() for name in given)
    if len(names) != count:
        raise ChoiceError(
            f"Each class has a name: expected {plural(count, 'name')}, got {len(names)} "
            f"({', '.join(names)}). Classes are merged before they are named."
        )
    if len(set(names)) < len(names) or not all(names):
        raise ChoiceError(f"Names differ from each other, and none is empty; got {', '.join(names)}.")
    return names


def foreground_labels(which: Any, count: int, names: tuple[str, ...] = ()) -> tuple[int, ...]:
    """Return the labels that a foreground is made of.

    Parameters
    ----------
    which
        "bright", the last label; "dark", the first; a label, or several; names of classes. As text, with
        commas between them.
    count
        How many labels there are.
    names
        Of the classes, where they have any.

    Raises
    ------
    ChoiceError
        There is no such label, or nothing but foreground is left.

    Examples
    --------
    >>> foreground_labels("bright", 4), foreground_labels("1,sky", 3, ("water", "sand", "sky"))
    ((3,), (1, 2))
    """
    if isinstance(which, Integral):
        which = [which]
    parts = which.split(",") if isinstance(which, str) else which
    if not isinstance(parts, Iterable) or isinstance(which, np.ndarray):
        raise ChoiceError(
            f"The foreground is {BRIGHT}, {DARK}, {AUTO}, labels such as 2,3, or names; got {shown(which)}."
        )
    labels = sorted({_label(part, count, names) for part in parts})
    if len(labels) == count:
        all_of = "the only label there is" if count == 1 else "every label"
        raise ChoiceError(
            f"The foreground would be all of the image: it takes {all_of}. Name fewer labels, or ask for "
            "more components."
        )
    return tuple(labels)


def _label(part: Any, count: int, names: tuple[str, ...]) -> int:
    """Return the label that one part of a foreground is."""
    if isinstance(part, Integral):
        refuse_no_label(int(part), count)
        return int(part)
    word = str(part).strip()
    if word in names:
        return names.index(word)
    if word.lower() in (BRIGHT, DARK):
        return count - 1 if word.lower() == BRIGHT else 0
    if word.isdigit():
        refuse_no_label(int(word), count)
        return int(word)
    known = (*names, BRIGHT, DARK, AUTO)
    raise ChoiceError(
        f"The foreground is {', '.join(known)}, or labels such as 2,3; got {shown(word)}."
        f"{nearest(word, known)}"
    )
