"""The compiled pass that averages blocks of pixels.

Sums are kept for a row of blocks: pixels' rows are added to it one by one, which is vector code, and only
then are neighbouring columns brought together.
"""

from __future__ import annotations

from pixture.arrays import Array, Floats, Integers, Mask
from pixture.compilation.jit import kernel


@kernel
def area_means(
    pixels: Array,
    mask: Mask,
    factor: int,
    start: int,
    stop: int,
    sums: Array,
    means: Floats,
    takes_part: Mask,
) -> None:
    """Write the means of blocks of factor x factor pixels, of the rows start … stop - 1 of blocks.

    `pixels` is (rows, columns * channels), `means` (rows, columns, channels) of blocks. `sums` is a row of
    `pixels` in a type that holds the sum of a block. Pixels outside an empty mask take part. A block of
    which less than half takes part does not; its mean is that of what does, and 0 where nothing does.
    """
    rows, columns = pixels.shape[0], means.shape[1]
    channels = means.shape[2]
    width = pixels.shape[1] // channels
    for block in range(start, stop):
        top, bottom = block * factor, min(rows, (block + 1) * factor)
        sums[:] = 0
        for y in range(top, bottom):
            row = pixels[y]
            if mask.size == 0:
                for i in range(row.size):  # vector
                    sums[i] += row[i]
            else:
                for x in range(width):
                    if mask[y, x]:
                        for c in range(channels):
                            sums[x * channels + c] += row[x * channels + c]
        whole = width // factor if mask.size == 0 else 0  # blocks of one size
        area = (bottom - top) * factor
        out = means[block]
        for column in range(whole):
            takes_part[block, column] = True
            for c in range(channels):
                at = column * factor * channels + c
                total = sums[at]
                for x in range(1, factor):
                    total += sums[at + x * channels]
                out[column, c] = total / area
        for column in range(whole, columns):
            left, right = column * factor, min(width, (column + 1) * factor)
            area = (bottom - top) * (right - left)
            count = area if mask.size == 0 else _counted(mask, top, bottom, left, right)
            takes_part[block, column] = 2 * count >= area
            for c in range(channels):
                total = sums[left * channels + c]
                for x in range(left + 1, right):
                    total += sums[x * channels + c]
                out[column, c] = total / max(count, 1)


@kernel
def _counted(mask: Mask, top: int, bottom: int, left: int, right: int) -> int:
    count = 0
    for y in range(top, bottom):
        for x in range(left, right):
            count += mask[y, x]
    return count


@kernel
def enlarge(
    labels: Integers, rows: Integers, columns: Integers, start: int, stop: int, out: Integers
) -> None:
    """out[y, x] = labels[rows[y], columns[x]], for y from start to stop - 1."""
    for y in range(start, stop):
        to = out[y]
        if y > start and rows[y] == rows[y - 1]:
            before = out[y - 1]
            for x in range(to.size):  # vector
                to[x] = before[x]
            continue
        source = labels[rows[y]]
        for x in range(to.size):
            to[x] = source[columns[x]]
