"""How the labels of neighbours were made to agree: what was done, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pixture.arrays import Array
from pixture.mixture.model.mixture import Mixture
from pixture.segmentation.posterior.field_posterior import OfPixels
from pixture.segmentation.posterior.pixel_posterior import Groups


@dataclass(frozen=True, eq=False)
class Smoothing:
    """What a spatial prior made of a fitted mixture.

    Attributes
    ----------
    method
        "field": the mixture was fitted anew under the prior; "light": it is as it was, and only the
        posteriors of pixels were smoothed.
    strength
        β: where all of a pixel's neighbours have a label, its odds are e^β times as high.
    estimated
        Whether the strength was found from the image.
    neighbours
        How many of a pixel's neighbours are counted.
    iterations
        How many times each pixel was looked at.
    settled
        Whether the labels had settled by then.
    mixture
        The mixture, fitted under the prior or not.
    groups
        The components of each of the posterior's labels; empty where each has its own.
    log_likelihood
        Of this mixture, per pixel, in nats, without the prior: the fit's, less what the prior cost.
    posterior
        The posterior of each pixel's label.
    bias
        (channels, rows, columns), or planes of these, float32: the factors by which the image is brighter
        than its classes; the mixture is one of the image divided by them. None where none were estimated.
    """

    method: str
    strength: float
    estimated: bool
    neighbours: int
    iterations: int
    settled: bool
    mixture: Mixture
    groups: Groups
    log_likelihood: float
    posterior: OfPixels
    bias: Array | None = None

    def __repr__(self) -> str:
        return f"<Smoothing: {self.in_words}>"

    @property
    def in_words(self) -> str:
        """In a few words, such as "smoothed (strength 4, 8 neighbours)"."""
        if self.strength == 0 and not self.estimated:
            return "labelled without regard to neighbours"
        found = ", estimated" if self.estimated else ""
        light = "lightly " if self.method == "light" else ""
        return f"{light}smoothed (strength {self.strength:.3g}{found}, {self.neighbours} neighbours)"

    def as_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "method": self.method,
            "strength": self.strength,
            "strength_estimated": self.estimated,
            "neighbours": self.neighbours,
            "iterations": self.iterations,
            "settled": self.settled,
            "log_likelihood_per_pixel": self.log_likelihood,
            "bias_from_to": None if self.bias is None else [float(self.bias.min()), float(self.bias.max())],
        }
