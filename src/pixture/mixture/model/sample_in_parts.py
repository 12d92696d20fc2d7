"""A sample of more rows than are held at once: its parts are summarised one by one, and the sums add up.

Which rows make up a part follows from the data alone, and sums are taken in one order (`pairwise`), so the
answer has the same bits whether parts come from memory, from a file or from other machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol, TypeVar

import numpy as np

from pixture.arrays import Array, Floats
from pixture.errors import SampleError
from pixture.mixture.model.channel_scales import ChannelScales
from pixture.mixture.model.sample import Sample
from pixture.mixture.model.weighted_sample import WeightedSample

T = TypeVar("T")

KEPT_NUMBERS, LEAST_KEPT, MOST_KEPT = 2**23, 2**17, 2**20
"""Numbers that the rows kept of all parts may hold together (64 MB), and how many rows these are."""


def kept_rows(dimension: int) -> int:
    """Return how many rows are kept of a sample in parts: enough for all that EM does before whole passes.

    >>> kept_rows(3), kept_rows(156)
    (1048576, 131072)
    """
    return min(max(KEPT_NUMBERS // dimension, LEAST_KEPT), MOST_KEPT)


def pairwise(terms: Iterable[T | None]) -> T:
    """Return the sum of terms, pairs first, then pairs of pairs: in one order, however they come about.

    None keeps its place in that order, and adds nothing.

    Raises
    ------
    SampleError
        There is no term.

    Examples
    --------
    >>> pairwise([0.1, 0.2, 0.3]) == (0.1 + 0.2) + 0.3
    True
    """
    waiting: list[tuple[int, T | None]] = []  # sums of 2^level terms, the largest first
    for term in terms:
        level, total = 0, term
        while waiting and waiting[-1][0] == level:
            total = together(waiting.pop()[1], total)
            level += 1
        waiting.append((level, total))
    found: T | None = None
    while waiting:
        found = together(waiting.pop()[1], found)
    if found is None:
        raise SampleError("There is no row to sum up: every part is empty, or masked.")
    return found


def together(one: T | None, other: T | None) -> T | None:
    """Return the sum of two terms, of which None adds nothing."""
    if one is None or other is None:
        return other if one is None else one
    total: T = one + other  # type: ignore[operator]  # what is summed can be added
    return total


class Parts(Protocol):
    """Rows in parts, wherever they are."""

    def summed(self, work: Callable[[WeightedSample], T]) -> T:
        """Return the `pairwise` sum of what `work` makes of each part that has rows."""


@dataclass(frozen=True, eq=False)
class PartFacts:
    """What is known of some rows once they have been seen; facts of two parts add up.

    Attributes
    ----------
    rows
        How many there are.
    mean, scatter
        (d,), their mean, and Σ (x - mean)² of each channel.
    least, most
        (d,), the ends of each channel.
    kept
        (m, d), evenly spaced rows.
    """

    rows: int
    mean: Floats
    scatter: Floats
    least: Floats
    most: Floats
    kept: Array

    @classmethod
    def of(cls, values: Array, every: int) -> PartFacts:
        """Return the facts of rows (n, d), one in `every` of which is kept.

        >>> PartFacts.of(np.array([[1.0], [2.0], [6.0]]), 2)
        <PartFacts: 3 rows, 1 kept>
        """
        exact = values.astype(np.float64)
        mean = exact.mean(axis=0)
        scatter = np.square(exact - mean).sum(axis=0)
        kept = np.ascontiguousarray(values[every // 2 :: every])
        return cls(len(values), mean, scatter, exact.min(axis=0), exact.max(axis=0), kept)

    def __repr__(self) -> str:
        return f"<PartFacts: {self.rows:,} rows, {len(self.kept):,} kept>"

    def __add__(self, other: PartFacts) -> PartFacts:
        rows = self.rows + other.rows
        apart = other.mean - self.mean
        return PartFacts(
            rows,
            self.mean + apart * (other.rows / rows),
            # Chan, Golub and LeVeque 1979
            self.scatter + other.scatter + apart**2 * (self.rows * other.rows / rows),
            np.minimum(self.least, other.least),
            np.maximum(self.most, other.most),
            np.concatenate([self.kept, other.kept]),
        )


@dataclass(frozen=True, eq=False)
class SampleInParts(Sample):
    """Rows of weight 1 that come in parts.

    Attributes
    ----------
    parts
        Where they come from.
    facts
        What is known of all of them.
    resolution
        Width of the interval that a value stands for: 1 for integers, 0 for continuous values.
    float64
        Whether sums are taken in float64 though the values are float32.

    Examples
    --------
    >>> class TwoParts:
    ...     def summed(self, work):
    ...         return work(WeightedSample([[0.0], [1.0]])) + work(WeightedSample([[5.0]]))
    >>> facts = TwoParts().summed(lambda part: PartFacts.of(part.values, 1))
    >>> sample = SampleInParts(TwoParts(), facts)
    >>> sample.size, sample.mean
    (3, array([2.]))
    """

    parts: Parts
    facts: PartFacts
    resolution: float = 0.0
    float64: bool = False

    def __repr__(self) -> str:
        return f"<SampleInParts: {self.size:,} rows, {self.dimension} channels>"

    @property
    def scales(self) -> ChannelScales | None:  # type: ignore[override]  # of rows in parts there are none
        """None: channels do not differ in their widths and weights."""
        return None

    @property
    def size(self) -> int:
        """Number of rows, n."""
        return self.facts.rows

    @property
    def dimension(self) -> int:
        """Number of channels, d."""
        return int(self.facts.mean.size)

    @property
    def total_weight(self) -> float:
        """Sum of the weights."""
        return float(self.facts.rows)

    @property
    def mean(self) -> Floats:
        """Mean, (d,)."""
        return self.facts.mean

    @property
    def variance(self) -> Floats:
        """Variance of each channel, (d,), with the number of rows as divisor."""
        return self.facts.scatter / self.facts.rows

    @property
    def spans(self) -> Floats:
        """As `Sample` says."""
        return self.facts.most - self.facts.least

    @cached_property
    def kept(self) -> WeightedSample:
        """Evenly spaced rows, `kept_rows` of them or so."""
        found = WeightedSample(self.facts.kept, resolution=self.resolution)
        return found.in_float64() if self.float64 else found

    @property
    def is_float64(self) -> bool:
        """As `Sample` says."""
        return self.kept.is_float64

    def in_float64(self) -> SampleInParts:
        """As `Sample` says."""
        return replace(self, float64=True)

    def distinct(self, at_most: int) -> int:
        """As `Sample` says, of the rows that are kept."""
        return self.kept.distinct(at_most)

    def thinned(self, size: int, offset: float = 0.5) -> WeightedSample:
        """As `Sample` says, of the rows that are kept; all of these where there are no more."""
        return self.kept.thinned(size, offset)

    def summed(self, work: Callable[[WeightedSample], T]) -> T:
        """Return the sum of what `work` makes of each part."""
        wanted: Callable[[WeightedSample], T] = InFloat64(work) if self.float64 else work
        return self.parts.summed(wanted)


@dataclass(frozen=True)
class InFloat64:
    """What work makes of a part in float64; it can be sent to other processes where the work can."""

    work: Callable[[WeightedSample], Any]

    def __call__(self, part: WeightedSample) -> Any:
        """Return it."""
        return self.work(part.in_float64())
