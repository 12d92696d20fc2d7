"""Pointwise mutual information of posteriors that occur together, after Isola et al. (2014)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.errors import ChoiceError, ImageError
from pixture.segmentation.regions.kernels.co_occurrence import count_pairs, count_value_pairs

_LEAST = 1e-6
"""Added to a probability before its logarithm is taken: pairs never seen are only very unlikely."""


MOST_PAIRS = 100_000
"""Pairs of voxels of one kind that are counted: enough to settle shares to a thousandth."""


def co_occurrence(
    maps: Array, distances: Sequence[int] = (8, 16), step: int = 2, mask: Mask | None = None
) -> Floats:
    """Return how often two components are met at two pixels some distance apart.

    Parameters
    ----------
    maps
        (K, rows, columns): posteriors of K components.
    distances
        Distances of the two pixels, in pixels, each in four directions: along rows, along columns, and along
        both diagonals.
    step
        Every so manieth row and column takes part; displacements are rounded to whole steps.
    mask
        (rows, columns), True where a pixel takes part.

    Returns
    -------
    (K, K) float64, symmetric, summing to 1: C = Σ r(x) r(y)ᵀ over the pairs, normalised; zero where the
    image has no such pair.
    """
    if step < 1 or not all(distance > 0 for distance in distances):
        raise ChoiceError(f"Distances and step are positive; got {tuple(distances)} and {step}.")
    if maps.ndim != 3 or (mask is not None and mask.shape != maps.shape[1:]):
        raise ImageError(
            f"Maps are (K, rows, columns), with a mask of their rows and columns; got {maps.shape}."
        )
    K, rows, columns = maps[:, ::step, ::step].shape
    steps = np.array(
        [(max(1, round(far / step)), max(1, round(far / (np.sqrt(2.0) * step)))) for far in distances],
        np.int64,
    ).reshape(-1, 2)
    margin = int(steps.max(initial=0))
    of = np.zeros((K, rows + margin, columns + 2 * margin), np.float32)
    inside = of[:, :rows, margin : margin + columns]
    inside[:] = maps[:, ::step, ::step]
    if mask is not None:
        inside *= mask[::step, ::step]
    padded = np.zeros((-(-K // 4) * 4, -(-K // 4) * 4))
    count_pairs(of, steps, margin, padded)
    counts = padded[:K, :K]
    counts = counts + counts.T
    total = counts.sum()
    return counts / total if total > 0 else counts


def co_occurrence_of_values(
    rows: Integers, shares: Array, steps: Sequence[tuple[int, ...]], mask: Mask | None = None
) -> Floats:
    """Return how often two components are met at two voxels some steps apart, of posteriors by value.

    Parameters
    ----------
    rows
        (planes, rows, columns): the value of each voxel.
    shares
        (K, values): the posteriors of each value.
    steps
        How far apart the two voxels are along each axis, one for each kind of pair; those that lead out of
        the volume count nothing.
    mask
        Of the shape of `rows`, True where a voxel takes part.

    Returns
    -------
    (K, K) float64, as of `co_occurrence`. Of each kind of pair at most `MOST_PAIRS`, evenly spread, count.
    """
    counts = np.zeros((len(shares), len(shares)))
    of_value = np.ascontiguousarray(shares.T)
    for step in steps:
        if any(abs(along) >= length for along, length in zip(step, rows.shape, strict=True)):
            continue
        first = tuple(slice(max(0, -along), min(0, -along) or None) for along in step)
        second = tuple(slice(max(0, along), min(0, along) or None) for along in step)
        apart = max(1, int(np.ceil((rows[first].size / MOST_PAIRS) ** (1 / rows.ndim))))
        thin = (slice(apart // 2 if min(rows.shape) > 2 * apart else 0, None, apart),) * rows.ndim
        a, b = rows[first][thin], rows[second][thin]
        if mask is None:
            a, b = a.ravel(), b.ravel()
        else:
            both = mask[first][thin] & mask[second][thin]
            a, b = a[both], b[both]
        count_value_pairs(np.ascontiguousarray(a), np.ascontiguousarray(b), of_value, counts)
    counts = counts + counts.T
    total = counts.sum()
    return counts / total if total > 0 else counts


def pointwise_mutual_information(joint: Floats, exponent: float = 1.25) -> Floats:
    """Return ρ log C − log ππᵀ for a co-occurrence C with marginal π.

    Parameters
    ----------
    joint
        (K, K), symmetric, summing to 1: `co_occurrence`.
    exponent
        ρ. Above 1, common pairs count for more (Isola, Zoran, Krishnan and Adelson 2014, PMI_ρ).
    """
    marginal = joint.sum(axis=1)
    information: Floats = exponent * np.log(joint + _LEAST) - np.log(np.outer(marginal, marginal) + _LEAST)
    return information


def edge_information(histograms: Floats, information: Floats, pairs: Integers) -> Floats:
    """Return h_uᵀ M h_v for each pair (u, v): the information that both ends' components share.

    Parameters
    ----------
    histograms
        (n, K): each region's mean posteriors.
    information
        (K, K): M, `pointwise_mutual_information`.
    pairs
        (edges, 2): the regions of each edge.
    """
    shared: Floats = np.einsum("ek,ek->e", (histograms @ information)[pairs[:, 0]], histograms[pairs[:, 1]])
    return shared
