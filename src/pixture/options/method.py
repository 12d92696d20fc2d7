"""How an image is segmented: what is chosen of it, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.errors import ChoiceError
from pixture.options.features import OWN_CHANNELS, FeatureChoice
from pixture.options.fitting import Choices
from pixture.options.guidance import UNGUIDED, Guidance
from pixture.options.scan import NO_SCAN, Scan
from pixture.options.spatial import USUAL, Spatial
from pixture.options.times import ONE_FOR_ALL, Times


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
        What is marked by hand.
    scan
        Where classes may be, and uneven brightness.
    times
        How several times are fitted.

    Raises
    ------
    ChoiceError
        Features have weights that the covariance has no room for; or choices exclude each other.
    """

    choices: Choices
    auto: bool = False
    spatial: Spatial = USUAL
    features: FeatureChoice = OWN_CHANNELS
    guidance: Guidance = UNGUIDED
    scan: Scan = NO_SCAN
    times: Times = ONE_FOR_ALL

    def __post_init__(self) -> None:
        if self.scan.prior is not None and self.guidance.marks:
            raise ChoiceError("Prior maps and marks (scribbles, box) exclude each other; give one of them.")
        if self.scan.bias and (self.guidance.marks or self.features.features is not None):
            raise ChoiceError(
                "A bias field is one of the image's own channels, in an image without marks: leave bias out, "
                "or else features, scribbles and box."
            )
        if self.times.per_time and (self.guidance.marks or self.scan.prior is not None):
            raise ChoiceError(
                "Marks and prior maps are of all times together: leave per_time out, or else scribbles, box "
                "and prior."
            )
        weighted = any(feature.weight != 1 for feature in self.features.named)
        if weighted and self.choices.covariance == "spherical":
            raise ChoiceError(
                "A spherical covariance has one variance for all features, so that they cannot have weights; "
                f"got {self.features.features}. Choose another covariance, or leave the weights out."
            )
