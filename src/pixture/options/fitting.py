"""How to fit: every choice of a fit, in one immutable value.

>>> Choices(components=3).covariance
'full'
>>> Choices(covariance="diag").covariance
'diagonal'
>>> Choices(components=0)
Traceback (most recent call last):
    ...
pixture.errors.ChoiceError: components must be a whole number of at least 1; got 0.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from numbers import Real
from typing import Any, Literal, get_args

from pixture.errors import ChoiceError
from pixture.options.kinds import Flag, Name, Number, NumberOr, Whole
from pixture.options.option import Group, Options, described, option
from pixture.wording import shown

CovarianceName = Literal["full", "tied", "diagonal", "spherical", "diag"]
"""A covariance structure; "diag", scikit-learn's name, is "diagonal" from where it is checked on."""
InitName = Literal["kmeans++", "greedy", "quantiles", "random"]
Init = InitName | Literal["given"]
StyleName = Literal["colours", "classic"]

COVARIANCES: tuple[CovarianceName, ...] = ("full", "tied", "diagonal", "spherical")
INITS: tuple[InitName, ...] = get_args(InitName)
DEFAULT_INIT: InitName = "kmeans++"
GIVEN: Literal["given"] = "given"
"""The init of a fit that was handed its starting mixture."""
AUTO: Literal["auto"] = "auto"
"""In place of a number of components: the image says how many."""
COMPARED = "Numbers of components are compared by pixture.select, and by pixture.segment."
"""What to do where "auto" is not understood."""
OFF, SHRINKAGE_AUTO = "off", "auto"
"""In place of how much covariances are shrunk."""
AUTO_COMPONENTS = range(1, 13)
"""The numbers of components that are compared if none are named."""
FPS = 6.0
"""Frames a second of an animation where nothing else is asked for: slow enough to follow."""
FRAME_WIDTH = 1080
"""Pixels across a frame of an animation where nothing else is asked for."""
MOST_COMPONENTS = 65_535
"""Labels are at most 16 bits wide, and one value is kept for masked pixels."""
COVARIANCE = Name(COVARIANCES, short={"diag": "diagonal"})
"""The values that a covariance structure may have."""
INIT = Name(
    INITS,
    short=dict.fromkeys(("kmeans", "k-means", "k-means++"), "kmeans++"),
    internal=(GIVEN,),
    also=", or a Mixture to start from",
)
"""The values that an init may have."""


@described
@dataclass(frozen=True)
class Choices(Options):
    """The choices of a fit; `pixture segment --help` lists the same ones."""

    components: int = option(
        4,
        "Number of Gaussian components.",
        Whole(1, MOST_COMPONENTS, instead=COMPARED),
        short="-k",
        metavar="K",
        group=Group.FIND,
    )
    covariance: CovarianceName = option(
        "full",
        "Shape of the components: full, tied, diagonal (or diag) or spherical.",
        COVARIANCE,
        more='"full": each component its own ellipsoid. "tied": one ellipsoid for all. "diagonal", or '
        '"diag": axes along the channels. "spherical": the same variance along every channel.',
        metavar="NAME",
    )
    init: Init = option(
        DEFAULT_INIT,
        "How the starting mixture is found: kmeans++, greedy, quantiles or random.",
        INIT,
        more='"kmeans++": k-means++ seeding and a few Lloyd steps. "greedy": the same without chance: '
        'centres one by one, each the best of a few (deterministic). "quantiles": equal shares along the '
        'direction of greatest spread (deterministic). "random": means drawn from the data. Where a mixture '
        'is handed over to start from, it is "given".',
        metavar="NAME",
    )
    n_init: int = option(
        1,
        "Number of starts; the fit with the highest log-likelihood is kept.",
        Whole(1),
        metavar="N",
    )
    max_iter: int = option(
        200,
        "Largest number of EM iterations from each start.",
        Whole(1),
        metavar="N",
    )
    tol: float = option(
        1e-4,
        "Stop when an iteration raises the log-likelihood per pixel by less than this (nats).",
        Number(0),
        metavar="TOL",
    )
    seed: int = option(
        0,
        "Seed of the random numbers: the same seed gives the same result.",
        Whole(0),
        metavar="N",
    )
    covariance_floor: float | None = option(
        None,
        "Smallest variance that a component may have along any direction.",
        Number(0),
        more="None takes 1/36 for integer pixels (six standard deviations are the width of the interval that "
        "an integer stands for) and 1e-6 of each channel's variance for floats. With 0, a component that "
        "collapses is held at the least extent that float64 can tell from none, and a "
        "`CollapsedComponentWarning` says so; `select` then takes the default, since likelihoods without a "
        "bound cannot be compared.",
        metavar="V",
        shown_default="1/36 for integers, 1e-6 of each channel's variance for floats",
    )
    shrinkage: float | str = option(
        SHRINKAGE_AUTO,
        "Shrink full covariances towards the correlations that all components share: auto, off, or how "
        "many pixels these are worth.",
        NumberOr(Number(0), Name((SHRINKAGE_AUTO, OFF))),
        more='"auto" does where the pixels are few for so many channels (more than 10 channels, and fewer '
        "than 10 pixels for each channel of each component), by as much as the data support.",
        metavar="N|auto|off",
    )
    accelerate: bool = option(
        True,
        "Fit small subsamples of the pixels first, and start on all pixels from where they led: fewer "
        "iterations over all pixels.",
        Flag(),
        more="The optimum reached is as good or better on average. It makes no difference to a mixture given "
        "to start from.",
    )
    threads: int | None = option(
        None,
        "Number of threads; the result does not depend on it.",
        Whole(1),
        more="None takes every processor available.",
        metavar="N",
        shown_default="all processors",
        group=Group.RUN,
    )

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
