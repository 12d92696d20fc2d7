"""The constants of the automatic foreground, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """How far the levels of the two classes look about.

    Attributes
    ----------
    foreground, background
        Standard deviations of the Gaussians that weigh the pixels near by, in pixels.
    foreground_prior, background_prior
        How much the mean of all pixels of the class counts, where 1 is what a neighbourhood full of the
        class counts.
    guard
        Pixels about the foreground that say nothing of the background's level: its glow.
    """

    foreground: float
    foreground_prior: float
    background: float
    background_prior: float
    guard: int


@dataclass(frozen=True)
class Constants:
    """What was chosen on images of nuclei; docs/objects.md says how, and what each half of them chose.

    Lengths are in pixels of a plane; `scales` says what they are along the axes of a volume.

    Attributes
    ----------
    grey
        Of one channel, in which bright objects glow and each has a level of its own.
    colour
        Of several: a stain has its level, and what lies between objects is of many kinds.
    least_contrast
        Standard deviations of the background that a foreground is above it at least.
    light_gain
        Share of the variance by which the classes must lie further apart without uneven light.
    ring
        Pixels away from an inner class at which what surrounds it is looked at: beyond blurred edges.
    surrounded
        Share of that ring that must be the outer class.
    agreement
        Standard deviation, in pixels, of the Gaussian by which neighbours share their probabilities.
    weakest_outline
        Strength of a piece's outline, of the typical one's, below which it is no foreground.
    """

    grey: Reach = Reach(foreground=8, foreground_prior=0.02, background=16, background_prior=0.05, guard=3)
    colour: Reach = Reach(foreground=12, foreground_prior=0.1, background=12, background_prior=0.02, guard=0)
    least_contrast: float = 3.0
    light_gain: float = 0.05
    ring: int = 8
    surrounded: float = 0.5
    agreement: float = 0.7
    weakest_outline: float = 0.3
