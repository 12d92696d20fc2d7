"""What is odd about a fitted mixture's components, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pixture.arrays import Floats, Integers
from pixture.errors import ChoiceError, SampleError
from pixture.mixture.comparison.distance import bhattacharyya
from pixture.mixture.model.collapsed_components import NEAR, held_at
from pixture.mixture.model.covariance import RELATIVE_ROUNDING
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample

AT_FLOOR = 1.01
"""Variances up to this multiple of the floor sit at it: responsibilities of other rows add a little."""

DUPLICATE_DISTANCE = 0.05
"""Bhattacharyya distance below which two components are one: they overlap by more than 95 %."""

HEAP_SHARE, HEAP_ROWS = 0.001, 5
"""Share of the weight, and rows of the least weight, from which the end of a range is a heap, no tail."""


class State(Enum):
    """What a component is; the value says it in a sentence, with advice where there is some."""

    FINE = "Nothing is odd about it."
    EMPTY = "It answers for hardly a row: ask for fewer components."
    SATURATED = (
        "It is a heap of equal values at the end of a channel's range, as clipping and blank borders leave "
        "them: leave those rows out, or take its label for theirs."
    )
    COLLAPSED = (
        "It is one point, or a value that repeats: ask for fewer components, or raise the least "
        "variance (covariance_floor, reg_covar) if that value is no class of its own."
    )
    FLAT = (
        "It has no extent along some direction, since channels are constant there or follow from each other: "
        "leave some of them out, or take diagonal covariances."
    )
    DUPLICATE = "It is another component once more: ask for fewer components, or merge the two."


@dataclass(frozen=True)
class Diagnosis:
    """What is odd about one component.

    >>> print(Diagnosis(0, State.FINE, "Component 0 holds 40 % of the weight."))
    Component 0 holds 40 % of the weight. Nothing is odd about it.
    """

    component: int
    """0 … K - 1."""
    state: State
    """The first that applies of EMPTY, SATURATED, COLLAPSED, FLAT, DUPLICATE; FINE where none does."""
    reason: str
    """A sentence with the component's numbers."""

    def __repr__(self) -> str:
        return f"<Diagnosis: component {self.component}, {self.state.name}>"

    def __str__(self) -> str:
        return f"{self.reason} {self.state.value}"


def diagnose(
    mixture: Mixture,
    sample: WeightedSample | npt.ArrayLike,
    floor: npt.ArrayLike | None = None,
    weights_floor: float | None = None,
) -> tuple[Diagnosis, ...]:
    """Return what is odd about each component of a fitted mixture, in their order.

    Parameters
    ----------
    sample
        The rows the mixture was fitted to, as in `fit`.
    floor
        (d,), or one for all channels: the least variances of the fit. None takes `sample.variance_floor()`.
        0 takes the least that float64 can tell from none, which holds components in a fit with a floor of 0.
    weights_floor
        Share of the weight below which a component is empty, 0 to 1; None takes that of the lightest row.

    Raises
    ------
    ChoiceError
        A floor is out of its range.
    SampleError
        The sample has other channels than the mixture.

    Examples
    --------
    >>> mixture = Mixture([0.5, 0.5], [[0.0], [0.1]], [1.0, 1.1], "spherical")
    >>> sample = WeightedSample([[-1.0], [0.0], [0.2], [1.0]])
    >>> print(diagnose(mixture, sample, sample.variance_floor())[0].reason)
    Component 0 lies at a Bhattacharyya distance of 0.0018 from component 1.
    """
    sample = sample if isinstance(sample, WeightedSample) else WeightedSample(sample)
    floor = sample.variance_floor() if floor is None else floor
    K, d = mixture.means.shape
    if sample.dimension != d:
        raise SampleError(f"The mixture has {d} channels, the sample {sample.dimension}; they must agree.")
    asked, told = _floors(floor, d), sample.rounding_floor()
    near = NEAR if (asked < told).any() else AT_FLOOR  # what rounding holds, it holds loosely
    if weights_floor is None:
        weights_floor = float(sample.weights[sample.weights > 0].min()) / sample.total_weight
    elif not 0 <= weights_floor <= 1:
        raise ChoiceError(f"weights_floor must be 0 to 1; got {weights_floor}.")
    judge = _Judge(mixture, np.maximum(asked, told), near, weights_floor, list(_ends(sample)))
    found = (judge.of(component) for component in range(K))
    return tuple(
        Diagnosis(component, state, f"Component {component} {reason}.")
        for component, (state, reason) in enumerate(found)
    )


