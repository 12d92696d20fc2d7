"""What an image that is gone through piece by piece takes of memory, pass by pass.

The figures are from runs of which the peak was measured (`benchmarks.peak`): with one piece at a time, and
with two, from which follows what a piece takes, and what the run does besides.
"""

from __future__ import annotations

from pixture.options.spatial import Spatial
from pixture.scale.memory import PROGRAM, bytes_a_pixel
from pixture.scale.sources.source import Description
from pixture.scale.stores.pixel_store import BYTES

TABLES, MOST_BITS = 200_000_000, 24
"""Bytes that counting takes at most beside the pieces: tables, the distinct values and their counts; and
the bits of values from which on it may take so much."""

COUNTING, FEW_BITS = 60, 16
"""Bytes that counting takes for each pixel of a piece whose values have more than so many bits: codes, and
these sorted."""

SOME = 200_000_000
"""Bytes of the evenly spaced pixels to which a mixture is fitted first where values are not counted."""

ROW, KEPT_ROW = 32, 24
"""Bytes that a channel of a row takes where each pixel is a row: as float64, and again while it is checked
and squared; and while it waits for its posterior."""

AROUND, COUNTED_ROW = 32, 12
"""Bytes for each pixel of a piece that light smoothing reads with what is around it: its values once more,
rows, and how alike neighbours are; and of a piece of distinct values, whose rows are found for all of it at
once, and not band by band."""

LEAST_MEASURED, MEASURED_PIXEL, MEASURED_COMPONENT = 2**14, 360, 16
"""The pixels that say enough; bytes that measuring takes for each, and more of each for a component."""


def bytes_of_tables(description: Description) -> int:
    """Return the bytes that counting values takes beside the pieces, about.

    >>> import numpy as np
    >>> bytes_of_tables(Description("yx", (9, 9), 1, np.dtype(np.uint8)))
    781250
    """
    bits = min(_bits(description), MOST_BITS)
    return TABLES >> min(MOST_BITS - bits, MOST_BITS // 3)


def bytes_beside(description: Description, spatial: Spatial, *, counted: bool) -> int:
    """Return the bytes of memory that a run takes beside the pieces, about.

    A field that is fitted to distinct values has sums of each, and finds them by their codes.
    """
    if not counted:
        return PROGRAM + SOME
    tables = bytes_of_tables(description)
    fitted = not (spatial.is_off or spatial.is_light)
    return PROGRAM + tables + (5 * tables // 8 if fitted else 0)


def bytes_of_piece(description: Description, components: int, spatial: Spatial, *, counted: bool) -> int:
    """Return the bytes of memory that a piece takes in the pass that takes most, about.

    Examples
    --------
    >>> import numpy as np
    >>> floats = Description("yxc", (8192, 8192), 3, np.dtype(np.float32))
    >>> light, auto = Spatial("light"), Spatial("auto")
    >>> pixels = floats.pieces[0].size
    >>> [bytes_of_piece(floats, k, light, counted=False) / pixels for k in (4, 16)]
    [141.0, 213.0]
    >>> [bytes_of_piece(floats, k, auto, counted=False) / pixels for k in (4, 16)]
    [148.0, 292.0]
    """
    pixel = description.channels * description.dtype.itemsize
    smooth = components > 1 and not spatial.is_off
    passes = [bytes_a_pixel(description, components, smooth=smooth and spatial.is_light)]
    if counted:
        passes.append(2 * pixel + COUNTING * (_bits(description) > FEW_BITS))
    else:
        passes.append(2 * pixel + ROW * description.channels)
    if smooth and spatial.is_light:
        passes[0] += AROUND + COUNTED_ROW * counted
    elif smooth:
        passes[0] += (BYTES + 2) * components  # as they were kept, and as they are shown
        rows = 0 if counted else KEPT_ROW * description.channels
        passes.append(updating_pixel(description, components) + rows)
    return description.pieces[0].size * max(passes)


def updating_pixel(description: Description, components: int) -> int:
    """Return the bytes for each pixel of a piece of which a field is updated.

    What values say, two copies of the posteriors; the rows, twice; how alike neighbours are.
    """
    return 3 * BYTES * components + 2 * BYTES + 8 + description.channels * description.dtype.itemsize


def pixels_measured(memory: int, components: int, most: int) -> int:
    """Return how many pixels of a piece may be measured within so much memory.

    >>> pixels_measured(2 * 10**9, 4, 2**20), pixels_measured(500_000_000, 64, 2**20)
    (1048576, 173410)
    """
    a_pixel = MEASURED_PIXEL + MEASURED_COMPONENT * components
    return max(LEAST_MEASURED, min(most, (memory - PROGRAM) // a_pixel))


def _bits(description: Description) -> int:
    return 8 * description.dtype.itemsize * description.channels
