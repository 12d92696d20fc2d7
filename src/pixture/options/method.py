"""How an image is segmented: what is chosen of it, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.options.fitting import Choices
from pixture.options.guidance import UNGUIDED, Guidance
from pixture.options.spatial import WITHOUT_NEIGHBOURS, Spatial


@dataclass(frozen=True)
class Method:
    """How an image is segmented.

    Attributes
    ----------
    choices
        How the mixture is fitted.
    auto
        Whether the image says how many components, whatever the choices say.
    spatial
        How neighbouring pixels come to agree.
    guidance
        What is known of pixels beside their values.
    """

    choices: Choices
    auto: bool = False
    spatial: Spatial = WITHOUT_NEIGHBOURS
    guidance: Guidance = UNGUIDED
