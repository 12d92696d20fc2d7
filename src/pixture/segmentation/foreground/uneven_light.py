"""Uneven light: a smooth surface through most of an image, taken off where that sets the classes apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from pixture.arrays import Array, Floats, Mask
from pixture.segmentation.foreground.otsu import otsu

BLOCKS = (1, 64, 64)
"""The surface is fitted to the means of so many blocks along each axis, or to pixels if they are fewer."""

BLOCKS_OF_VOLUMES = (16, 32, 32)
"""The same of several planes: not many times as many in all."""

LEAST = 100
"""Blocks, fewer than which are too few for a surface."""

LEAST_ALONG = 3
"""Blocks along an axis, fewer than which are too few for a square of it."""

TUKEY = 4.685
"""Standard deviations of the residuals from where on a block says nothing (Tukey's biweight)."""

ITERATIONS = 30


def evened(plane: Array, mask: Mask, gain: float) -> Array | None:
    """Return a plane, or a volume, without its uneven light; None where it is as well as it is.

    A surface of second order goes through the blocks by iteratively reweighted least squares, so that objects
    on it, dark or bright, do not pull it. It is judged by Otsu's criterion, which must rise by `gain`.
    """
    before = otsu(plane[mask])
    volume, inside = (array.reshape(-1, *plane.shape[-2:]) for array in (plane, mask))
    surface = _surface(volume, inside)
    if before is None or surface is None:
        return None
    level = np.stack([(own - off).astype(np.float32) for own, off in zip(volume, surface, strict=True)])
    level = level.reshape(plane.shape)
    after = otsu(level[mask])
    return level if after is not None and after.separation > before.separation + gain else None


def _surface(volume: Array, mask: Mask) -> Iterator[Floats] | None:
    """Return the surface through a volume, (planes, rows, columns), plane by plane; None for want of blocks.

    Along fewer than three blocks nothing is fitted: an image of rows and columns is a volume of one plane.
    """
    most = BLOCKS if len(volume) == 1 else BLOCKS_OF_VOLUMES
    (front, z), (top, y), (left, x) = map(_blocks, volume.shape, most)
    counts = _sums((one.astype(np.float64) for one in mask), front, top, left)
    held = (np.where(one, own, 0).astype(np.float64) for own, one in zip(volume, mask, strict=True))
    sums, there, is_deep = _sums(held, front, top, left), counts > 0, len(z) >= LEAST_ALONG
    if np.count_nonzero(there) < LEAST or min(counts.shape[1:]) < LEAST_ALONG:
        return None
    terms = _terms(y[:, None], x[None])[:, None] * np.ones((len(z), 1, 1))
    if is_deep:
        terms = np.concatenate([terms, _deep_terms(z[:, None, None], y[:, None], x[None])])
    means, terms = (sums[there] / counts[there]), terms[:, there]
    weights: Floats = counts[there].copy()
    coefficients: Array = np.zeros(len(terms))
    for _ in range(ITERATIONS):
        left_side = (terms * weights) @ terms.T
        coefficients = np.asarray(np.linalg.lstsq(left_side, (terms * weights) @ means, rcond=None)[0])
        residuals = means - coefficients @ terms
        scale = 1.4826 * np.median(np.abs(residuals - np.median(residuals)))
        if scale <= 0:
            break
        far = np.clip(residuals / (TUKEY * scale), -1, 1)
        weights = counts[there] * (1 - far * far) ** 2
    return _planes(coefficients, volume.shape)


def _planes(coefficients: Floats, shape: tuple[int, ...]) -> Iterator[Floats]:
    """Yield a surface plane by plane: within one the terms of its depth are terms of y and x."""
    deep, rows, columns = (_places(length) for length in shape)
    terms = _terms(rows[:, None], columns[None])
    for z in deep:
        here = coefficients[: len(terms)].copy()
        if len(coefficients) > len(terms):
            one, x, y, square = coefficients[len(terms) :]
            here[:3] += z * (one + square * z), x * z, y * z
        yield np.asarray(np.tensordot(here, terms, axes=1))


def _places(length: int) -> Floats:
    """Return the places of pixels along an axis, -1 to 1."""
    return (2 * np.arange(length) + 1) / length - 1


def _blocks(length: int, most: int) -> tuple[Array, Floats]:
    """Return where blocks begin, and their middles, -1 to 1."""
    edges = np.round(np.linspace(0, length, min(length, most) + 1)).astype(np.intp)
    return edges[:-1], (edges[:-1] + edges[1:]) / length - 1


def _sums(planes: Iterable[Floats], front: Array, top: Array, left: Array) -> Floats:
    """Return the sums of blocks of a volume whose planes come one by one."""
    flat = [np.add.reduceat(np.add.reduceat(plane, top, axis=0), left, axis=1) for plane in planes]
    return np.asarray(np.add.reduceat(np.stack(flat), front, axis=0))


def _terms(y: Floats, x: Floats) -> Floats:
    """Return 1, x, y, x², xy and y² over a grid, (6, rows, columns)."""
    one = np.ones(np.broadcast_shapes(y.shape, x.shape))
    return np.array([one, x * one, y * one, x * x * one, x * y, y * y * one])


def _deep_terms(z: Floats, y: Floats, x: Floats) -> Floats:
    """Return z, zx, zy and z² over a grid, (4, planes, rows, columns)."""
    one = np.ones(np.broadcast_shapes(z.shape, y.shape, x.shape))
    return np.array([z * one, z * x * one, z * y * one, z * z * one])
