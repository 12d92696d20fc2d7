"""Whether channels can be shown on one scale, as red, green and blue are: channels of unlike units cannot."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Mask

LEAST_SPAN = 1 / 32
"""Least span of a channel, as a share of the span of all of them, with which it shows beside the others."""

SETTLING = 65_536
"""Rows that settle which values a channel reaches."""


def on_one_scale(rows: Array, mask: Mask | None) -> bool:
    """Return whether each of some channels that varies shows beside the others.

    Reflectance, which ends at 1, beside elevation in metres is one shade: these are of unlike units. What
    photographs are made of, unsigned integers of 8 and 16 bits and numbers from 0 to 1, has one scale by what
    it is. Of all else the values count that channels reach but for 0.1 % at either end.

    Parameters
    ----------
    rows
        (pixels, channels).
    mask
        (pixels,), which of them take part; None where all do.

    Examples
    --------
    >>> on_one_scale(np.array([[0.2, 300.0], [0.9, 420.0]]), None)
    False
    >>> on_one_scale(np.array([[20.0, 30.0], [90.0, 42.0]]), None)
    True
    """
    if rows.dtype in (np.uint8, np.uint16):
        return True
    seen = rows if mask is None else rows[mask]
    if not len(seen) or (seen.min() >= 0 and seen.max() <= 1):
        return True
    some = seen[:: max(1, len(seen) // SETTLING)].astype(np.float64)
    low, high = np.percentile(some, (0.1, 99.9), axis=0)
    spans = high - low
    return bool((spans[spans > 0] >= LEAST_SPAN * (high.max() - low.min())).all())
