"""What is known of pixels' labels beside their values."""

from __future__ import annotations

from dataclasses import dataclass

from pixture.arrays import Array
from pixture.segmentation.field.contrast import ACROSS
from pixture.segmentation.posterior.pixel_posterior import Groups


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of the label of each pixel beside its value: prior maps, scribbles.

    Attributes
    ----------
    values
        (labels, *shape of the image) float32: logarithms, which are added to those of the joint densities.
    groups
        The components of each label; empty where each component has a label of its own.
    weighted
        Whether the labels' shares under the mixture count besides: not where `values` are the logarithms of
        prior probabilities, which say how frequent each label is at each pixel.
    across
        As in `contrast_weights`: what is left of a coupling across the strongest contrast.
    """

    values: Array
    groups: Groups = ()
    weighted: bool = True
    across: int = ACROSS

    def __repr__(self) -> str:
        return f"<Evidence: {len(self.values)} labels, {self.values[0].size:,} pixels>"
