"""The compiled passes that bring superpixels' outlines to full resolution.

`pixture.segmentation.regions.full_resolution` says what they are for. A *cell* is a pixel of the reduced
image, a *block* one of the level at hand: `side` x `side` pixels of the image. Whatever is read outside the
rows start … stop - 1 of blocks is not written meanwhile.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers, Mask
from pixture.compiled import kernel
from pixture.segmentation.regions.kernels.filling import label_at

_DIAGONAL = np.float32(0.70710678)
_UNKNOWN = np.float32(1e30)
_TIE = np.float32(1e-4)


@kernel
def local_means(
    labels: Integers, means: Array, radius: int, start: int, stop: int, pure: Mask, out: Array
) -> None:
    """Write each cell's mean over the cells of its label within `radius`, pure ones where there are any.

    A cell is pure if none of its four neighbours has another label: the others are mixtures of two colours.
    """
    rows, columns, channels = means.shape
    total = np.empty(channels, np.float32)
    mixed = np.empty(channels, np.float32)
    for y in range(start, stop):
        for x in range(columns):
            label = labels[y, x]
            total[:] = 0
            mixed[:] = 0
            count, others = 0, 0
            for v in range(max(0, y - radius), min(rows, y + radius + 1)):
                for u in range(max(0, x - radius), min(columns, x + radius + 1)):
                    if labels[v, u] == label:
                        if pure[v, u]:
                            count += 1
                            for c in range(channels):
                                total[c] += means[v, u, c]
                        elif count == 0:
                            others += 1
                            for c in range(channels):
                                mixed[c] += means[v, u, c]
            for c in range(channels):
                out[y, x, c] = total[c] / np.float32(count) if count else mixed[c] / np.float32(others)


@kernel
def pure_cells(labels: Integers, start: int, stop: int, pure: Mask) -> None:
    """Write where none of a cell's four neighbours has another label."""
    rows, columns = labels.shape
    for y in range(start, stop):
        for x in range(columns):
            label = labels[y, x]
            pure[y, x] = (
                (y == 0 or labels[y - 1, x] == label)
                and (y == rows - 1 or labels[y + 1, x] == label)
                and (x == 0 or labels[y, x - 1] == label)
                and (x == columns - 1 or labels[y, x + 1] == label)
            )


@kernel
def _on_boundary(labels: Integers, y: int, x: int) -> bool:
    """Whether one of the four neighbours has another label; one without a label has none."""
    label = labels[y, x]
    if label == 0:
        return False
    return bool(
        (y > 0 and labels[y - 1, x] != label and labels[y - 1, x] != 0)
        or (y < labels.shape[0] - 1 and labels[y + 1, x] != label and labels[y + 1, x] != 0)
        or (x > 0 and labels[y, x - 1] != label and labels[y, x - 1] != 0)
        or (x < labels.shape[1] - 1 and labels[y, x + 1] != label and labels[y, x + 1] != 0)
    )


@kernel
def boundary_blocks(labels: Integers, start: int, stop: int) -> Integers:
    """Return the blocks, y * columns + x, that have a neighbour of another label."""
    columns = labels.shape[1]
    count = 0
    for y in range(start, stop):
        for x in range(columns):
            count += _on_boundary(labels, y, x)
    out = np.empty(count, np.int64)
    count = 0
    for y in range(start, stop):
        for x in range(columns):
            if _on_boundary(labels, y, x):
                out[count] = y * columns + x
                count += 1
    return out


@kernel
def _block_mean(pixels: Array, mask: Mask, side: int, y: int, x: int, out: Array) -> bool:
    """Write the mean of the pixels of a block that take part; return whether there are any."""
    channels = pixels.shape[2]
    out[:] = 0
    count = 0
    for v in range(y * side, min(pixels.shape[0], (y + 1) * side)):
        for u in range(x * side, min(pixels.shape[1], (x + 1) * side)):
            if mask.size == 0 or mask[v, u]:
                count += 1
                for c in range(channels):
                    out[c] += np.float32(pixels[v, u, c])
    for c in range(channels):
        out[c] /= np.float32(max(count, 1))
    return count > 0


@kernel
def _takes_part(mask: Mask, side: int, y: int, x: int) -> bool:
    if mask.size == 0:
        return True
    for v in range(y * side, min(mask.shape[0], (y + 1) * side)):
        for u in range(x * side, min(mask.shape[1], (x + 1) * side)):
            if mask[v, u]:
                return True
    return False


@kernel
def _distance(value: Array, label: int, y: int, x: int, cells: Integers, means: Array, scale: Array) -> float:
    """Return the scaled squared distance of a value to what a label is like around the cell (y, x).

    That is the mean of its cells' local means among the nine around; without one, the distance is unknown.
    """
    channels = value.size
    count = 0
    for v in range(max(0, y - 1), min(cells.shape[0], y + 2)):
        for u in range(max(0, x - 1), min(cells.shape[1], x + 2)):
            count += cells[v, u] == label
    if count == 0:
        return _UNKNOWN  # type: ignore[return-value]  # a float32 in the kernel
    share = np.float32(1) / np.float32(count)
    distance = np.float32(0)
    for c in range(channels):
        mean = np.float32(0)
        for v in range(max(0, y - 1), min(cells.shape[0], y + 2)):
            for u in range(max(0, x - 1), min(cells.shape[1], x + 2)):
                if cells[v, u] == label:
                    mean += means[v, u, c]
        off = value[c] - mean * share
        distance += scale[c] * off * off
    return distance  # type: ignore[return-value]  # a float32 in the kernel


