"""What can be chosen, as the page makes a form of it: every option with its values, its default and its help.

Nothing of it is written here but a name for people: all else is read from the option.
"""

from __future__ import annotations

from dataclasses import Field
from typing import Any

from pixture.options.features import FEATURES, FeatureList
from pixture.options.fitting import AUTO, AUTO_COMPONENTS
from pixture.options.kinds import Flag, Kind, Name, Number, NumberOr, Whole
from pixture.options.option import option_in
from pixture.studio.choices.chosen import options_by_part

TITLES = {
    "components": "Components",
    "n_init": "Number of starts",
    "init": "Start",
    "max_iter": "Most iterations",
    "tol": "Tolerance",
    "covariance_floor": "Least variance",
    "accelerate": "Subsamples first",
    "smooth": "Smoothing",
    "bias": "Uneven brightness",
}
"""What options are called in the form, where their name is an abbreviation."""

OFTEN = ("components", "covariance", "init", "seed", "features", "smooth")
"""Options that are shown at once."""

ELSEWHERE = {"classes": "mixture", "objects": "measure", "guidance": "guide"}
"""Groups of options that other panels serve."""

SAME_RESULT = ("threads",)
"""Options that change no result."""


def options_form() -> list[dict[str, Any]]:
    """Return what the page needs to know of each option, ready for JSON.

    >>> seed = next(one for one in options_form() if one["name"] == "seed")
    >>> seed["title"], seed["values"], seed["default"]
    ('Seed', {'kind': 'whole', 'least': 0, 'most': None}, 0)
    """
    return [_said(part, one) for part, one in options_by_part()]


def _said(part: str, one: Field[Any]) -> dict[str, Any]:
    about = option_in(one)
    values = values_of(about.kind)
    if one.name == "components":
        values = {**values, "words": [AUTO], "compared": [min(AUTO_COMPONENTS), max(AUTO_COMPONENTS)]}
    return {
        "name": one.name,
        "title": TITLES.get(one.name, one.name.replace("_", " ").capitalize()),
        "panel": ELSEWHERE.get(part, "choices"),
        "group": about.group.value,
        "often": one.name in OFTEN,
        "runs": one.name not in SAME_RESULT,
        "help": about.help,
        "more": about.more,
        "values": values,
        "default": one.default,
        "shown_default": about.shown_default,
    }


def values_of(kind: Kind) -> dict[str, Any]:
    """Return the values of a kind, ready for JSON.

    >>> values_of(Name(("full", "tied")))
    {'kind': 'name', 'words': ['full', 'tied']}
    """
    if isinstance(kind, Whole):
        return {"kind": "whole", "least": kind.least, "most": kind.most}
    if isinstance(kind, Number):
        return {"kind": "number", "least": kind.least, "above": kind.above}
    if isinstance(kind, NumberOr):
        return {**values_of(kind.number), "kind": "number or name", "words": list(kind.name.names)}
    if isinstance(kind, Name):
        return {"kind": "name", "words": list(kind.names)}
    if isinstance(kind, Flag):
        return {"kind": "flag"}
    if isinstance(kind, FeatureList):
        return {"kind": "features", "words": list(FEATURES)}
    return {"kind": "text"}
