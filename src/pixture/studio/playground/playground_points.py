"""Sets of points in the plane to watch EM on, each with a start that shows what it is there for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pixture.arrays import Floats
from pixture.mixture.em.initialization import initial_mixture
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.synthetic_points import synthetic
from pixture.mixture.model.weighted_sample import WeightedSample

WIDE = 4.0
"""Variance, along every direction, of a component that is put somewhere by hand."""


@dataclass(frozen=True)
class PointSet:
    """How a set of points is made, and by how many components it is best looked at.

    Attributes
    ----------
    make
        Points (n, 2), given a source of random numbers; `synthetic` takes the seed.
    components
        How many.
    lone
        Whether one component starts at the last of the points, to collapse onto it.
    """

    make: Callable[[int], Floats]
    components: int
    lone: bool = False


def _three(seed: int) -> Floats:
    return synthetic(180, 3, spread=1.2, seed=seed)[0]


def _stretched(seed: int) -> Floats:
    generator = np.random.default_rng(seed)
    sides = np.repeat([[0.0, 3.0], [0.0, -3.0]], 90, axis=0)
    points: Floats = sides + generator.standard_normal((180, 2)) * (5.0, 0.8)
    return points


def _rings(seed: int) -> Floats:
    generator = np.random.default_rng(seed)
    radii = np.repeat([3.0, 9.0], [60, 140]) + 0.5 * generator.standard_normal(200)
    angles = generator.uniform(0, 2 * np.pi, 200)
    points: Floats = radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return points


def _outlier(seed: int) -> Floats:
    points, _ = synthetic(120, 2, spread=1.2, seed=seed)
    furthest = -np.sign(points.mean(axis=0)) * 11.5
    return np.concatenate([points, furthest[None]])


def _equal(seed: int) -> Floats:
    points, _ = synthetic(120, 2, spread=1.2, seed=seed)
    place = np.round(-points.mean(axis=0), 1)
    return np.concatenate([points, np.repeat(place[None], 40, axis=0)])


SETS = {
    "three": PointSet(_three, 3),
    "stretched": PointSet(_stretched, 2),
    "rings": PointSet(_rings, 6),
    "outlier": PointSet(_outlier, 3, lone=True),
    "equal": PointSet(_equal, 3, lone=True),
}
"""The sets, by name."""


def points_of(name: str, seed: int) -> Floats:
    """Return the points of a set, (n, 2), with three decimals."""
    return np.round(SETS[name].make(seed), 3)


def start_at(points: Floats, components: int, init: str, seed: int, *, lone: bool = False) -> Mixture:
    """Return a mixture to start from, by one of the inits of `pixture.fit`.

    With `lone` its last component is a round one about the last point.
    """
    sample = WeightedSample(points)
    placed = max(1, components - lone)
    generator = np.random.default_rng(seed)
    start = initial_mixture(sample, placed, "full", init, sample.variance_floor(), generator)  # type: ignore[arg-type]
    if not lone or components < 2:
        return start
    share = 1 / components
    return Mixture(
        [*(start.weights * (1 - share)), share],
        np.concatenate([start.means, points[-1:]]),
        np.concatenate([start.matrices(), WIDE * np.eye(2)[None]]),
    )
