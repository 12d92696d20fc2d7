"""The mean field of Potts labels: the compiled passes over an image or a volume.

Pixels are (planes, rows, columns), an image has one plane; a line is the pixels of one row. Lines whose plane
and row have the same parity are no neighbours of each other, so they are updated at the same time, each from
what the others are: the answer is the same whatever thread takes which line. Within a line, all pixels are
updated from what the line was before. Each pass has a naive twin in `tests/reference_field.py`.

Most pixels come to rest after a few updates. A line is divided into blocks, and those are updated of which a
pixel, or a neighbour of one, has changed since: the others would come out as they are, bit for bit.
"""

from __future__ import annotations

import numpy as np

from pixture.arrays import Array, Integers
from pixture.compilation.jit import kernel, widest_vectors
from pixture.mixture.kernels.tiles import normalise

ONE = 65536
"""What a probability of 1 counts for: whole numbers add up to the same sum in any order."""

LEAST = np.float32(1e-30)
"""A probability below this is 0: a processor takes a hundred times as long for numbers near the smallest."""

LINES = 4
"""Kinds of lines: planes and rows, even and odd."""

BLOCK = 64
"""Columns of a block."""


@kernel
def _add(coupling: Array, q: Array, length: int, to: Array) -> None:
    """To += coupling · q."""
    widest_vectors()
    for x in range(length):  # vector
        to[x] += coupling[x] * q[x]


@kernel
def _couplings(contrast: Integers, weight: float, length: int, to: Array) -> None:
    """To = weight · contrast / 255."""
    widest_vectors()
    scale = np.float32(weight) * np.float32(1 / 255)
    for x in range(length):  # vector
        to[x] = scale * np.float32(contrast[x])


@kernel
def _replace(joint: Array, total: Array, length: int, q: Array, change: Array) -> None:
    """Q = joint / total; change += |what q changes by|."""
    widest_vectors()
    for x in range(length):  # vector
        new = joint[x] * total[x]
        new = new if new > LEAST else np.float32(0)
        change[x] += abs(new - q[x])
        q[x] = new


@kernel
def _add_joint(joint: Array, sharp: float, length: int, to: Array) -> None:
    """To = sharp · (to + joint)."""
    widest_vectors()
    for x in range(length):  # vector
        to[x] = np.float32(sharp) * (to[x] + joint[x])


@kernel
def _add_neighbours(
    q: Array,
    offsets: Integers,
    weights: Array,
    contrast: Integers,
    z: int,
    y: int,
    begin: int,
    end: int,
    coupling: Array,
    field: Array,
) -> None:
    """field[k, i] += Σ_j w_ij q_k(j) of the columns begin … end - 1 of a line; `coupling` is overwritten.

    What a loop runs over is contiguous, and known to be so: of a slice of `field` along both axes it is not
    known, and loops over it would be no vector code.
    """
    K, planes, height, width = q.shape
    for n in range(offsets.shape[0]):
        for side in (1, -1):
            there_z, there_y, dx = z + side * offsets[n, 0], y + side * offsets[n, 1], side * offsets[n, 2]
            if not (0 <= there_z < planes and 0 <= there_y < height):
                continue
            first, last = max(begin, -dx), min(end, width - dx)
            length = last - first
            if length <= 0:
                continue
            if contrast.shape[0] == 0:
                coupling[:length] = weights[n]
            elif side == 1:
                _couplings(contrast[n, z, y, first:last], weights[n], length, coupling)
            else:  # kept by the other one of the two
                _couplings(
                    contrast[n, there_z, there_y, first + dx : last + dx], weights[n], length, coupling
                )
            for k in range(K):
                there = q[k, there_z, there_y, first + dx : last + dx]
                _add(coupling, there, length, field[k, first - begin : last - begin])


@kernel
def spread(of_row: Array, rows: Integers, start: int, stop: int, out: Array) -> None:
    """out[k, i] = of_row[rows[i], k] for the pixels start … stop - 1; `out` is (n, pixels)."""
    for i in range(start, stop):
        row = rows[i]
        for k in range(out.shape[0]):
            out[k, i] = of_row[row, k]


@kernel
def _activate(active: Array, z: int, y: int, first: int, last: int) -> None:
    """Activate the blocks first … last of a line, as far as there are such, and those above and below."""
    planes, height, blocks = active.shape
    for there_z in range(max(0, z - 1), min(planes, z + 2)):
        for there_y in range(max(0, y - 1), min(height, y + 2)):
            for block in range(max(0, first), min(blocks, last + 1)):
                active[there_z, there_y, block] = 1


