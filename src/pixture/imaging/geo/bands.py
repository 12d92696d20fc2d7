"""What a raster of the Earth says of its bands: their names, and how stored numbers become values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pixture.arrays import Array
from pixture.errors import ReadError


def names_of_bands(dataset: Any, channels: int) -> tuple[str, ...]:
    """Return a name a channel of an open rasterio dataset; empty where none has one, or they are not as many.

    A band of opacity is no channel. One without a name is called by its number.
    """
    named = [
        text or ""
        for text, shown in zip(dataset.descriptions, dataset.colorinterp, strict=True)
        if shown.name != "alpha"
    ]
    if len(named) != channels or not any(named):
        return ()
    return tuple(text or f"channel {number}" for number, text in enumerate(named, 1))


def scaled(path: object, stored: Array, scales: Sequence[float], offsets: Sequence[float]) -> Array:
    """Return offset + scale x stored of each channel: integers where both are, else float64.

    Parameters
    ----------
    path
        The file, for messages.
    stored
        (rows, columns) or (rows, columns, channels).
    scales, offsets
        One a channel; where all are 1 and 0, what was stored is returned itself.

    Raises
    ------
    ReadError
        A scale or an offset is not finite, or a scale is 0.

    Examples
    --------
    >>> scaled("dem.tif", np.array([[1, 2]], np.int16), [0.5], [10.0])
    array([[10.5, 11. ]])
    """
    if all(scale == 1 for scale in scales) and not any(offsets):
        return stored
    if not all(math.isfinite(number) for number in (*scales, *offsets)) or not all(scales):
        raise ReadError(
            f"{path}: the file is damaged: its values are to be multiplied by {list(scales)} and raised by "
            f"{list(offsets)}. Export it again."
        )
    whole = stored.dtype.kind in "iu" and stored.dtype.itemsize < 8
    if (
        whole
        and all(scale == 1 for scale in scales)
        and all(offset == int(offset) and abs(offset) < 2**53 for offset in offsets)
    ):
        shifted: Array = stored.astype(np.int64) + np.array(offsets).astype(np.int64)
        return shifted
    made: Array = stored.astype(np.float64)
    made *= np.asarray(scales, dtype=np.float64)
    made += np.asarray(offsets, dtype=np.float64)
    return made
