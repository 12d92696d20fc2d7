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
from dataclasses import asdict, dataclass, fields
from numbers import Integral, Real
from typing import Any, Literal, get_args

from pixture.errors import ChoiceError
from pixture.wording import meant_number, nearest, shown

CovarianceName = Literal["full", "tied", "diagonal", "spherical"]
InitName = Literal["kmeans++", "greedy", "quantiles", "random"]
Init = InitName | Literal["given"]

COVARIANCES: tuple[CovarianceName, ...] = get_args(CovarianceName)
INITS: tuple[InitName, ...] = get_args(InitName)
SHORT_NAMES = {"diag": "diagonal", "kmeans": "kmeans++", "k-means++": "kmeans++", "k-means": "kmeans++"}
"""Names that other libraries use."""
DEFAULT_INIT: InitName = "kmeans++"
GIVEN: Literal["given"] = "given"
"""The init of a fit that was handed its starting mixture."""
AUTO: Literal["auto"] = "auto"
"""In place of a number of components: the image says how many."""
COMPARED = " Numbers of components are compared by pixture.select, and by pixture.segment."
"""What to do where "auto" is not understood."""
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
        object.__setattr__(self, "covariance", _one_of("covariance", self.covariance, COVARIANCES))
        object.__setattr__(self, "init", _one_of("init", self.init, (*INITS, GIVEN)))
        if self.accelerate not in (True, False):
            raise ChoiceError(f"accelerate must be True or False; got {shown(self.accelerate)}.")
        object.__setattr__(self, "accelerate", bool(self.accelerate))
        if self.components > MOST_COMPONENTS:
            raise ChoiceError(f"components must be at most {MOST_COMPONENTS:,}; got {self.components:,}.")

    def __repr__(self) -> str:
        """Only what was chosen otherwise than by default."""
        chosen = [
            f"{one.name}={getattr(self, one.name)!r}"
            for one in fields(self)
            if one.name == "components" or getattr(self, one.name) != one.default
        ]
        lines = [", ".join(chosen[at : at + 5]) for at in range(0, len(chosen), 5)]
        return f"Choices({f',{chr(10)}        '.join(lines)})"

    def as_dict(self) -> dict[str, Any]:
        """Return the choices by name, ready for JSON."""
        return asdict(self)


def _whole(name: str, value: object, least: int) -> int:
    """Return a whole number as Python's own, whatever library it came from."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise ChoiceError(
            f"{name} must be a whole number of at least {least}; got {shown(value)}."
            f"{meant_number(name, value)}{COMPARED if str(value).lower() == AUTO else ''}"
        )
    return int(value)


def refuse_outside(name: str, value: object, least: float, most: float) -> None:
    """Refuse what is no number from `least` to `most`.

    Raises
    ------
    ChoiceError
        It is not.

    >>> refuse_outside("component", 3, 0, 1)
    Traceback (most recent call last):
        ...
    pixture.errors.ChoiceError: component must be 0 to 1; got 3.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not least <= float(value) <= most:
        raise ChoiceError(f"{name} must be {least} to {most}; got {shown(value)}.")


def _not_negative(name: str, value: object) -> float:
    if not isinstance(value, Real) or not math.isfinite(value) or value < 0:
        raise ChoiceError(f"{name} must be a finite number of at least 0; got {shown(value)}.")
    return float(value)


def _one_of(name: str, value: object, names: tuple[str, ...]) -> str:
    """Return the name in full, whatever its case."""
    if isinstance(value, str):
        full = SHORT_NAMES.get(value.lower(), value.lower())
        if full in names:
            return full
    offered = tuple(one for one in names if one != GIVEN)
    mixture = ", or a Mixture to start from" if name == "init" else ""
    held = f" Give its mixture: {name}=….mixture." if mixture and hasattr(value, "mixture") else ""
    raise ChoiceError(
        f"{name} must be one of {', '.join(offered)}{mixture}; got {shown(value)}."
        f"{held or nearest(value, offered)}"
    )
