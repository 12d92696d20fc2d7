"""The colours of labels, shaded by a picture: one pass over the pixels."""

from __future__ import annotations

import numpy as np

from pixture.arrays import Integers, Mask
from pixture.compilation.jit import kernel

# of luminance (ITU-R BT.709), in 65536ths: 0.2126, 0.7152, 0.0722
_RED, _GREEN, _BLUE = np.uint32(13933), np.uint32(46871), np.uint32(4732)


@kernel
def shade(
    picture: Integers, labels: Integers, mask: Mask, table: Integers, start: int, stop: int, out: Integers
) -> None:
    """Write the colours of the pixels of some rows.

    `picture` is (rows, columns, 3) uint8, `table` (labels + 1, 256, 3): a label's colour at each luminance,
    and the one of pixels that `mask` leaves out, which is empty where there is none.
    """
    masked, columns = len(table) - 1, labels.shape[1]
    for y in range(start, stop):
        for x in range(columns):
            luminance = (
                _RED * picture[y, x, 0] + _GREEN * picture[y, x, 1] + _BLUE * picture[y, x, 2]
            ) >> np.uint32(16)
            there = mask.size == 0 or mask[y, x]
            label = np.int64(labels[y, x]) if there else np.int64(masked)
            for channel in range(3):
                out[y, x, channel] = table[label, luminance, channel]
