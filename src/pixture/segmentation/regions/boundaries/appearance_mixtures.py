"""The mixtures behind regions."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.mixture.model.mixture import Mixture
from pixture.wording import plural


@dataclass(frozen=True)
class Mixtures:
    """The mixtures whose posteriors the boundaries were found with; None where there was none."""

    colour: Mixture | None = None
    texture: Mixture | None = None

    def __repr__(self) -> str:
        of = {"colour": self.colour, "texture": self.texture}
        found = [f"{name} {plural(it.components, 'component')}" for name, it in of.items() if it is not None]
        return f"<Mixtures: {', '.join(found) or 'none'}>"


NO_MIXTURES = Mixtures()
