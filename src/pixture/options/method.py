"""How an image is segmented: what is chosen of it, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.errors import ChoiceError
from pixture.options.features import OWN_CHANNELS, FeatureChoice
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
    features
        By which features of its pixels.
    guidance
        What is known of pixels beside their values.

    Raises
    ------
    ChoiceError
        Features have weights that the covariance has no room for.
    """

    choices: Choices
    auto: bool = False
    spatial: Spatial = WITHOUT_NEIGHBOURS
    features: FeatureChoice = OWN_CHANNELS
    guidance: Guidance = UNGUIDED

    def __post_init__(self) -> None:
        weighted = any(feature.weight != 1 for feature in self.features.named)
        if weighted and self.choices.covariance == "spherical":
            raise ChoiceError(
                "A spherical covariance has one variance for all features, so that they cannot have weights; "
                f"got {self.features.features}. Choose another covariance, or leave the weights out."
            )
