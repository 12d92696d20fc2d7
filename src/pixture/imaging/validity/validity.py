"""Which pixels count: those of which all channels do. What leaves pixels out comes together here."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np

from pixture.arrays import Array, Mask
from pixture.errors import ImageError
from pixture.imaging.validity.nodata_values import Nodata, in_dtype, values_a_channel

BLOCK_BYTES = 1 << 19
"""Pixels looked at together."""

NOT_FINITE = "NaN or infinite"


def taking_part(
    channels: Array,
    *,
    dtype: np.dtype[np.generic] | None = None,
    opacity: Array | None = None,
    nodata: Nodata | None = None,
    hidden: Mask | None = None,
    mask: Mask | None = None,
    may_be_none: bool = False,
) -> tuple[Mask | None, int]:
    """Return where pixels take part, None where all do; and how many are left out as not finite alone.

    A pixel takes part if it is not transparent, if the mask lets it through, and if each of its channels has
    a finite value that is neither hidden nor the one that stands for missing data.

    Parameters
    ----------
    channels
        (rows, columns, channels).
    dtype
        In which no-data values are compared, where `channels` were converted to another; None takes theirs.
    opacity
        (rows, columns); pixels of opacity 0, or NaN, are left out.
    nodata
        One value for all channels, or one a channel.
    hidden
        Of the shape of `channels`: True where a value is masked, as in `numpy.ma`.
    mask
        (rows, columns), True where a pixel may take part.
    may_be_none
        Whether none may take part, as in a window of an image.

    Raises
    ------
    ImageError
        No pixel is left, unless that may be; or the no-data values are not as many as the channels.

    Examples
    --------
    >>> pixels = np.array([[[7, -9999], [5, 6], [-1, 4]]], np.int16)
    >>> taking_part(pixels, nodata=-9999)
    (array([[False,  True,  True]]), 0)
    """
    rows, columns, count = channels.shape
    values: list[Decimal | None] = [None] * count if nodata is None else values_a_channel(nodata, count)
    kind = channels.dtype if dtype is None else dtype
    missing = [() if value is None else tuple(in_dtype(value, kind)) for value in values]
    valid: Mask = np.ones((rows, columns), dtype=bool)
    reasons: list[str] = []
    lost = 0
    # block by block: the channels of one stay in the cache, while each is looked at in turn
    step = max(1, BLOCK_BYTES // (columns * count * channels.dtype.itemsize))
    for block in (slice(start, start + step) for start in range(0, rows, step)):
        here = (None if part is None else part[block] for part in (opacity, hidden, mask))
        left = valid[block]
        with np.errstate(invalid="ignore"):  # a signalling NaN is as good as a quiet one
            for where, reason in _left_out(channels[block], missing, *here):
                if where.any():
                    lost += int(np.count_nonzero(left & where)) if reason == NOT_FINITE else 0
                    left &= ~where
                    reasons.append(reason)
    if not may_be_none and not valid.any():
        raise ImageError(
            f"Every pixel of the image is {', '.join(dict.fromkeys(reasons))}; nothing can be fitted."
        )
    return (None if valid.all() else valid), lost


def _left_out(
    channels: Array,
    missing: list[tuple[Any, ...]],
    opacity: Array | None,
    hidden: Mask | None,
    mask: Mask | None,
) -> Iterator[tuple[Mask, str]]:
    """Yield which pixels are left out and why, what is not finite last."""
    if opacity is not None:
        opaque: Mask = opacity > 0
        yield ~opaque, "transparent"
    if hidden is not None:
        yield np.logical_or.reduce(hidden, axis=2), "masked"
    if mask is not None:
        yield ~mask, "masked"
    for c, values in enumerate(missing):
        for value in values:
            here: Mask = channels[..., c] == value if value == value else np.isnan(channels[..., c])
            yield here, "without data"
    if channels.dtype.kind == "f":
        for c in range(channels.shape[2]):
            yield ~np.isfinite(channels[..., c]), NOT_FINITE