@kernel
def spread(
    blocks: Integers,
    labels: Integers,
    pixels: Array,
    mask: Mask,
    side: int,
    cells: Integers,
    rows: Integers,
    columns: Integers,
    means: Array,
    scale: Array,
    step: int,
) -> tuple[float, int]:
    """Return the sum of squared distances of every `step`-th block to the nearest mean; their number."""
    value = np.empty(pixels.shape[2], np.float32)
    total, count = 0.0, 0
    for i in range(0, blocks.size, step):
        y, x = blocks[i] // labels.shape[1], blocks[i] % labels.shape[1]
        if not _block_mean(pixels, mask, side, y, x, value):
            continue
        least = _distance(value, labels[y, x], rows[y], columns[x], cells, means, scale)
        for k in range(4):
            v, u = (y, x + 1) if k == 0 else (y - 1, x) if k == 1 else (y, x - 1) if k == 2 else (y + 1, x)
            other = label_at(labels, v, u)
            if other > 0 and other != labels[y, x]:
                least = min(least, _distance(value, other, rows[y], columns[x], cells, means, scale))
        if least < _UNKNOWN:
            total += least
            count += 1
    return total, count


@kernel
def settle(
    blocks: Integers,
    labels: Integers,
    pixels: Array,
    mask: Mask,
    side: int,
    cells: Integers,
    rows: Integers,
    columns: Integers,
    means: Array,
    scale: Array,
    length: float,
    most: float,
    rounds: int,
    start: int,
    stop: int,
) -> int:
    """Give blocks a neighbour's label where that fits better; return how many changed.

    `blocks` are looked at in their order, then those beside one that changed, and so on, `rounds` times.
    A block gives up its label only if that label's other blocks around it stay connected through one
    another, and takes only one that a neighbour has which takes part.
    """
    wide = labels.shape[1]
    queued = np.zeros((stop - start, wide), np.bool_)
    value = np.empty(pixels.shape[2], np.float32)
    around = np.empty(8, np.int64)
    now = blocks
    changed = 0
    for _ in range(rounds):
        coming = np.empty(max(16, now.size), np.int64)
        found = 0
        for i in range(now.size):
            y, x = now[i] // wide, now[i] % wide
            if y < start or y >= stop:
                continue
            queued[y - start, x] = False
            label = labels[y, x]
            if label == 0 or not _on_boundary(labels, y, x):
                continue
            around[0], around[1] = label_at(labels, y, x + 1), label_at(labels, y - 1, x + 1)
            around[2], around[3] = label_at(labels, y - 1, x), label_at(labels, y - 1, x - 1)
            around[4], around[5] = label_at(labels, y, x - 1), label_at(labels, y + 1, x - 1)
            around[6], around[7] = label_at(labels, y + 1, x), label_at(labels, y + 1, x + 1)
            crossing = 0  # Yokoi's number: in how many pieces the label would fall around the block
            for k in range(0, 8, 2):
                if around[k] == label:
                    crossing += not (around[k + 1] == label and around[(k + 2) & 7] == label)
            if crossing != 1 or not _block_mean(pixels, mask, side, y, x, value):
                continue
            if mask.size and not _goes_on(around, label, mask, side, y, x):
                continue
            own = _distance(value, label, rows[y], columns[x], cells, means, scale)
            best, taken = -_TIE, label
            for k in range(0, 8, 2):
                other = around[k]
                if other <= 0 or other in (label, taken):
                    continue
                if mask.size and not _neighbour_takes_part(k, mask, side, y, x):
                    continue
                distance = _distance(value, other, rows[y], columns[x], cells, means, scale)
                if distance >= _UNKNOWN:
                    continue
                longer = np.float32(0)
                for j in range(8):
                    weight = _DIAGONAL if j & 1 else np.float32(1)
                    if around[j] == label:
                        longer += weight
                    elif around[j] == other:
                        longer -= weight
                gain = max(-most, min(most, distance - own)) + length * longer
                if gain < best:
                    best, taken = gain, other
            if taken == label:
                continue
            labels[y, x] = taken
            changed += 1
            if found + 8 > coming.size:
                more = np.empty(2 * coming.size, np.int64)
                more[:found] = coming[:found]
                coming = more
            for v in range(max(start, y - 1), min(stop, y + 2)):
                for u in range(max(0, x - 1), min(wide, x + 2)):
                    if not queued[v - start, u] and (v != y or u != x):
                        queued[v - start, u] = True
                        coming[found] = v * wide + u
                        found += 1
        if found == 0:
            break
        now = coming[:found]
    return changed


@kernel
def _neighbour_takes_part(k: int, mask: Mask, side: int, y: int, x: int) -> bool:
    down = (k == 6) - (k == 2)
    right = (k == 0) - (k == 4)
    return _takes_part(mask, side, y + down, x + right)


@kernel
def _goes_on(around: Integers, label: int, mask: Mask, side: int, y: int, x: int) -> bool:
    """Whether a neighbour that takes part has the label: it does not vanish under the mask."""
    found = False
    for k in range(0, 8, 2):
        found |= around[k] == label and _neighbour_takes_part(k, mask, side, y, x)
    return found