class _End(NamedTuple):
    """The least or the largest value of a channel that is not constant."""

    channel: int
    which: str
    value: float
    share: float
    """Of the weight, that of the rows with exactly that value."""


class _Judge:
    """All that components are judged by."""

    def __init__(
        self, mixture: Mixture, floor: Floats, near: float, weights_floor: float, ends: list[_End]
    ) -> None:
        self.mixture, self.near, self.weights_floor, self.ends = mixture, near, weights_floor, ends
        self.floors = held_at(mixture, floor)
        self.matrices = mixture.matrices()
        # exactly the lightest row's share is a row; a little less is that share after rounding
        self.empty = mixture.weights < weights_floor * (1 - 1e-9)
        self.distances = bhattacharyya(mixture)
        np.fill_diagonal(self.distances, np.inf)
        self.distances[:, self.empty] = np.inf

    def of(self, component: int) -> tuple[State, str]:
        """Return the first state that applies, and what the sentence says of the component."""
        held = f"holds {_percent(float(self.mixture.weights[component]))} of the weight"
        if self.empty[component]:
            return State.EMPTY, f"{held}, less than the {_percent(self.weights_floor)} it must"
        end = self._end(component)
        if end is not None:
            return State.SATURATED, (
                f"lies at {end.value:.6g}, the {end.which} value of channel {end.channel + 1}, which "
                f"{_percent(end.share)} of the rows have, and its variance along it is at the floor"
            )
        directions, channels = self._flat(component)
        if directions == self.mixture.dimension:
            return (
                State.COLLAPSED,
                f"{held}, and its variance is at the floor of {_listed(self.floors[component])}",
            )
        if directions:
            return State.FLAT, (
                f"has a variance at the floor along {directions} of its {self.mixture.dimension} "
                f"directions, in {_channels(channels)}"
            )
        nearest = int(self.distances[component].argmin())
        distance = float(self.distances[component, nearest])
        if distance < DUPLICATE_DISTANCE:
            return State.DUPLICATE, (
                f"lies at a Bhattacharyya distance of {distance:.2g} from component {nearest}"
            )
        return State.FINE, held

    def _end(self, component: int) -> _End | None:
        """Return the heap at an end of a channel's range that the component is, the heaviest of several."""
        mean, variances = self.mixture.means[component], np.diagonal(self.matrices[component])
        floor = self.floors[component]
        found = [
            end
            for end in self.ends
            if variances[end.channel] <= self.near * floor[end.channel]
            and (mean[end.channel] - end.value) ** 2 <= floor[end.channel]
        ]
        return max(found, key=lambda end: end.share, default=None)

    def _flat(self, component: int) -> tuple[int, Integers]:
        """Return along how many directions the variance is at the floor, and the channels they lie in."""
        scale = np.sqrt(self.floors[component])
        values, vectors = np.linalg.eigh(self.matrices[component] / (scale[:, None] * scale))
        low = values <= np.maximum(self.near, NEAR * RELATIVE_ROUNDING * scale.size * values[-1])
        return int(low.sum()), np.flatnonzero(np.square(vectors[:, low]).sum(axis=1) > 0.01)


def _floors(floor: npt.ArrayLike, d: int) -> Floats:
    given = np.asarray(floor, dtype=np.float64)
    if given.shape not in ((), (1,), (d,)):
        raise ChoiceError(f"floor must be one number, or ({d},), one a channel; got shape {given.shape}.")
    if not (np.isfinite(given).all() and (given >= 0).all()):
        raise ChoiceError("floor must be finite and not negative: what sits at it is told by it.")
    return np.broadcast_to(given, (d,)).copy()


def _ends(sample: WeightedSample) -> Iterator[_End]:
    """Yield the ends of the channels' ranges where values are heaped."""
    there = sample.weights > 0
    lightest = float(sample.weights[there].min())
    for j, channel in enumerate(sample.channels):
        least, most = float(channel[there].min()), float(channel[there].max())
        if least == most:
            continue
        for which, value in (("least", least), ("largest", most)):
            weight = float(sample.weights[channel == value].sum(dtype=np.float64))
            if weight >= max(HEAP_ROWS * lightest, HEAP_SHARE * sample.total_weight):
                yield _End(j, which, value, weight / sample.total_weight)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _listed(numbers: Floats) -> str:
    """One number if they are all the same."""
    return ", ".join(f"{number:.3g}" for number in (numbers[:1] if np.ptp(numbers) == 0 else numbers))


def _channels(channels: Integers) -> str:
    names = ", ".join(str(channel + 1) for channel in channels)
    return f"channel {names}" if channels.size == 1 else f"channels {names}"
