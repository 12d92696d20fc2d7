"""Points drawn from a mixture that is known, to watch EM find it."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from pixture.arrays import Floats
from pixture.errors import ChoiceError
from pixture.mixture.model.mixture import Mixture
from pixture.wording import shown

CANDIDATES = 10
"""Places drawn for each next mean; the one furthest from the others is taken."""

FIELD = 10.0
"""Half the side of the square that holds the means."""


def synthetic(
    points: int = 600, components: int = 4, *, spread: float = 1.5, seed: int = 0
) -> tuple[Floats, Mixture]:
    """Return points in the plane, (points, 2), and the mixture that they were drawn from, as `fit` sorts it.

    Parameters
    ----------
    points
        How many.
    components
        Of the mixture: elongated, turned any way, of unequal weights.
    spread
        How wide they are. At 1 a component's standard deviations are between 0.6 and 2, in a square of side
        20; from about 2 on, components run into each other.
    seed
        Seed of the random numbers.

    Raises
    ------
    ChoiceError
        A number is out of its range.

    Examples
    --------
    >>> values, mixture = synthetic(100, 3)
    >>> values.shape, mixture.components
    ((100, 2), 3)
    """
    for name, value in (("points", points), ("components", components)):
        given: object = value
        if not isinstance(given, Integral) or given < 1:
            raise ChoiceError(f"The number of {name} must be at least 1; got {shown(value)}.")
    if not 0 < spread < np.inf:
        raise ChoiceError(f"spread must be a positive number; got {spread}.")
    if seed < 0:
        raise ChoiceError(f"seed must be at least 0; got {seed}.")
    generator = np.random.default_rng(seed)
    means = _apart(components, generator)
    deviations = spread * generator.uniform(0.6, 2.0, (components, 2))
    angles = generator.uniform(0, np.pi, components)
    axes = np.stack([np.cos(angles), np.sin(angles), -np.sin(angles), np.cos(angles)], axis=-1)
    roots = deviations[:, :, None] * axes.reshape(-1, 2, 2)
    weights = generator.dirichlet(np.full(components, 6.0))
    mixture = Mixture(weights, means, roots.transpose(0, 2, 1) @ roots).ordered()
    of = generator.choice(components, size=points, p=weights)
    values: Floats = means[of] + np.einsum("ni,nij->nj", generator.standard_normal((points, 2)), roots[of])
    return values, mixture


def _apart(count: int, generator: np.random.Generator) -> Floats:
    """Return places in the square, (count, 2), none close to another by chance (Mitchell 1991)."""
    places = generator.uniform(-FIELD, FIELD, (1, 2))
    while len(places) < count:
        drawn = generator.uniform(-FIELD, FIELD, (CANDIDATES, 2))
        nearest = np.linalg.norm(drawn[:, None] - places[None], axis=-1).min(axis=1)
        places = np.concatenate([places, drawn[[nearest.argmax()]]])
    return places
