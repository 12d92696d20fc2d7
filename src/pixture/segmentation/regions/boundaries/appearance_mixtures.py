"""The mixtures behind regions."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.mixture.model.mixture import Mixture


@dataclass(frozen=True)
class Mixtures:
    """The mixtures whose posteriors the boundaries were found with; None where there was none."""

    colour: Mixture | None = None
    texture: Mixture | None = None


NO_MIXTURES = Mixtures()
