"""Components that only rounding keeps from having no extent: what a floor near zero lets happen."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.errors import CollapsedComponentWarning, warn
from pixture.mixture.model.covariance import EPSILON, RELATIVE_ROUNDING
from pixture.mixture.model.mixture import Mixture

NEAR = 2.0
"""Variances up to this multiple of the least that rounding can tell from none are no more than it."""


def collapsed(mixture: Mixture, floor: Floats) -> Integers:
    """Return the components that have, along some direction, no extent that rounding can tell from none.

    Parameters
    ----------
    floor
        (d,), that of the fit, as `WeightedSample.rounding_floor` has it.

    Returns
    -------
    Integers
        Their numbers, ascending.

    Examples
    --------
    >>> mixture = Mixture([0.5, 0.5], [[0.0], [4.0]], [1e-14, 1.0], "spherical")
    >>> collapsed(mixture, np.array([1e-14]))
    array([0])
    """
    least = held_at(mixture, floor)
    if mixture.factors.ndim == 2:
        variances = (1 / mixture.factors) ** 2
        return np.flatnonzero((variances <= NEAR * least).any(axis=1))
    scale = np.sqrt(least)
    values = np.linalg.eigvalsh(mixture.matrices() / (scale[:, :, None] * scale[:, None, :]))
    held = np.maximum(1, RELATIVE_ROUNDING * mixture.dimension * values[:, -1])
    return np.flatnonzero(values[:, 0] <= NEAR * held)


def held_at(mixture: Mixture, floor: Floats) -> Floats:
    """Return the variances, (K, d), at which a floor (d,) holds a fitted mixture's components.

    A tied variance is held by the component whose mean is furthest from zero, a spherical one by the channel
    of the largest floor.

    >>> held_at(Mixture([1.0], [[0.0, 5.0]], [1.0], "spherical"), np.array([1.0, 2.0]))
    array([[2., 2.]])
    """
    least = np.maximum(floor, (4 * EPSILON * mixture.means) ** 2)
    if mixture.covariance in ("tied", "spherical"):
        axis = 0 if mixture.covariance == "tied" else 1
        least = np.repeat(least.max(axis=axis, keepdims=True), least.shape[axis], axis=axis)
    return least


def warn_of_collapse(components: Collection[int], K: int, choice: str) -> None:
    """Warn that components have collapsed, where there are some; `choice` is the floor's name."""
    if not len(components):
        return
    one = len(components) == 1
    some = ", ".join(str(component) for component in list(components)[:10])
    some += ", …" if len(components) > 10 else ""
    those = f"component {some} has" if one else f"components {some} have"
    warn(
        f"{len(components)} of {K} components {'has' if one else 'have'} collapsed: along some direction "
        f"{those} no extent that float64 can tell from none, so density and log-likelihood have no meaning "
        f"there. Give a {choice} above 0 (the noise's variance), or ask for fewer components.",
        CollapsedComponentWarning,
    )
