"""What a mixture of Student's t says of each row, as `posterior` does of Gaussians."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pixture.arrays import Floats, Integers
from pixture.mixture.extensions.student_t import StudentMixture, packed
from pixture.mixture.kernels import student_t as passes
from pixture.mixture.model.posterior import label_type
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import map_slabs, slab_rows


def labels_student(
    mixture: StudentMixture, sample: WeightedSample, *, threads: int | None = None
) -> Integers:
    """Return the most responsible component of each row, (n,), the first of equals, as `posterior.labels`.

    >>> mixture = StudentMixture([0.5, 0.5], [[0.0], [4.0]], [1.0, 1.0], 3.0, "spherical")
    >>> labels_student(mixture, WeightedSample([[0.5], [3.0], [9.0]]))
    array([0, 1, 1], dtype=uint8)
    """
    squares, tails, _ = packed(mixture, sample)
    out = np.empty(sample.size, dtype=label_type(mixture.components))

    def work(start: int, stop: int) -> None:
        passes.classify(sample.channels, start, stop, squares, tails, out)

    map_slabs(work, sample.size, threads=threads)
    return out


def each_slab_student(
    mixture: StudentMixture,
    sample: WeightedSample,
    write: Callable[[int, int, Floats, Floats], None],
    threads: int | None,
) -> None:
    """Call write(start, stop, responsibilities, log densities) as `posterior.each_slab` does."""
    squares, tails, shift = packed(mixture, sample)

    def work(start: int, stop: int) -> None:
        shares = np.empty((mixture.components, stop - start), squares.means.dtype)
        density = np.empty(stop - start, squares.means.dtype)
        passes.responsibilities(sample.channels, start, stop, squares, tails, shares, density)
        write(start, stop, shares, density + shift)

    # a slab holds K shares a row: so many rows that they stay within 8 MB
    rows = max(1, 2**20 // mixture.components)
    map_slabs(work, sample.size, threads=threads, size=min(rows, slab_rows(sample.size)))
