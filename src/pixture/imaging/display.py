"""Pixels of any kind -> 8-bit pictures to look at, and label colours that colour-blind readers can tell."""

from __future__ import annotations

import colorsys

import numpy as np

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.imaging.image import LUMINANCE, Image
from pixture.parallel import LEAST_ROWS, map_slabs

# Okabe and Ito (2008), "Color Universal Design", sorted from dark to light as the labels are
_DISTINCT = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#f0e442")
# Fewer labels take these of them, the ones furthest apart
_PICKS: dict[int, tuple[int, ...]] = {
    1: (0,),
    2: (0, 5),
    3: (0, 1, 6),
    4: (0, 1, 4, 6),
    5: (0, 1, 2, 4, 6),
    6: (0, 1, 2, 3, 4, 6),
}


LINE = (255, 225, 25)
"""The colour of boundaries: bright beside nearly everything, for every colour vision."""


def as_picture(image: Image) -> Integers:
    """Return the image as (rows, columns, 3) uint8, as it would be shown.

    8-bit values are kept. Others are stretched linearly so that 99.8 % of the values of the pixels that
    take part fill the range. One or two channels show the first as grey; more than three, the first three.
    """
    table = image.rows
    channels = table[:, :3] if image.channels >= 3 else table[:, :1]
    if channels.dtype != np.uint8:
        channels = _stretched(channels, image)
    picture = channels.reshape(*image.shape, -1)
    return np.repeat(picture, 3, axis=-1) if picture.shape[-1] == 1 else picture


def _stretched(channels: Array, image: Image) -> Integers:
    seen = channels if image.mask is None else channels[image.mask.ravel()]
    step = max(1, len(seen) // 1_000_000)  # a million pixels settle two percentiles
    low, high = np.percentile(seen[::step].astype(np.float64), (0.1, 99.9))
    scale = 255 / (high - low) if high > low else 0.0
    out = np.empty(channels.shape, dtype=np.uint8)
    rows = 1 << 20
    for start in range(0, len(channels), rows):  # piecewise: floats of a whole image are eight times its size
        with np.errstate(invalid="ignore"):  # a signalling NaN, which is masked
            piece = channels[start : start + rows].astype(np.float64)
        np.nan_to_num(piece, copy=False, nan=low).clip(low, high, out=piece)
        out[start : start + rows] = (piece - low) * scale + 0.5
    return out


def label_colours(count: int) -> Integers:
    """Return (count, 3) uint8 colours, from dark to light up to 7; readers of every colour vision tell them.

    >>> label_colours(2)
    array([[  0, 114, 178],
           [230, 159,   0]], dtype=uint8)
    """
    if count <= len(_DISTINCT):
        picks = _PICKS.get(count, range(count))
        return np.array([list(bytes.fromhex(_DISTINCT[i][1:])) for i in picks], dtype=np.uint8)
    # hues a golden angle apart, lightness in three steps: neighbours in number differ in both
    golden = 0.6180339887498949
    colours = [
        colorsys.hls_to_rgb((0.58 + golden * i) % 1, (0.35, 0.55, 0.75)[i % 3], 0.75) for i in range(count)
    ]
    return np.round(np.array(colours) * 255).astype(np.uint8)


def overlay(image: Image, labels: Integers, colours: Integers, *, threads: int | None = None) -> Integers:
    """Return the image in grey under the colours of its labels, (rows, columns, 3) uint8.

    Parameters
    ----------
    image
        What is seen through the colours.
    labels
        Of its shape; masked pixels may hold anything and stay grey.
    colours
        (K, 3) uint8, the colour of each label.
    threads
        None takes every processor available.
    """
    picture = as_picture(image)
    shades = np.arange(256) / 255
    # the label's colour, shaded by the image: black stays nearly black, white nearly white
    tinted = _shaded(colours / 255, shades)
    grey = np.repeat(np.round(shades * 255).astype(np.uint8)[None, :, None], 3, axis=-1)
    table = np.concatenate([tinted, grey]).reshape(-1, 3)
    out = np.empty(picture.shape, dtype=np.uint8)
    weights = np.round(np.array(LUMINANCE) * 65536).astype(np.uint32)

    def work(start: int, stop: int) -> None:
        luminance = (picture[start:stop] @ weights) >> 16
        label = labels[start:stop].astype(np.uint32)
        if image.mask is not None:
            label = np.where(image.mask[start:stop], label, len(colours))
        out[start:stop] = table[label * 256 + luminance]

    map_slabs(work, len(picture), threads=threads, size=max(1, 4 * LEAST_ROWS // picture.shape[1]))
    return out


def boundaries(labels: Integers) -> Mask:
    """Return where a pixel's label differs from that of a neighbour beside, above or below it.

    The line is two pixels wide, one on each side of the boundary.

    >>> boundaries(np.array([[0, 0, 0, 1], [0, 0, 0, 1]])).astype(int)
    array([[0, 0, 1, 1],
           [0, 0, 1, 1]])
    """
    found: Mask = np.zeros(labels.shape, dtype=bool)
    across, down = labels[:, 1:] != labels[:, :-1], labels[1:] != labels[:-1]
    found[:, 1:] |= across
    found[:, :-1] |= across
    found[1:] |= down
    found[:-1] |= down
    return found


def outlined(image: Image, labels: Integers) -> Integers:
    """Return the image as it would be shown, its labels' boundaries over it, (rows, columns, 3) uint8."""
    picture = as_picture(image).copy()
    picture[boundaries(labels)] = LINE
    return picture


def _shaded(colours: Floats, shades: Floats) -> Integers:
    """(labels, 256, 3): from a third of the colour at black, over the colour, to near white at white."""
    shade = shades[None, :, None]
    colour = colours[:, None, :]
    dark = colour * (0.3 + 7 / 6 * shade)
    light = colour + (1 - colour) * (shade - 0.6) / 0.4 * 0.75
    return np.round(255 * np.where(shade < 0.6, dark, light).clip(0, 1)).astype(np.uint8)
