"""The bias field: a smooth factor by which an image is brighter here and darker there than its classes are.

Magnetic resonance images have one, since the receiving coil hears what is near it better; so have pictures
under uneven light. With classes of means m_k and variances v_k, and posteriors q_k, the factor b that
explains a channel x best minimises

    Σ_i Σ_k q_k(i) (x_i - b_i m_k)² / v_k,    b_i = Σ_j c_j φ_j(i),

φ being Legendre polynomials of the place. That is linear least squares for c, of x_i (Σ_k q_k m_k / v_k) /
W_i with weights W_i = Σ_k q_k m_k² / v_k (after Wells et al. 1996 and Van Leemput et al. 1999, who do so with
logarithms, which x = 0 has none of).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
from numpy.polynomial import legendre

from pixture.arrays import Array, Floats, Mask
from pixture.imaging.image import Image
from pixture.mixture.model.mixture import Mixture

DEGREE = 3
"""The total degree of the polynomials: 10 of them in an image, 20 in a volume."""

ENOUGH = 2**17
"""Pixels, evenly spaced, of which those inside of classes settle the factors."""

LEAST_INSIDE = 20
"""Pixels inside of classes, for each polynomial, that are enough."""

WITHIN = 0.2, 5.0
"""What a factor may be; beyond, the classes and not the bias explain the image."""

LEVELS = 4096
"""Values that a corrected channel has: fine beside the spread of any class, and few, so that the field looks
values up as in an image of integers."""


def estimated_bias(image: Image, q: Array, mixture: Mixture) -> Array:
    """Return the factors of each channel at each pixel, (channels, *shape) float32; they have the mean 1.

    Parameters
    ----------
    image
        The image, not corrected.
    q
        (K, …): the posterior of each pixel's label.
    mixture
        Its components, one a label, in the units of the corrected image.
    """
    step = _step(image)
    taken = tuple(slice(None, None, step) for _ in image.shape)
    there = _inside(image, q)[taken]
    if np.count_nonzero(there) < LEAST_INSIDE * len(_orders(len(image.shape))):
        there = np.ones(image.shape, bool)[taken] if image.mask is None else image.mask[taken]
    basis = _basis(image.shape, step)[:, there]
    shares = q.reshape(len(q), *image.shape)[(slice(None), *taken)][:, there].astype(np.float64)
    values = image.pixels.reshape(*image.shape, image.channels)[taken][there].astype(np.float64)
    factors = np.empty((image.channels, *image.shape), np.float32)
    variances = np.diagonal(mixture.matrices(), axis1=1, axis2=2)
    for c in range(image.channels):
        pull = mixture.means[:, c] / variances[:, c]
        weights = (pull * mixture.means[:, c]) @ shares
        target = values[:, c] * (pull @ shares)
        normal = (basis * weights) @ basis.T
        ridge = 1e-9 * np.trace(normal) * np.eye(len(normal))
        coefficients = np.linalg.solve(normal + ridge, basis @ target)
        mean = float(np.mean(coefficients @ basis))
        factors[c] = _evaluated(coefficients / (mean if mean > 0 else 1.0), image.shape)
    return np.clip(factors, *WITHIN, out=factors)


def corrected(image: Image, factors: Array) -> Image:
    """Return an image without its bias: channels divided by their factors, in `LEVELS` steps of the range."""
    pixels = image.pixels.reshape(*image.shape, image.channels) / np.moveaxis(factors, 0, -1)
    seen = pixels[np.isfinite(pixels).all(axis=-1) if image.mask is None else image.mask]
    low = seen.min(axis=0)
    width = (seen.max(axis=0) - low) / (LEVELS - 1)
    width[width == 0] = 1
    pixels = (np.rint((pixels - low) / width) * width + low).astype(np.float32)
    return replace(image, pixels=pixels.reshape(image.pixels.shape))


def _inside(image: Image, q: Array) -> Mask:
    """Return where a pixel and its neighbours along all axes have the same label.

    At the rim of a class pixels hold some of another too, always from the same side: of those a bias would be
    learned that is none.
    """
    labels = q.argmax(axis=0).reshape(image.shape)
    if image.mask is not None:
        labels[~image.mask] = -1
    inside: Mask = labels >= 0
    for axis in range(labels.ndim):
        before, after = (
            tuple(part if at == axis else slice(None) for at in range(labels.ndim))
            for part in (slice(None, -1), slice(1, None))
        )
        same = labels[before] == labels[after]
        inside[before] &= same
        inside[after] &= same
    return inside


def _step(image: Image) -> int:
    """Return how far apart pixels are, along each axis, that are looked at."""
    return max(1, int((image.size / ENOUGH) ** (1 / len(image.shape))))


def _orders(axes: int) -> list[tuple[int, ...]]:
    """Return the degrees along each axis of each polynomial."""
    return [one for one in product(range(DEGREE + 1), repeat=axes) if sum(one) <= DEGREE]


def _along(length: int, step: int) -> Floats:
    """Return the Legendre polynomials along an axis from -1 to 1, (DEGREE + 1, places)."""
    places = np.arange(0, length, step) * (2 / max(1, length - 1)) - 1
    found: Floats = legendre.legvander(places, DEGREE).T
    return found


def _basis(shape: tuple[int, ...], step: int) -> Floats:
    """Return the polynomials at every step-th place of each axis, (polynomials, *places)."""
    along = [_along(length, step) for length in shape]
    letters = "zyx"[-len(shape) :]
    how = f"{','.join(letters)}->{letters}"
    made = [
        np.einsum(how, *(a[k] for a, k in zip(along, order, strict=True))) for order in _orders(len(shape))
    ]
    return np.stack(made)


def _evaluated(coefficients: Floats, shape: tuple[int, ...]) -> Array:
    """Return Σ c φ at every place, one axis after the other."""
    along = [_along(length, 1) for length in shape]
    found = np.zeros((DEGREE + 1,) * len(shape))
    for order, c in zip(_orders(len(shape)), coefficients, strict=True):
        found[order] = c
    for values in along:
        found = np.tensordot(found, values, axes=(0, 0))
    return found.astype(np.float32)


def changed_by(before: Array, after: Array) -> float:
    """Return by how much factors changed, as the root of the mean square of their ratio less 1."""
    return float(np.sqrt(np.mean(np.square(after / before - 1))))
