"""Where a component's mass lies: an ellipse in two channels, an interval in one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from pixture.arrays import Floats
from pixture.errors import ChoiceError
from pixture.mixture.model.mixture import Mixture
from pixture.wording import shown_numbers


@dataclass(frozen=True, eq=False)
class Ellipse:
    """An ellipse in the plane of two channels.

    Attributes
    ----------
    centre
        (2,).
    radii
        (2,), half the length of each axis, the longer first, in the channels' units.
    angle
        Of the longer axis, anticlockwise from the first channel's, in radians: above -π/2, at most π/2.

    Examples
    --------
    >>> Ellipse(np.zeros(2), np.array([2.0, 1.0]), 0.0).points(4).round(9) + 0.0
    array([[ 2.,  0.], [ 0.,  1.], [-2.,  0.], [ 0., -1.]])
    """

    centre: Floats
    radii: Floats
    angle: float

    def __post_init__(self) -> None:
        for name in ("centre", "radii"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __repr__(self) -> str:
        return (
            f"<Ellipse: centre ({shown_numbers(self.centre)}), radii ({shown_numbers(self.radii)}), "
            f"{np.degrees(self.angle):.3g}°>"
        )

    def points(self, count: int = 100) -> Floats:
        """Return points on the outline, (count, 2), anticlockwise from the end of the longer axis.

        They are evenly spaced in the parameter, and the first is not repeated at the end.

        Raises
        ------
        ChoiceError
            There are to be fewer than 1.
        """
        if count < 1:
            raise ChoiceError(f"count must be at least 1; got {count}.")
        at = np.arange(count) * (2 * np.pi / count)
        along, across = self.radii[0] * np.cos(at), self.radii[1] * np.sin(at)
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        turned = np.stack([cosine * along - sine * across, sine * along + cosine * across], axis=1)
        points: Floats = self.centre + turned
        return points


def ellipse(
    mixture: Mixture, component: int, mass: float = 0.95, channels: tuple[int, int] = (0, 1)
) -> Ellipse:
    """Return the ellipse that holds a share of a component's mass in two channels, the smallest there is.

    (x - m)ᵀ Σ⁻¹ (x - m) = c, m and Σ those of the component's marginal in the two channels; c is the
    quantile of χ² with two degrees of freedom, -2 log(1 - mass), and the radii are √(c λ), λ the
    eigenvalues of Σ (Johnson and Wichern 2007, 4.2).

    Parameters
    ----------
    component
        0 … K - 1.
    mass
        Share of the component's own mass, above 0 and below 1.
    channels
        The two channels, the horizontal one first.

    Raises
    ------
    ChoiceError
        There is no such component or channel, the mass is out of its range, or there is one channel.

    Examples
    --------
    >>> found = ellipse(Mixture([1.0], [[1.0, 5.0]], [[[1.0, 0.0], [0.0, 4.0]]]), 0, 1 - np.exp(-0.5))
    >>> found.centre, found.radii, found.angle / np.pi
    (array([1., 5.]), array([2., 1.]), 0.5)
    """
    if mixture.dimension == 1:
        raise ChoiceError("An ellipse needs two channels, and the mixture has one: ask for its interval.")
    _check(mixture, component, mass, *channels)
    if channels[0] == channels[1]:
        raise ChoiceError(f"channels must be two different ones; got {tuple(channels)}.")
    picked = np.array(channels)
    covariance = mixture.matrices()[component][np.ix_(picked, picked)]
    values, vectors = np.linalg.eigh(covariance)  # ascending
    x, y = vectors[:, 1]
    angle = math.atan2(y, x)
    if angle <= -math.pi / 2 or angle > math.pi / 2:  # an axis has two ends
        angle += math.pi if angle < 0 else -math.pi
    # rounding may leave the least eigenvalue of a thin component a little below zero
    radii = np.sqrt(-2 * math.log1p(-mass) * np.maximum(values[::-1], 0))
    return Ellipse(mixture.means[component, picked], radii, angle)


def interval(mixture: Mixture, component: int, mass: float = 0.95, channel: int = 0) -> tuple[float, float]:
    """Return the interval about a component's mean that holds a share of its mass in one channel.

    m ± z σ, z the quantile of the standard Gaussian at (1 + mass) / 2.

    Parameters
    ----------
    component
        0 … K - 1.
    mass
        Share of the component's own mass, above 0 and below 1.
    channel
        0 … d - 1.

    Raises
    ------
    ChoiceError
        There is no such component or channel, or the mass is out of its range.

    Examples
    --------
    >>> low, high = interval(Mixture([1.0], [[10.0]], [4.0], "spherical"), 0)
    >>> round(low, 3), round(high, 3)
    (6.08, 13.92)
    """
    _check(mixture, component, mass, channel)
    z = -NormalDist().inv_cdf((1 - mass) / 2)  # of the lower tail, whose digits are kept near 0
    mean = float(mixture.means[component, channel])
    reach = z * math.sqrt(mixture.matrices()[component, channel, channel])
    return mean - reach, mean + reach


def _check(mixture: Mixture, component: int, mass: float, *channels: int) -> None:
    K, d = mixture.means.shape
    if not 0 <= component < K:
        raise ChoiceError(f"component must be 0 to {K - 1}; got {component}.")
    if not 0 < mass < 1:
        raise ChoiceError(f"mass must be above 0 and below 1; got {mass}.")
    for channel in channels:
        if not 0 <= channel < d:
            raise ChoiceError(f"A channel must be 0 to {d - 1}; got {channel}.")
