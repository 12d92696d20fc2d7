"""Pixels of any kind -> 8-bit pictures to look at; labels and their boundaries over them."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.imaging.common_scale import on_one_scale
from pixture.imaging.image import LUMINANCE, Image
from pixture.imaging.kernels.shading import shade
from pixture.parallel import LEAST_ROWS, map_slabs

STRENGTH, STEEPNESS = 0.5, 1.6
"""Of the shading: how far towards black or white it goes at most, and how soon."""

GREY = 136
"""Of masked pixels where the photograph is not shown."""

LINE = (255, 225, 25)
"""The colour of boundaries: bright beside nearly everything, for every colour vision."""

WINDOW, DENSE = 11, 0.25
"""Pixels along the window in which boundaries are counted, and their share from which they are dense."""


def as_picture(image: Image) -> Integers:
    """Return the image as (rows, columns, 3) uint8, as it would be shown; a volume as planes of such.

    8-bit values are kept. Others are stretched linearly so that 99.8 % of the values of the pixels that
    take part fill the range, channels of unlike units each by itself. One or two channels show the first as
    grey; more than three, the first three.
    """
    picture = in_range(shown_channels(image, image.pixels), shown_range(image)).reshape(*image.shape, -1)
    return np.repeat(picture, 3, axis=-1) if picture.shape[-1] == 1 else picture


def shown_channels(image: Image, pixels: Array) -> Array:
    """Return those channels of some of an image's pixels that pictures show: three, or the first.

    `pixels` is of any shape, its last axis the channels', if the image has that axis.
    """
    if not image.axes.endswith("c"):
        return pixels[..., None]
    return pixels[..., :3] if image.channels >= 3 else pixels[..., :1]


def shown_range(image: Image) -> Floats | None:
    """Return the values that are shown black and white, (shown channels, 2); None where 8 bits are kept.

    >>> from pixture.imaging.image_from_array import image_from_array
    >>> shown_range(image_from_array(np.arange(1001.0).reshape(7, 143)))
    array([[  1., 999.]])
    """
    channels = shown_channels(image, image.pixels)
    if channels.dtype == np.uint8:
        return None
    table = channels.reshape(image.size, -1)
    mask = None if image.mask is None else image.mask.ravel()
    if on_one_scale(table, mask):
        return np.tile(_range(table, mask), (table.shape[1], 1))
    return np.array([_range(channel, mask) for channel in table.T])


def _range(values: Array, mask: Mask | None) -> tuple[float, float]:
    seen = values if mask is None else values[mask]
    step = max(1, len(seen) // 1_000_000)  # a million pixels settle two percentiles
    low, high = np.percentile(seen[::step].astype(np.float64), (0.1, 99.9))
    return float(low), float(high)


def in_range(channels: Array, limits: Floats | None) -> Integers:
    """Return values, (…, channels), as uint8: those of `shown_range` as 0 and 255; all as they are for None.

    >>> in_range(np.array([[2.0], [3.0], [9.0], [np.nan]]), np.array([[2.0, 4.0]])).ravel()
    array([  0, 128, 255,   0], dtype=uint8)
    """
    if limits is None:
        return np.round(channels).astype(np.uint8) if channels.dtype.kind == "f" else channels
    out = np.empty(channels.shape, dtype=np.uint8)
    flat, to = channels.reshape(-1, channels.shape[-1]), out.reshape(-1, channels.shape[-1])
    low, high = limits.T
    scale = np.divide(255, high - low, out=np.zeros(len(low)), where=high > low)
    rows = 1 << 20
    for start in range(0, len(flat), rows):  # piecewise: floats of a whole image are eight times its size
        with np.errstate(invalid="ignore"):  # a signalling NaN, which is masked
            piece = flat[start : start + rows].astype(np.float64)
        piece = np.where(np.isnan(piece), low, piece).clip(low, high)
        to[start : start + rows] = (piece - low) * scale + 0.5
    return out


def overlay(
    image: Image, labels: Integers, colours: Integers, *, flat: bool = False, threads: int | None = None
) -> Integers:
    """Return the labels' colours over the image, (rows, columns, 3) uint8; over a volume, planes of such.

    Each pixel has its label's colour, a little lighter or darker than that where the image is lighter or
    darker than the label's pixels are in the mean. So a label has the colour that its legend shows, and what
    is in the image is seen.

    Parameters
    ----------
    image
        What is seen through the colours.
    labels
        Of its shape; masked pixels may hold anything. They show the image in grey.
    colours
        (K, 3) uint8, the colour of each label.
    flat
        Whether the colours are shown by themselves, without the image. Masked pixels are grey.
    threads
        None takes every processor available.
    """
    K = len(colours)
    if flat:
        plain: Integers = np.concatenate([colours, np.full((1, 3), GREY, np.uint8)])
        return np.take(plain, labels if image.mask is None else np.where(image.mask, labels, K), axis=0)
    picture = as_picture(image)
    lines = (-1, image.shape[-1])  # of all planes
    mask = np.empty((0, 0), dtype=bool) if image.mask is None else image.mask.reshape(lines)
    seen, of_label = picture.reshape(*lines, 3), labels.reshape(lines)
    shades = np.arange(256)
    grey = np.repeat(shades.astype(np.uint8)[None, :, None], 3, axis=-1)
    table = np.concatenate([_shaded(colours / 255, _mean_luminance(picture, labels, image.mask, K)), grey])
    out = np.empty(seen.shape, dtype=np.uint8)

    def work(start: int, stop: int) -> None:
        shade(seen, of_label, mask, table, start, stop, out)

    map_slabs(work, len(seen), threads=threads, size=max(1, 4 * LEAST_ROWS // seen.shape[1]))
    return out.reshape(picture.shape)


def _mean_luminance(picture: Integers, labels: Integers, mask: Mask | None, count: int) -> Floats:
    """Return the mean luminance, 0 to 255, of each label's pixels, (count,); 128 of a label without any."""
    step = max(1, labels.size // 1_000_000)  # a million pixels settle a mean
    some = labels.ravel()[::step]
    luminance = picture.reshape(-1, 3)[::step] @ np.array(LUMINANCE)
    if mask is not None:
        there = mask.ravel()[::step]
        some, luminance = some[there], luminance[there]
    counts = np.bincount(some, minlength=count)
    sums = np.bincount(some, luminance, minlength=count)
    means: Floats = np.divide(sums, counts, out=np.full(count, 128.0), where=counts > 0)
    return means


def _shaded(colours: Floats, means: Floats) -> Integers:
    """Return each colour at luminances 0 to 255, (labels, 256, 3) uint8: the colour itself at the mean."""
    along = (np.arange(256) - means[:, None]) / 255
    towards = (STRENGTH * np.tanh(STEEPNESS * along))[..., None]
    colour = colours[:, None, :]
    shaded = np.where(towards > 0, colour + (1 - colour) * towards, colour * (1 + towards))
    return np.round(255 * shaded).astype(np.uint8)


def boundaries(labels: Integers) -> Mask:
    """Return where a pixel's label differs from that of the next to its right or below: lines of one pixel.

    >>> boundaries(np.array([[0, 0, 0, 1], [0, 0, 0, 1]])).astype(int)
    array([[0, 0, 1, 0],
           [0, 0, 1, 0]])
    """
    found: Mask = np.zeros(labels.shape, dtype=bool)
    found[:, :-1] |= labels[:, 1:] != labels[:, :-1]
    found[:-1] |= labels[1:] != labels[:-1]
    return found


def outlined(image: Image, labels: Integers) -> Integers:
    """Return the image as it would be shown, its labels' boundaries over it, (rows, columns, 3) uint8.

    Where boundaries are dense, as in a fine texture, they are drawn the fainter the denser they are, so that
    the image is seen.
    """
    picture = as_picture(image).copy()
    lines = boundaries(labels)
    # of a straight line, and of two that cross, in such a window: these are drawn in full
    opacity = np.minimum(1, DENSE / np.maximum(_density(lines), DENSE)) ** 2
    at = opacity[lines][:, None]
    picture[lines] = np.round(picture[lines] * (1 - at) + np.array(LINE) * at).astype(np.uint8)
    return picture


def _density(lines: Mask) -> Floats:
    """Return the share of lines among the pixels of a window around each; windows end at the border."""
    sums = lines.astype(np.float64)
    counts = np.ones((1, 1))
    for axis in (0, 1):
        length = sums.shape[axis]
        before = np.maximum(np.arange(length) - WINDOW // 2, 0)
        after = np.minimum(np.arange(length) + WINDOW // 2 + 1, length)
        summed = np.insert(np.cumsum(sums, axis=axis), 0, 0, axis=axis)
        sums = np.take(summed, after, axis=axis) - np.take(summed, before, axis=axis)
        counts = counts * (after - before).reshape((-1, 1) if axis == 0 else (1, -1))
    density: Floats = sums / counts
    return density
