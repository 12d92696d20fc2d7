"""Everything a person can choose about a segmentation, in one immutable value.

>>> Choices(components=3).covariance
'full'
>>> Choices(components=0)
Traceback (most recent call last):
    ...
pixture.errors.ChoiceError: components must be a whole number of at least 1; got 0.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from numbers import Integral, Real
from typing import Any, Literal, get_args

from pixture.errors import ChoiceError

CovarianceName = Literal["full", "tied", "diagonal", "spherical"]
InitName = Literal["kmeans++", "greedy", "quantiles", "random"]
Init = InitName | Literal["given"]

COVARIANCES: tuple[CovarianceName, ...] = get_args(CovarianceName)
INITS: tuple[InitName, ...] = get_args(InitName)
DEFAULT_INIT: InitName = "kmeans++"
GIVEN: Literal["given"] = "given"
"""The init of a fit that was handed its starting mixture."""
AUTO: Literal["auto"] = "auto"
"""In place of a number of components: the image says how many."""
AUTO_COMPONENTS = range(1, 13)
"""The numbers of components that are compared if none are named."""
FPS = 6.0
"""Frames a second of an animation where nothing else is asked for: slow enough to follow."""
FRAME_WIDTH = 1080
"""Pixels across a frame of an animation where nothing else is asked for."""
MOST_COMPONENTS = 65_535
"""Labels are at most 16 bits wide, and one value is kept for masked pixels."""


@dataclass(frozen=True)
class Choices:
    """The choices of a segmentation; `pixture segment --help` lists the same ones.

    Parameters
    ----------
    components
        Number of Gaussian components, K >= 1.
    covariance
        "full": each component its own ellipsoid. "tied": one ellipsoid for all. "diagonal": axes along
        the channels. "spherical": the same variance along every channel.
    init
        How the start is found. "kmeans++": k-means++ seeding and a few Lloyd steps. "greedy": the
        same without chance: centres one by one, each the best of a few (deterministic). "quantiles": equal
        shares along the direction of greatest spread (deterministic). "random": means drawn from the
        data. "given": a mixture handed over with the choices.
    n_init
        Number of starts; the fit with the highest log-likelihood is kept.
    max_iter
        Most EM iterations a start may take.
    tol
        A start has converged when an iteration raises the log-likelihood per pixel by less than this
        (nats).
    seed
        Seed of every random number drawn.
    covariance_floor
        Least variance of a component along any direction. None takes 1/36 for integer pixels (six
        standard deviations are the width of the interval that an integer stands for) and 1e-6 of each
        channel's variance for floats. With 0, a component that collapses is held at the least extent that
        float64 can tell from none, and a `CollapsedComponentWarning` says so; `select` then takes the
        default, since likelihoods without a bound cannot be compared.
    accelerate
        Whether small subsamples of the data are fitted first, and then all of it from where they led: the
        iterations over all of it are fewer, and the optimum reached is as good or better on average. It
        makes no difference to a mixture given to start from.
    threads
        Threads to compute on; None takes every processor available. The answer does not depend on it.

    Raises
    ------
    ChoiceError
        A choice is out of its range.
    """

    components: int = 4
    covariance: CovarianceName = "full"
    init: Init = DEFAULT_INIT
    n_init: int = 1
    max_iter: int = 200
    tol: float = 1e-4
    seed: int = 0
    covariance_floor: float | None = None
    accelerate: bool = True
    threads: int | None = None

    def __post_init__(self) -> None:
        for name, least in (("components", 1), ("n_init", 1), ("max_iter", 1), ("seed", 0), ("threads", 1)):
            value = getattr(self, name)
            if value is not None or name != "threads":
                object.__setattr__(self, name, _whole(name, value, least))
        for name in ("tol", "covariance_floor"):
            value = getattr(self, name)
            if value is not None or name != "covariance_floor":
                object.__setattr__(self, name, _not_negative(name, value))
        _one_of("covariance", self.covariance, COVARIANCES)
        _one_of("init", self.init, (*INITS, GIVEN))
        if self.accelerate not in (True, False):
            raise ChoiceError(f"accelerate must be True or False; got {self.accelerate!r}.")
        object.__setattr__(self, "accelerate", bool(self.accelerate))
        if self.components > MOST_COMPONENTS:
            raise ChoiceError(f"components must be at most {MOST_COMPONENTS:,}; got {self.components:,}.")

    def as_dict(self) -> dict[str, Any]:
        """Return the choices by name, ready for JSON."""
        return asdict(self)


def _whole(name: str, value: object, least: int) -> int:
    """Return a whole number as Python's own, whatever library it came from."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise ChoiceError(f"{name} must be a whole number of at least {least}; got {value!r}.")
    return int(value)


def _not_negative(name: str, value: object) -> float:
    if not isinstance(value, Real) or not math.isfinite(value) or value < 0:
        raise ChoiceError(f"{name} must be a finite number of at least 0; got {value!r}.")
    return float(value)


def _one_of(name: str, value: object, names: tuple[str, ...]) -> None:
    if value not in names:
        raise ChoiceError(f"{name} must be one of {', '.join(names)}; got {value!r}.")
