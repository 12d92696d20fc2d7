"""How much the lightness around a pixel varies, and along which direction: the structure tensor."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations

import numpy as np
from scipy import ndimage

from pixture.arrays import Array, Mask
from pixture.imaging.feature_space.perceptual_planes import perceptual_planes
from pixture.imaging.image import Image
from pixture.parallel import map_slabs

DERIVATIVE, AROUND = 1.0, 6.0
"""Standard deviations, in pixels, of the Gaussians that derivatives are taken at, and averaged over: fine
enough for the grain of grass, wide enough to see several blades of it."""

NEGLIGIBLE = 1e-3
"""Contrast, in L* a pixel, of what is taken to be flat."""

TINY = 1e-6
"""Least share of the pixels around that takes part: a masked pixel far from all others divides by no zero."""


def texture(image: Image, *, threads: int | None = None) -> Array:
    """Return the texture around each pixel, (channels, *shape) float32: how much there is, and its direction.

    With L the lightness (`imaging.features.perceptual_planes`), the structure tensor is the mean of ∇L ∇Lᵀ
    around a pixel (Förstner and Gülch 1987; Bigün and Granlund 1987):

        J = G_ρ * (∇L_σ ∇L_σᵀ),    contrast c = √(trace J)

    The first channel is log(1 + c). The others are that times the direction, what of J / c² is no multiple of
    the identity: of an image (J_xx - J_yy) / c² and 2 J_xy / c², which turn twice as fast as the stripes; of
    a volume the five such numbers there are. Rotating the image rotates them. All are 0 where nothing varies.

    Notes
    -----
    Borders are mirrored. A masked pixel takes the lightness of the nearest pixel that takes part, and no part
    in means: what masked pixels hold changes nothing. The scales σ and ρ are `DERIVATIVE` and `AROUND`, in
    pixels, whatever the spacing.

    Examples
    --------
    >>> from pixture.imaging.image_from_array import image_from_array
    >>> stripes = np.tile(np.array([0, 90, 180, 90], np.uint8), (32, 8))
    >>> contrast, across, slanting = texture(image_from_array(stripes))[:, 16, 16]
    >>> bool(abs(contrast - across) < 1e-6), bool(abs(slanting) < 1e-6)
    (True, True)
    """
    lightness, mask = perceptual_planes(image, threads=threads)[0], image.mask
    if mask is not None:
        lightness = _filled(lightness, mask)
    axes = range(lightness.ndim)
    slopes = _each([partial(_slope, lightness, axis) for axis in axes], threads)
    mean = partial(_mean, mask=mask)
    diagonal = _each([partial(mean, slope * slope) for slope in slopes], threads)
    products = _each([partial(mean, one * other) for one, other in combinations(slopes, 2)], threads)
    trace = np.sum(diagonal, axis=0)
    contrast = np.log1p(np.sqrt(trace))
    unit = contrast / np.maximum(trace, NEGLIGIBLE**2)
    *before, up, across = diagonal
    apart = [across - up, *((across + up - 2 * plane) / np.sqrt(3) for plane in before)]
    return np.array([contrast, *(unit * of for of in apart), *(unit * 2 * of for of in products)], np.float32)


def texture_names(axes: int) -> tuple[str, ...]:
    """Return what the channels of so many spatial axes are called.

    >>> texture_names(2)
    ('texture', 'texture x−y', 'texture xy')
    """
    directions = ("x−y", "xy") if axes == 2 else ("x−y", "x+y−2z", "yz", "xz", "xy")
    return ("texture", *(f"texture {direction}" for direction in directions))


def _filled(plane: Array, mask: Mask) -> Array:
    """Return a plane in which masked pixels have the value of the nearest pixel that takes part."""
    nearest = ndimage.distance_transform_edt(~mask, return_distances=False, return_indices=True)
    found: Array = plane[tuple(nearest)]
    return found


def _slope(plane: Array, axis: int) -> Array:
    """Return a plane's derivative along an axis."""
    order = [int(axis == one) for one in range(plane.ndim)]
    found: Array = ndimage.gaussian_filter(plane, DERIVATIVE, order=order, mode="reflect")
    return found


def _mean(plane: Array, mask: Mask | None) -> Array:
    """Return the mean around each pixel, over the pixels that take part."""
    average = partial(ndimage.gaussian_filter, sigma=AROUND, mode="reflect", truncate=3.0)
    if mask is None:
        whole: Array = average(plane)
        return whole
    part: Array = average(np.where(mask, plane, 0)) / np.maximum(average(mask.astype(np.float32)), TINY)
    return part


def _each(works: list[Callable[[], Array]], threads: int | None) -> list[Array]:
    return map_slabs(lambda start, stop: works[start](), len(works), threads=threads, size=1)
