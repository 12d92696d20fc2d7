"""The constants of the method, in one value: what each is, and what it was tuned on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

REFERENCE_PIXELS = 154_401
"""Pixels of the images on which lengths were tuned (481 by 321)."""

LEAST_SCALE = 0.5
"""What lengths are multiplied by at least."""

WITHOUT_COLOUR: Mapping[str, Any] = {"colours": 24, "colour_floor": 1.5, "texture_scales": (1.5, 3.0)}
"""What is otherwise where there is lightness alone: finer bins of it, and textures that look further."""


OF_VOLUMES: Mapping[str, Any] = {"cut_distance": 1.04, "region_cost": 0.004}
"""What is otherwise in volumes: there are no textures in the distance, and what is as wide as before is a
lesser share of the whole, x³ in place of x², so that the price of a region is lower. The distance is that at
which pictures, taken for volumes of one plane, are cut best: every eighth of BSDS500 train."""


@dataclass(frozen=True)
class Constants:
    """What the method's answer depends on besides the image; one setting for all images.

    Lengths are in pixels of an image of `REFERENCE_PIXELS`; `scaled_to` gives those of another image.
    Tuned on BSDS500 train; the page on regions in the documentation says how.
    """

    colours: int = 16
    """Components of the mixture of colours."""
    colour_step: float = 1.5
    """Grid to which colours are rounded, in units of CIE L*."""
    colour_floor: float = 4.0
    """Least variance of a component of colours, in those units squared."""
    textures: int = 24
    """Components of the mixture of textures."""
    texture_scales: tuple[float, float] = (1.0, 2.0)
    """Standard deviations of the Gaussians whose derivatives are texture features."""
    texture_floor: float = 0.3
    """Least variance of a component of textures, in units of the shortened derivatives squared."""
    em_iterations: int = 12
    """Most iterations of EM, from the start: bins need not be the maximum of the likelihood."""
    window_scales: tuple[float, ...] = (1.5, 2.5, 5.0, 10.0)
    """Standard deviations of the windows compared."""
    window_levels: tuple[int, ...] = (0, 0, 1, 2)
    """How often maps are halved for each of them."""
    colour_weights: tuple[float, ...] = (1.0, 2.0, 4.0, 2.0)
    """Weights of the colours' tensors."""
    texture_weights: tuple[float, ...] = (1.0, 2.0, 4.0, 4.0)
    """Weights of the textures' tensors."""
    smoothing: float = 1.0
    """Standard deviation of the Gaussian that smooths the contrast before the watershed."""
    gradient_scale: float = 1.5
    """Standard deviation of the Gaussian that smooths a volume before its gradient is taken."""
    gradient_smoothing: float = 1.5
    """That of the one that smooths the gradient's length before the watershed."""
    normal_radius: float = 3.0
    """How far a crack looks along its boundary for its normal."""
    pair_distances: tuple[float, ...] = (8.0, 16.0)
    """How far apart pixels are whose posteriors' co-occurrence is counted."""
    information_exponent: float = 1.25
    """ρ of the pointwise mutual information log(p(a, b)^ρ / (p(a) p(b)))."""
    information_weight: float = 0.5
    """Strength that a unit of pointwise mutual information takes from a boundary in the affinity."""
    affinity_offset: float = -1.5
    """Strength of a boundary of affinity 1."""
    affinity_width: float = 0.5
    """Strength over which the affinity falls by a factor e."""
    vectors: int = 8
    """Eigenvectors of the region graph."""
    boundary_weight: float = 0.23
    """What a unit of a boundary's mean strength adds to the log-odds that it is one."""
    texture_boundary_weight: float = 0.114
    """The same of the part of it that is of textures alone."""
    spectral_weight: float = 0.00727
    """The same of the difference of the spectral coordinates."""
    colour_weight: float = 0.468
    """The same of the chi-square distance of the regions' colours."""
    texture_weight: float = 0.606
    """The same of the chi-square distance of their textures."""
    texture_entropy_weight: float = 0.134
    """The same of a bit of the entropy of their textures, the lower of the two."""
    size_weight: float = 0.0812
    """The same of the logarithm of the smaller one's share of the image."""
    cut_distance: float = 2.24
    """Distance of two regions whose boundary is at the automatic cut, before gains are counted."""
    entropy_gain: float = 0.775
    """Gain of a split for each bit by which it lowers the entropy of the colour posteriors."""
    region_cost: float = 0.0115
    """Gain that every further region must bring."""
    fewest_regions: int = 3
    """The automatic cut leaves so many at least, if there are boundaries of `fewest_height` for it."""
    fewest_height: float = 0.6
    """In units of the automatic cut; white noise alone has none above 0.5."""
    scale: float = 1.0
    """What lengths have been multiplied by."""

    def for_lightness_alone(self) -> Constants:
        """Return the constants for an image of one channel."""
        return replace(self, **WITHOUT_COLOUR)

    def for_volumes(self) -> Constants:
        """Return the constants for volumes."""
        return replace(self, **OF_VOLUMES)

    def scaled_to(self, pixels: int) -> Constants:
        """Return the constants for an image of so many pixels: every length times √(pixels / reference).

        Of small images lengths stop shrinking at `LEAST_SCALE`: a window must hold a few pixels.

        >>> Constants().scaled_to(4 * REFERENCE_PIXELS).normal_radius
        6.0
        """
        scale = max(LEAST_SCALE, math.sqrt(pixels / REFERENCE_PIXELS))
        first, second = self.texture_scales
        return replace(
            self,
            texture_scales=(first * scale, second * scale),
            window_scales=tuple(sigma * scale for sigma in self.window_scales),
            smoothing=self.smoothing * scale,
            gradient_scale=self.gradient_scale * scale,
            gradient_smoothing=self.gradient_smoothing * scale,
            normal_radius=self.normal_radius * scale,
            pair_distances=tuple(distance * scale for distance in self.pair_distances),
            scale=self.scale * scale,
        )
