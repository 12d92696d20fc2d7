"""The compiled passes that bring superpixels' outlines to full resolution.

`pixture.segmentation.regions.full_resolution` says what they are for. A *cell* is a pixel of the reduced
image, a *block* one of the level at hand. A block's place is y << 32 | x: in order, they are in raster order.
What surrounds a block is eight bits, from its right neighbour on against the clock: the even ones touch it.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers, Mask, Reals
from pixture.compilation.jit import kernel
from pixture.segmentation.regions.kernels.filling import DOWN, LOW, RIGHT

# the cells that a label may be taken from, the nearest first
_CELLS = sorted(
    ((v, u) for v in range(-2, 3) for u in range(-2, 3) if v or u), key=lambda at: at[0] ** 2 + at[1] ** 2
)
_CELLS_DOWN = tuple(v for v, _ in _CELLS)
_CELLS_RIGHT = tuple(u for _, u in _CELLS)

_UNKNOWN = np.float32(1e30)
_TIE = np.float32(1e-4)
_CHUNK = 64


def _pieces(bits: int) -> int:
    """Return in how many pieces a label that has these neighbours falls without the block: Yokoi's number."""
    has = [bits >> k & 1 for k in range(8)]
    return sum(has[k] - has[k] * has[k + 1] * has[(k + 2) % 8] for k in range(0, 8, 2))


def _length(bits: int) -> float:
    """Return the length of boundary with these neighbours, a diagonal one counting for less."""
    return sum((1.0, 0.5**0.5)[k % 2] for k in range(8) if bits >> k & 1)


CAN_GO = np.array([_pieces(bits) == 1 for bits in range(256)])
"""Whether a block whose label these neighbours have can leave it, and the label stays connected."""

LENGTHS = np.array([_length(bits) for bits in range(256)], np.float32)


