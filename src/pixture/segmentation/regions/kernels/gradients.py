"""The compiled pass that takes gradients of volumes: differences of neighbours, in physical lengths."""

from __future__ import annotations

from pixture.arrays import Array, Mask
from pixture.compilation.jit import kernel


@kernel
def add_squared_gradient(
    values: Array, mask: Mask, inverse: tuple[float, float, float], start: int, stop: int, out: Array
) -> None:
    """Add the squared length of the gradient of `values` to the planes start … stop - 1 of `out`.

    Differences are central: of the two neighbours along an axis, times `inverse` of it, one over twice the
    size of a voxel. In place of a neighbour that is not there, or is masked, the voxel itself is taken.
    `mask` is of no size where all voxels take part; masked ones are left as they are.
    """
    planes, rows, columns = values.shape
    masked = mask.size > 0
    for z in range(start, stop):
        for y in range(rows):
            for x in range(columns):
                if masked and not mask[z, y, x]:
                    continue
                here = values[z, y, x]
                front, back, above, below, left, right = here, here, here, here, here, here
                if z > 0 and (not masked or mask[z - 1, y, x]):
                    front = values[z - 1, y, x]
                if z + 1 < planes and (not masked or mask[z + 1, y, x]):
                    back = values[z + 1, y, x]
                if y > 0 and (not masked or mask[z, y - 1, x]):
                    above = values[z, y - 1, x]
                if y + 1 < rows and (not masked or mask[z, y + 1, x]):
                    below = values[z, y + 1, x]
                if x > 0 and (not masked or mask[z, y, x - 1]):
                    left = values[z, y, x - 1]
                if x + 1 < columns and (not masked or mask[z, y, x + 1]):
                    right = values[z, y, x + 1]
                across = (back - front) * inverse[0]
                down = (below - above) * inverse[1]
                along = (right - left) * inverse[2]
                out[z, y, x] += across * across + down * down + along * along
