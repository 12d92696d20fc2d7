"""By which features of its pixels an image is segmented: names, and how much each counts.

>>> FeatureChoice("Lab, position:0.3").features
'lab,position:0.3'
>>> FeatureChoice("lab,lab")
Traceback (most recent call last):
    ...
pixture.errors.ChoiceError: features must differ; lab is named twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pixture.errors import ChoiceError
from pixture.options.kinds import Kind
from pixture.options.option import Group, Options, described, option
from pixture.wording import nearest, shown

COLOURS = ("rgb", "linear", "lab", "luv", "hsv", "opponent")
"""Features that red, green and blue have, and no other channels."""

FEATURES = ("channels", *COLOURS, "log", "texture", "position")
"""All features by name."""

LEAST_WEIGHT = 1e-6
"""The least weight of a feature, as a share of the largest: one that counts less has no part in anything."""


@dataclass(frozen=True)
class Feature:
    """A feature by name.

    Attributes
    ----------
    name
        One of `FEATURES`.
    weight
        How much it counts, above 0; only the ratio to the largest weight matters.
    """

    name: str
    weight: float = 1.0

    def __str__(self) -> str:
        return self.name if self.weight == 1 else f"{self.name}:{self.weight:.12g}"


class FeatureList(Kind):
    """Features as text, with commas between them, a weight after a colon."""

    def read(self, text: str) -> str:
        """Return the text; what it names is for `check`."""
        return text

    def check(self, name: str, value: Any) -> str:
        """Return the features as text in full."""
        if not isinstance(value, str) and isinstance(value, Iterable):
            value = ",".join(str(part) for part in value)
        if not isinstance(value, str):
            raise ChoiceError(f"{name} must be names such as 'lab,position:0.3'; got {shown(value)}.")
        found = tuple(_feature(name, part) for part in value.split(","))
        names = [feature.name for feature in found]
        for one in names:
            if names.count(one) > 1:
                raise ChoiceError(f"{name} must differ; {one} is named twice.")
        return ",".join(str(feature) for feature in found)


def _feature(option: str, text: str) -> Feature:
    """Return the feature that a name, and perhaps a weight after a colon, says."""
    name, colon, weight = (part.strip() for part in text.partition(":"))
    name = name.lower()
    if name not in FEATURES:
        raise ChoiceError(
            f"{option} must be some of {', '.join(FEATURES)}, with commas between them; got {shown(name)}."
            f"{nearest(name, FEATURES)}"
        )
    if not colon:
        return Feature(name)
    try:
        number = float(weight)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise ChoiceError(
            f"{option} must have weights above 0, such as {name}:0.3; got {shown(text.strip())}."
        )
    return Feature(name, number)


@described
@dataclass(frozen=True)
class FeatureChoice(Options):
    """By which features of its pixels an image is segmented."""

    features: str | None = option(
        None,
        f"Segment by these features of the pixels: {', '.join(FEATURES)}; a weight goes after a colon, such "
        "as lab,position:0.3.",
        FeatureList(),
        more="Only the ratios of weights count: the feature with the largest counts in full.",
        metavar="A,B:W",
        shown_default="the image's own channels",
        group=Group.FIND,
    )

    @property
    def named(self) -> tuple[Feature, ...]:
        """The features, none where the image's own channels are taken; the largest weight is 1.

        >>> [str(feature) for feature in FeatureChoice("lab:2,position").named]
        ['lab', 'position:0.5']
        """
        if self.features is None:
            return ()
        found = [_feature("features", part) for part in self.features.split(",")]
        most = max(feature.weight for feature in found)
        return tuple(Feature(feature.name, max(feature.weight / most, LEAST_WEIGHT)) for feature in found)


OWN_CHANNELS = FeatureChoice()
"""The image's own channels."""
