"""A weighted sample: the only thing EM ever sees."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pixture.arrays import Array, Floats, Reals
from pixture.errors import SampleError
from pixture.mixture.model.channel_scales import ChannelScales
from pixture.mixture.model.sample import LARGEST32, Sample
from pixture.wording import plural, shown

LARGEST_SPAN, LEAST_SPAN = 1e150, 1e-150
"""Spans of a channel whose squares float64 holds with all their digits."""


@dataclass(frozen=True, eq=False)
class WeightedSample(Sample):
    """Values with a weight each; a weight of 3 means the same as the row three times.

    Parameters
    ----------
    values
        (n, d) finite numbers; a vector is taken as d = 1. Kept as float64, or as float32 where they and
        the weights are such without loss and their squares stay within float32. Then a block of up to 4,096
        rows is computed and summed in float32, and the sums of blocks are added in float64: means,
        covariances and the log-likelihood per row come out right to six digits, however many the rows.
    weights
        (n,) finite, not negative, not all zero. None weighs every row 1. Of the same dtype as the values.
    resolution
        Width of the interval that a value stands for: 1 for integers, 0 for continuous values.
    scales
        Such widths, and weights, of each channel, where channels differ in them; None where they do not.

    Raises
    ------
    SampleError
        The arrays have other shapes, or hold what is not finite, or no weight.

    Examples
    --------
    >>> sample = WeightedSample([[0.0], [2.0]], [3, 1])
    >>> sample.total_weight, sample.mean
    (4.0, array([0.5]))
    """

    values: Reals
    weights: Reals
    resolution: float = 0.0
    scales: ChannelScales | None = None
    channels: Reals = field(init=False, repr=False)
    """(d, n): the values with channels as contiguous rows, as the kernels read them."""

    def __init__(
        self,
        values: npt.ArrayLike,
        weights: npt.ArrayLike | None = None,
        resolution: float = 0.0,
        scales: ChannelScales | None = None,
    ) -> None:
        channels = _channels(values)
        given = np.ones(channels.shape[1], channels.dtype) if weights is None else np.asarray(weights)
        if given.shape != (channels.shape[1],):
            raise SampleError(
                f"A sample needs one weight a row: expected {channels.shape[1]}, got shape {given.shape}."
            )
        if given.dtype.kind not in "biuf":
            raise SampleError(f"Weights must be real numbers; got dtype {given.dtype}.")
        least, total = given.min(), given.sum(dtype=np.float64)
        if not (least >= 0 and np.isfinite(total)):
            raise SampleError("Weights must be finite and not negative.")
        if total == 0:
            raise SampleError("Every weight is zero, so there is nothing to fit.")
        refuse_what_squares_cannot_hold(channels)
        if channels.dtype == np.float32 and not (_fit_float32(channels) and _are_float32(given)):
            channels = channels.astype(np.float64)
        weighed = np.array(given, dtype=channels.dtype)
        _set(self, channels=channels, values=channels.T, weights=weighed)
        _set(self, resolution=float(resolution), scales=scales)
        for array in (channels, weighed):
            array.flags.writeable = False

    def __repr__(self) -> str:
        total = "" if self.total_weight == self.size else f" of total weight {self.total_weight:,.10g}"
        return (
            f"<WeightedSample: {plural(self.size, 'row')}{total}, {plural(self.dimension, 'channel')}, "
            f"resolution {self.resolution:g}>"
        )

    @property
    def size(self) -> int:
        """Number of rows, n."""
        return int(self.channels.shape[1])

    @property
    def dimension(self) -> int:
        """Number of channels, d."""
        return int(self.channels.shape[0])

    @cached_property
    def total_weight(self) -> float:
        """Sum of the weights."""
        return float(self.weights.sum(dtype=np.float64))

    @cached_property
    def mean(self) -> Floats:
        """Weighted mean, (d,)."""
        # about the first row: the mean of values far from zero keeps its digits
        origin = self.channels[:, 0].astype(np.float64)
        return np.array(
            [
                centre + float(self.weights @ (channel - centre)) / self.total_weight
                for channel, centre in zip(self.channels, origin, strict=True)
            ]
        )

    @cached_property
    def variance(self) -> Floats:
        """Weighted variance of each channel, (d,), with the total weight as divisor."""
        return np.array(
            [
                float(self.weights @ np.square(channel - centre)) / self.total_weight
                for channel, centre in zip(self.channels, self.mean, strict=True)
            ]
        )

    @cached_property
    def _cumulated(self) -> Floats:
        """Sum of the weights up to each row, (n,)."""
        return np.cumsum(self.weights, dtype=np.float64)

    @property
    def spans(self) -> Floats:
        """As `Sample` says."""
        spans: Floats = np.ptp(self.channels, axis=1).astype(np.float64)
        return spans

    @property
    def is_float64(self) -> bool:
        """As `Sample` says."""
        return self.channels.dtype == np.float64

    def in_float64(self) -> WeightedSample:
        """As `Sample` says."""
        if self.is_float64:
            return self
        return WeightedSample(self.values.astype(np.float64), self.weights, self.resolution, self.scales)

    def distinct(self, at_most: int) -> int:
        """Return the number of distinct rows of positive weight, counted no further than `at_most`."""
        found = 0
        for length in (4096, self.size):  # a few rows nearly always settle it
            values, left = self.values[:length], self.weights[:length] > 0
            found = 0
            while found < at_most and left.any():
                found += 1
                left &= (values != values[left.argmax()]).any(axis=1)
            if found == at_most:
                break
        return found

    def thinned(self, size: int, offset: float = 0.5) -> WeightedSample:
        """Return about `size` rows drawn in proportion to their weight, or the sample itself if no larger.

        Systematic sampling: evenly spaced points along the cumulated weight, the first at `offset` (0 to 1)
        of a step, so that a row of large weight is always in, as often as its weight says.
        """
        if self.size <= size:
            return self
        if self.weights.min() == self.weights.max():
            rows = ((np.arange(size) + offset) * (self.size / size)).astype(np.intp)
            return WeightedSample(self.values[rows], resolution=self.resolution, scales=self.scales)
        # the points before the end of each row; the last row's end may round to either side of the last point
        points = np.ceil(self._cumulated * (size / self.total_weight) - offset).clip(max=size)
        counts = np.diff(points, prepend=0)
        rows = np.flatnonzero(counts)
        return WeightedSample(self.values[rows], counts[rows], self.resolution, self.scales)


def refuse_what_squares_cannot_hold(channels: Reals) -> None:
    """Refuse channels (d, n) that are not finite, or span more, or less, than their squares can hold."""
    for channel in channels:
        least, most = float(channel.min()), float(channel.max())
        span = most - least
        if not np.isfinite(least + most):  # NaN is the least and the most of whatever holds it
            raise SampleError("Values must be finite; remove or mask NaN and infinity first.")
        if span > LARGEST_SPAN or 0 < span < LEAST_SPAN:
            raise SampleError(
                f"A channel's values span {span:.3g}, whose square float64 cannot hold with its digits. "
                "Multiply the values by a power of ten that brings them near 1."
            )


def _fit_float32(channels: Reals) -> bool:
    """Whether float32 holds the squares of the values, and of their deviations in units of their spread."""
    sizes = [max(-float(channel.min()), float(channel.max())) for channel in channels]
    spans = [float(np.ptp(channel)) for channel in channels]
    return max(sizes) < LARGEST32 and all(span == 0 or span > 1 / LARGEST32 for span in spans)


def _are_float32(weights: Array) -> bool:
    return weights.dtype == np.float32 or bool((weights.astype(np.float32) == weights).all())


def _other_than_rows(values: object) -> str:
    """Return what to give instead of what is clearly something else than rows; nothing where they may be."""
    if isinstance(values, str | os.PathLike) or hasattr(values, "getbands") or hasattr(values, "pixels"):
        return "Of an image: pixture.segment(image), or pixture.histogram(image).sample."
    if isinstance(getattr(values, "sample", None), WeightedSample):
        return "Give its .sample."
    if hasattr(values, "histogram") and hasattr(values, "labels"):  # not NumPy's, nor a data frame's
        return "Give its .histogram.sample."
    if len(getattr(values, "shape", ())) == 3:
        return (
            "Of an image (height, width, channels): pixture.segment(image), or as a table: "
            "image.reshape(-1, channels)."
        )
    return "Give at least one row." if values is None else ""


def _channels(values: npt.ArrayLike) -> Reals:
    if advice := _other_than_rows(values):
        raise SampleError(f"A sample is rows of numbers, (n, d); got {shown(values)}. {advice}")
    given = np.asarray(values)
    if given.ndim == 1:
        given = given[:, None]
    if given.ndim != 2 or 0 in given.shape:
        raise SampleError(f"A sample is an (n, d) array with n, d >= 1; got shape {np.shape(values)}.")
    if given.dtype.kind not in "biuf":
        raise SampleError(f"Sample values must be real numbers; got dtype {given.dtype}.")
    # a copy even where none is needed: the sample stays as it was whatever happens to the array given
    if given.dtype == np.float32:
        return np.array(given.T, order="C")
    return np.array(given.T, dtype=np.float64, order="C")


def _set(sample: WeightedSample, **attributes: object) -> None:
    for name, value in attributes.items():
        object.__setattr__(sample, name, value)