@kernel
def _activate_beside(change: Array, begin: int, end: int, active: Array, z: int, y: int) -> None:
    """Activate what has pixels of a line, or neighbours of them, whose change is not 0.

    `change` is that of the columns begin … end - 1.
    """
    for block in range(begin // BLOCK, (end - 1) // BLOCK + 1):
        first, last = max(begin, block * BLOCK) - begin, min(end, (block + 1) * BLOCK) - begin
        most = np.float32(0)
        for x in range(first, last):
            most = max(most, change[x])
        if most > 0:
            _activate(active, z, y, block - (change[first] > 0), block + (change[last - 1] > 0))


@kernel
def update(
    q: Array,
    rows: Integers,
    table: Array,
    joint: Array,
    evidence: Array,
    offsets: Integers,
    weights: Array,
    contrast: Integers,
    spans: Integers,
    active: Integers,
    sharpness: float,
    kind: int,
    start: int,
    stop: int,
) -> float:
    """Update the lines start … stop - 1 of a kind; return the sum of what probabilities changed by.

    q_k(i) becomes proportional to exp(s (table[rows[i], k] + e_k(i) + Σ_j w_ij q_k(j))), 0 where a pixel is
    masked.

    Parameters
    ----------
    q
        (K, planes, rows, columns) float32.
    rows
        (planes, rows, columns), each pixel's row of the table, the last where masked.
    table
        (rows + 1, K) float32: the log joint densities of distinct values.
    joint
        (K, planes, rows, columns) float32: the row of the table of each pixel, looked up before; empty in the
        first axis where it is looked up now.
    evidence
        (K, planes, rows, columns) float32: e, what is known of each pixel beside its value; empty in the
        first axis where that is nothing.
    offsets, weights
        (n, 3) and (n,) float32: one of each pair of opposite neighbours, and w of both.
    contrast
        (n, planes, rows, columns) uint8: w is so many 255ths of it; empty in the first axis where it is all.
    spans
        (planes, rows, 2): of each line the first column that is not masked, and the one past the last.
    active
        (planes, rows, blocks) uint8: 1 where a block is to be updated. Overwritten with what is to be updated
        next.
    sharpness
        s: 1, or very much more, with which each pixel has its most probable label and no other.
    kind
        0 to 3: whether planes and rows are even or odd.
    start, stop
        Of the lines of the kind, counted along rows, then planes.
    """
    K, height, width = q.shape[0], q.shape[2], q.shape[3]
    odd_plane, odd_row = kind // 2, kind % 2
    a_plane = (height - odd_row + 1) // 2
    masked = np.uint32(table.shape[0] - 1)
    sharp = np.float32(sharpness)
    field = np.empty((K, width), np.float32)
    coupling, top, total = (
        np.empty(width, np.float32),
        np.empty(width, np.float32),
        np.empty(width, np.float32),
    )
    changed = 0.0
    for line in range(start, stop):
        z, y = odd_plane + 2 * (line // a_plane), odd_row + 2 * (line % a_plane)
        first, past = spans[z, y, 0], spans[z, y, 1]
        block, blocks = first // BLOCK, -(-past // BLOCK)
        while block < blocks:
            if not active[z, y, block]:
                block += 1
                continue
            begin = max(first, block * BLOCK)
            while block < blocks and active[z, y, block]:
                active[z, y, block] = 0
                block += 1
            end = min(past, block * BLOCK)
            length = end - begin
            for k in range(K):
                sums = field[k]
                if evidence.shape[0] == 0:
                    for x in range(length):
                        sums[x] = 0
                else:
                    known = evidence[k, z, y, begin:end]
                    for x in range(length):
                        sums[x] = known[x]
            _add_neighbours(q, offsets, weights, contrast, z, y, begin, end, coupling, field)
            of = rows[z, y, begin:end]
            for k in range(K):
                if joint.shape[0] == 0:
                    sums = field[k]
                    for x in range(length):
                        sums[x] = sharp * (sums[x] + table[of[x], k])
                else:
                    _add_joint(joint[k, z, y, begin:end], sharpness, length, field[k])
            normalise(field, length, top, total)
            for x in range(length):
                total[x] = np.float32(0) if of[x] == masked else np.float32(1) / total[x]
            change = top
            change[:length] = 0
            for k in range(K):
                _replace(field[k], total, length, q[k, z, y, begin:end], change)
            for x in range(length):
                changed += change[x]
            _activate_beside(change, begin, end, active, z, y)
    return changed


@kernel
def tally(q: Array, rows: Integers, start: int, stop: int, sums: Integers) -> None:
    """Add each pixel's probabilities, in `ONE`ths, to its row of `sums`, (rows + 1, K) int64.

    `q` is (K, pixels), `rows` (pixels,).
    """
    K = q.shape[0]
    masked = sums.shape[0] - 1
    for i in range(start, stop):
        row = rows[i]
        if row == masked:  # where there is nothing to add
            continue
        for k in range(K):
            sums[row, k] += np.int64(q[k, i] * np.float32(ONE) + np.float32(0.5))


@kernel
def agreements(
    q: Array, offsets: Integers, weights: Array, contrast: Integers, start: int, stop: int, out: Array
) -> None:
    """out[k, i] = Σ_j w_ij q_k(j) of the lines start … stop - 1, counted along rows, then planes.

    `out` is (lines, K, columns).
    """
    width = q.shape[3]
    out[:] = 0
    coupling = np.empty(width, np.float32)
    for line in range(start, stop):
        z, y = line // q.shape[2], line % q.shape[2]
        _add_neighbours(q, offsets, weights, contrast, z, y, 0, width, coupling, out[line - start])
