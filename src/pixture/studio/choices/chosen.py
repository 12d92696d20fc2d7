"""What is chosen in the studio: the options of `pixture segment` that say what is found, as one value.

>>> Chosen().changed("components", "auto").changed("smooth", "off").as_dict()["components"]
'auto'
>>> Chosen().changed("covariance", "round")
Traceback (most recent call last):
    ...
pixture.errors.ChoiceError: covariance must be one of full, tied, diagonal, spherical; got 'round'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields, replace
from typing import Any

from pixture.errors import ChoiceError
from pixture.options.classes import NO_CLASSES, NO_OBJECTS, Classes, ObjectChoices
from pixture.options.features import OWN_CHANNELS, FeatureChoice
from pixture.options.fitting import AUTO, Choices
from pixture.options.guidance import UNGUIDED, Guidance
from pixture.options.method import Method
from pixture.options.option import Options
from pixture.options.scan import NO_SCAN, Scan
from pixture.options.spatial import USUAL, Spatial
from pixture.options.times import ONE_FOR_ALL, Times
from pixture.wording import nearest, shown

PARTS = ("choices", "times", "features", "spatial", "guidance", "scan", "classes", "objects")
"""The groups of options, by the names that they have in `Chosen`."""

LEFT_OUT = ("scribbles", "box", "certainty", "prior")
"""Options whose values are drawn in the page or go with what is drawn, or files."""


@dataclass(frozen=True)
class Chosen:
    """The choices, by groups; each group checks its own."""

    choices: Choices = Choices()  # noqa: RUF009 - it is immutable, as are the others
    auto: bool = False
    times: Times = ONE_FOR_ALL
    features: FeatureChoice = OWN_CHANNELS
    spatial: Spatial = USUAL
    guidance: Guidance = UNGUIDED
    scan: Scan = NO_SCAN
    classes: Classes = NO_CLASSES
    objects: ObjectChoices = NO_OBJECTS

    def changed(self, name: str, value: Any) -> Chosen:
        """Return the choices with one option changed; None takes its default.

        Raises
        ------
        ChoiceError
            There is no such option, or it has no such value.
        """
        if name == "components" and value == AUTO:
            return replace(self, auto=True)
        for part, one in options_by_part():
            if one.name == name:
                before: Any = getattr(self, part)
                changed = replace(before, **{name: one.default if value is None else value})
                auto = False if name == "components" else self.auto
                return replace(self, auto=auto, **{part: changed})
        known = [one.name for _, one in options_by_part()]
        raise ChoiceError(f"There is no choice {shown(name)}.{nearest(str(name), known)}")

    def changed_by(self, values: Mapping[str, Any]) -> Chosen:
        """Return the choices with several options changed."""
        found = self
        for name, value in values.items():
            found = found.changed(name, value)
        return found

    @property
    def method(self) -> Method:
        """How images are segmented."""
        return Method(
            self.choices, self.auto, self.spatial, self.features, self.guidance, self.scan, self.times
        )

    def as_dict(self) -> dict[str, Any]:
        """Return every choice by its name, ready for JSON."""
        found = {one.name: getattr(getattr(self, part), one.name) for part, one in options_by_part()}
        return found | ({"components": AUTO} if self.auto else {})


def options_by_part() -> Iterator[tuple[str, Field[Any]]]:
    """Yield each option that can be chosen in the studio, after the name of its group in `Chosen`."""
    groups: tuple[type[Options], ...] = (
        Choices, Times, FeatureChoice, Spatial, Guidance, Scan, Classes, ObjectChoices,
    )  # fmt: skip
    for part, group in zip(PARTS, groups, strict=True):
        for one in fields(group):  # type: ignore[arg-type]  # every one of them is a dataclass
            if one.name not in LEFT_OUT:
                yield part, one
