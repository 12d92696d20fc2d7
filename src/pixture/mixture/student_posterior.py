"""What a mixture of Student's t says of each row: labels, responsibilities, log density; as `posterior`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.mixture.kernels import student as passes
from pixture.mixture.posterior import label_type
from pixture.mixture.sample import WeightedSample
from pixture.mixture.student import StudentMixture, packed
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


def responsibilities_student(
    mixture: StudentMixture,
    sample: WeightedSample,
    components: Sequence[int] | None = None,
    *,
    threads: int | None = None,
) -> Array:
    """Return p(component | row), (K, n), float32, as `posterior.responsibilities`.

    >>> mixture = StudentMixture([0.5, 0.5], [[0.0], [4.0]], [1.0, 1.0], 3.0, "spherical")
    >>> responsibilities_student(mixture, WeightedSample([[2.0]]))
    array([[0.5],
           [0.5]], dtype=float32)
    """
    wanted = list(range(mixture.components) if components is None else components)
    out = np.empty((len(wanted), sample.size), dtype=np.float32)

    def write(start: int, stop: int, shares: Floats, log_density: Floats) -> None:
        out[:, start:stop] = shares[wanted]

    each_slab_student(mixture, sample, write, threads)
    return out


def log_density_student(
    mixture: StudentMixture, sample: WeightedSample, *, threads: int | None = None
) -> Floats:
    """Return log p(x) of each row under the mixture, (n,).

    >>> mixture = StudentMixture([1.0], [[0.0]], [1.0], 1.0, "spherical")
    >>> log_density_student(mixture, WeightedSample([[0.0]])).round(4)  # Cauchy's, -log π
    array([-1.1447])
    """
    out = np.empty(sample.size)

    def write(start: int, stop: int, shares: Floats, log_density: Floats) -> None:
        out[start:stop] = log_density

    each_slab_student(mixture, sample, write, threads)
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
