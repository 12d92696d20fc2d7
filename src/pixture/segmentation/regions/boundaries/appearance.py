"""What every pixel looks like, as soft maps: the posteriors of a mixture of colours and of one of textures.

The components of a mixture are the bins of a histogram whose places and shapes follow the image, and a
pixel's posteriors say softly in which it lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.imaging.feature_space.scale_space import derivatives
from pixture.imaging.kernels import colour
from pixture.mixture.em.em import maximise_likelihood, summarise
from pixture.mixture.em.initialization import initial_mixture
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.posterior import responsibilities
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.segmentation.regions.boundaries.chi_square_tensor import halved
from pixture.segmentation.regions.constants import Constants

LEAST_SHARE = np.float32(1e-4)
"""Posteriors below are taken as 0: they say nothing, and most of a photograph's are."""

MOST_CELLS = 1 << 22
"""Cells of the grid of colours that are counted in a table; of a larger one, those that occur are sorted."""


@dataclass(frozen=True, eq=False)
class Appearance:
    """A mixture, and its posteriors at every pixel.

    Attributes
    ----------
    mixture
        Over planes in the units of `perceptual_planes`, or over texture features.
    maps
        (K, rows, columns) float32, zero where masked; elsewhere they sum to 1, to 0.2 %.
    """

    mixture: Mixture
    maps: Array


@dataclass(frozen=True, eq=False)
class ValuePosteriors:
    """A mixture of colours, its posteriors for each distinct colour, and which colour each pixel has.

    Attributes
    ----------
    mixture
        Over planes in the units of `perceptual_planes`.
    shares
        (K, colours) float32: the posteriors of each colour.
    rows
        (pixels,): the colour of each pixel, in reading order; that of a masked one says nothing.
    """

    mixture: Mixture
    shares: Array
    rows: Integers


def colour_appearance(
    planes: Array,
    mask: Mask | None,
    constants: Constants,
    *,
    seed: int | None = None,
    threads: int | None = None,
) -> Appearance:
    """Return the mixture of an image's colours, and its posteriors at every pixel.

    Parameters are those of `colour_posteriors`.
    """
    found = colour_posteriors(planes, mask, constants, seed=seed, threads=threads)
    maps = np.take(found.shares, found.rows, axis=1).reshape(-1, *planes.shape[1:])
    if mask is not None:
        maps *= mask
    return Appearance(found.mixture, maps)


def colour_posteriors(
    planes: Array,
    mask: Mask | None,
    constants: Constants,
    *,
    seed: int | None = None,
    threads: int | None = None,
) -> ValuePosteriors:
    """Return the mixture of an image's or a volume's colours, and its posteriors by colour.

    Parameters
    ----------
    planes
        (channels, rows, columns) as of `perceptual_planes`, or of a volume. They are rounded to steps of
        `constants.colour_step`, and EM sees the distinct values with their counts.
    mask
        Which pixels take part.
    constants
        How fine, and how many components.
    seed
        None starts EM from the data alone; a number, from k-means++ with this seed.
    threads
        None takes every processor available; the answer is the same.
    """
    step = constants.colour_step
    cells = np.rint(planes.reshape(len(planes), -1) * np.float32(1 / step)).astype(np.int32)
    least = cells.min(axis=1, keepdims=True)
    span = tuple(int(s) for s in (cells - least).max(axis=1) + 1)
    seen = slice(None) if mask is None else mask.ravel()
    if np.prod(span, dtype=float) <= MOST_CELLS:
        codes = np.ravel_multi_index(tuple(cells - least), span)
        counts = np.bincount(codes[seen], minlength=int(np.prod(span)))
        filled = np.flatnonzero(counts)
        row_of = np.zeros(len(counts), np.int32)
        row_of[filled] = np.arange(len(filled))
        values = np.stack(np.unravel_index(filled, span), axis=1) + least.T
        counts, rows = counts[filled], row_of[codes]
    else:
        values, of_seen, counts = np.unique(cells[:, seen], axis=1, return_inverse=True, return_counts=True)
        values, rows = values.T, np.zeros(cells.shape[1], np.int64)
        rows[seen] = of_seen
    sample = WeightedSample((values * step).astype(np.float32), counts.astype(np.float32))
    mixture = _fitted(
        sample, constants.colours, constants.colour_floor, constants.em_iterations, seed, threads
    )
    return ValuePosteriors(mixture, _clipped(responsibilities(mixture, sample, threads=threads)), rows)


def texture_appearance(
    lightness: Array,
    mask: Mask | None,
    constants: Constants,
    *,
    seed: int | None = None,
    threads: int | None = None,
) -> Appearance:
    """Return the mixture of an image's textures, and its posteriors at half the size.

    A texture is the ten derivatives up to second order at the two `constants.texture_scales`; long vectors
    are shortened to the logarithm of their length, as the eye does with contrast. EM sees every third of them
    each way.

    Parameters
    ----------
    lightness
        (rows, columns) as the first plane of `perceptual_planes`.
    mask, constants, seed, threads
        As in `colour_appearance`.
    """
    both = [derivatives(lightness, scale, threads=threads) for scale in constants.texture_scales]
    features = halved(np.concatenate(both), threads=threads)
    d, rows, columns = features.shape
    colour.compress(features.reshape(d, -1))
    taking_part = None if mask is None else halved(mask.astype(np.float32)) > 0
    lattice = np.ix_(_spread(rows), _spread(columns))
    seen = features[:, lattice[0], lattice[1]].reshape(d, -1).T
    if taking_part is not None:
        part = taking_part[lattice].ravel()
        seen = seen[part] if part.any() else features[:, taking_part].T
    mixture = _fitted(
        WeightedSample(np.ascontiguousarray(seen)),
        constants.textures,
        constants.texture_floor,
        constants.em_iterations,
        seed,
        threads,
    )
    every = WeightedSample(features.reshape(d, -1).T)
    maps = _clipped(responsibilities(mixture, every, threads=threads)).reshape(-1, rows, columns)
    if taking_part is not None:
        maps *= taking_part
    return Appearance(mixture, maps)


def _fitted(
    sample: WeightedSample,
    components: int,
    floor: float,
    iterations: int,
    seed: int | None,
    threads: int | None,
) -> Mixture:
    least: Floats = np.full(sample.dimension, floor)
    start = initial_mixture(
        sample,
        sample.distinct(components),
        "full",
        "greedy" if seed is None else "kmeans++",
        least,
        np.random.default_rng(0 if seed is None else seed),
        threads=threads,
    )
    summarised = partial(summarise, sample, threads=threads)
    return maximise_likelihood(start.ordered(), summarised, least, iterations, 1e-4).mixture.ordered()


def _clipped(shares: Array) -> Array:
    shares[shares < LEAST_SHARE] = 0
    return shares


def _spread(size: int, step: int = 3) -> Array:
    """Return places 0 … size - 1, `step` apart, as far from one end as from the other.

    >>> _spread(8), _spread(9)
    (array([2, 5]), array([1, 4, 7]))
    """
    if size < 2 * step:
        return np.arange(size)
    count = (size - 1) // step + 1
    count -= (size - 1 - (count - 1) * step) % 2
    first = (size - 1 - (count - 1) * step) // 2
    return first + step * np.arange(count)