@kernel
def boundary_blocks(labels: Integers, start: int, stop: int) -> Integers:
    """Return the places of the blocks that have a neighbour of another label, in order."""
    rows, columns = labels.shape
    differs = np.zeros(-(-columns // _CHUNK) * _CHUNK, np.bool_)
    out = np.empty(4 * columns, np.int64)
    count = 0
    for y in range(start, stop):
        here, above, below = labels[y], labels[max(0, y - 1)], labels[min(rows - 1, y + 1)]
        for x in range(columns):  # vector
            differs[x] = (here[x] != above[x]) | (here[x] != below[x])
        for x in range(columns - 1):  # vector
            differs[x] |= here[x] != here[x + 1]
        for x in range(1, columns):  # vector
            differs[x] |= here[x] != here[x - 1]
        if count + columns > out.size:
            more = np.empty(2 * out.size, np.int64)
            for i in range(count):  # vector
                more[i] = out[i]
            out = more
        for chunk in range(0, columns, _CHUNK):
            some = False
            for x in range(chunk, chunk + _CHUNK):  # vector
                some |= differs[x]
            if some:
                for x in range(chunk, min(columns, chunk + _CHUNK)):
                    # written in any case, kept if it differs: no branch that the processor must guess
                    out[count] = y << 32 | x
                    count += differs[x]
    return out[:count]


@kernel
def _cell_of(label: int, y: int, x: int, cells: Integers) -> int:
    """Return the nearest cell of this label, up to two from (y, x), as y * columns + x; -1 without one."""
    if cells[y, x] == label:
        at: int = y * cells.shape[1] + x
        return at
    for j in range(24):
        v, u = y + _CELLS_DOWN[j], x + _CELLS_RIGHT[j]
        if 0 <= v < cells.shape[0] and 0 <= u < cells.shape[1] and cells[v, u] == label:
            return int(v * cells.shape[1] + u)
    return -1


@kernel
def _distance(
    label: int,
    pixels: Array,
    y: int,
    x: int,
    cells: Integers,
    row: int,
    column: int,
    means: Reals,
    scale: Reals,
) -> float:
    """Return the scaled squared distance of a block's value to what a label is like around its cell.

    That is the local mean of its nearest cell there; without one, the distance is unknown.
    """
    at = _cell_of(label, row, column, cells)
    if at < 0:
        return _UNKNOWN  # type: ignore[return-value]  # a float32 in the kernel
    distance = np.float32(0)
    for c in range(scale.size):
        off = np.float32(pixels[y, x, c]) - means[at, c]
        distance += scale[c] * off * off
    return distance  # type: ignore[return-value]  # a float32 in the kernel


@kernel
def _nine(
    cells: Integers, row: int, column: int, down: Reals, right: Reals, nine: Integers, shares: Reals
) -> None:
    """Write the labels of the nine cells around (row, column), edges continued, and what each counts for."""
    for i in range(3):
        v = min(max(row + i - 1, 0), cells.shape[0] - 1)
        for j in range(3):
            nine[3 * i + j] = cells[v, min(max(column + j - 1, 0), cells.shape[1] - 1)]
            shares[3 * i + j] = down[i] * right[j]


@kernel
def _share(label: int, nine: Integers, shares: Reals) -> float:
    """Return how much of a label there is around a block, by the quadratic B-spline over nine cells."""
    share = np.float32(0)
    for k in range(9):
        share += shares[k] if nine[k] == label else np.float32(0)
    return share  # type: ignore[return-value]  # a float32 in the kernel


@kernel
def _surrounding(labels: Integers, y: int, x: int, around: Integers) -> None:
    """Write the labels of the eight around a block; -1 beyond the image."""
    rows, columns = labels.shape
    if 0 < y < rows - 1 and 0 < x < columns - 1:
        above, here, below = labels[y - 1], labels[y], labels[y + 1]
        around[0], around[4] = here[x + 1], here[x - 1]
        around[1], around[2], around[3] = above[x + 1], above[x], above[x - 1]
        around[5], around[6], around[7] = below[x - 1], below[x], below[x + 1]
        return
    for k in range(8):
        v, u = y + DOWN[k], x + RIGHT[k]
        around[k] = labels[v, u] if 0 <= v < rows and 0 <= u < columns else -1


@kernel
def _having(around: Integers, label: int) -> int:
    """Return as bits which of those around have a label."""
    bits = 0
    for k in range(8):
        bits |= (around[k] == label) << k
    return bits


@kernel
def misfits(
    places: Integers,
    step: int,
    labels: Integers,
    pixels: Array,
    mask: Mask,
    cells: Integers,
    rows: Integers,
    columns: Integers,
    means: Reals,
    scale: Reals,
) -> Reals:
    """Return the squared distance of every `step`-th block to the nearest of its labels' local means.

    The labels are its own and its neighbours'. Blocks that do not take part are left out.
    """
    around = np.empty(8, np.int32)
    out = np.empty(-(-places.size // step), np.float32)
    count = 0
    for i in range(0, places.size, step):
        y, x = places[i] >> 32, places[i] & LOW
        if labels[y, x] == 0 or (mask.size and not mask[y, x]):
            continue
        _surrounding(labels, y, x, around)
        least = _distance(labels[y, x], pixels, y, x, cells, rows[y], columns[x], means, scale)
        for k in range(0, 8, 2):
            if around[k] > 0 and around[k] != labels[y, x]:
                other = _distance(around[k], pixels, y, x, cells, rows[y], columns[x], means, scale)
                least = min(least, other)
        if least < _UNKNOWN:
            out[count] = least
            count += 1
    return out[:count]


@kernel
def settle(
    places: Integers,
    start: int,
    stop: int,
    rounds: int,
    length: float,
    most: float,
    nearness: float,
    down: Reals,
    right: Reals,
    labels: Integers,
    pixels: Array,
    mask: Mask,
    cells: Integers,
    rows: Integers,
    columns: Integers,
    means: Reals,
    scale: Reals,
) -> int:
    """Give blocks a neighbour's label where that fits better; return how many changed.

    The blocks at `places` are looked at in their order, then those beside one that changed, from the last to
    the first, and so on, `rounds` times: a change runs both ways along an outline. Only those in the rows
    start … stop - 1 are changed, and one more row on each side is read. A block leaves its label only if the
    label's other blocks around it stay connected to one another, and one of them takes part; it takes only
    that of a neighbour that takes part.
    """
    wide = labels.shape[1]
    queued = np.zeros((stop - start, wide), np.bool_)
    around, nine, shares = np.empty(8, np.int32), np.empty(9, np.int32), np.empty(9, np.float32)
    now = places
    for i in range(now.size):
        queued[(now[i] >> 32) - start, now[i] & LOW] = True
    changed = 0
    for turn in range(rounds):
        coming = np.empty(now.size + 8, np.int64)
        found = 0
        for i in range(now.size):
            at = now[now.size - 1 - i] if turn & 1 else now[i]
            y, x = at >> 32, at & LOW
            queued[y - start, x] = False
            label = labels[y, x]
            _surrounding(labels, y, x, around)
            same = _having(around, label)
            if not CAN_GO[same] or label == 0:
                continue
            open_to = 0x55
            if mask.size:
                if not mask[y, x]:
                    continue
                open_to = _taking_part(mask, y, x)
                if not same & open_to:
                    continue
            own = _distance(label, pixels, y, x, cells, rows[y], columns[x], means, scale)
            _nine(cells, rows[y], columns[x], down[y], right[x], nine, shares)
            near = _share(label, nine, shares)
            best, taken = -_TIE, label
            for k in range(0, 8, 2):
                other = around[k]
                if other <= 0 or other in (label, taken) or not open_to >> k & 1:
                    continue
                theirs = _distance(other, pixels, y, x, cells, rows[y], columns[x], means, scale)
                if theirs >= _UNKNOWN:
                    continue
                longer = LENGTHS[same] - LENGTHS[_having(around, other)]
                farther = near - _share(other, nine, shares)
                gain = max(-most, min(most, theirs - own)) + length * longer + nearness * farther
                if gain < best:
                    best, taken = gain, other
            if taken == label:
                continue
            labels[y, x] = taken
            changed += 1
            if found + 8 > coming.size:
                more = np.empty(2 * coming.size, np.int64)
                for k in range(found):  # vector
                    more[k] = coming[k]
                coming = more
            for k in range(0, 8, 2):
                v, u = y + DOWN[k], x + RIGHT[k]
                if around[k] > 0 and around[k] != taken and start <= v < stop and not queued[v - start, u]:
                    queued[v - start, u] = True
                    coming[found] = v << 32 | u
                    found += 1
        if found == 0:
            break
        now = coming[:found]
    return changed


@kernel
def _taking_part(mask: Mask, y: int, x: int) -> int:
    """Return as bits which of the four neighbours take part."""
    bits = 0
    for k in range(0, 8, 2):
        v, u = y + DOWN[k], x + RIGHT[k]
        if 0 <= v < mask.shape[0] and 0 <= u < mask.shape[1] and mask[v, u]:
            bits |= 1 << k
    return bits
