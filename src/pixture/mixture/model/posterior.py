"""What a fitted mixture says of each row: labels, responsibilities, entropy, log density.

Everything is computed slab by slab; no array of all rows by all components is held unless it is the
answer asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pixture.arrays import Array, Floats, Integers
from pixture.mixture.kernels import passes
from pixture.mixture.model.packed_gaussians import Components, gaussians, same_channels
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.parallel import map_slabs, slab_rows


def label_type(values: int) -> type[np.unsignedinteger]:
    """Return the smallest unsigned integer type that holds 0 … values - 1.

    >>> label_type(256), label_type(257)
    (<class 'numpy.uint8'>, <class 'numpy.uint16'>)
    """
    for dtype in (np.uint8, np.uint16, np.uint32):
        if values <= np.iinfo(dtype).max + 1:
            return dtype
    raise ValueError(f"no label type holds {values} values")


def labels(mixture: Components, sample: WeightedSample, *, threads: int | None = None) -> Integers:
    """Return the most responsible component of each row, (n,), the first of equals.

    The dtype is the smallest unsigned one that holds the labels.

    >>> from pixture import Mixture
    >>> mixture = Mixture([0.5, 0.5], [[0.0], [4.0]], [1.0, 1.0], "spherical")
    >>> labels(mixture, WeightedSample([[0.5], [3.0], [9.0]]))
    array([0, 1, 1], dtype=uint8)
    """
    same_channels(mixture, sample)
    packed, _ = gaussians(mixture, sample.channels.dtype)
    out = np.empty(sample.size, dtype=label_type(mixture.components))

    def work(start: int, stop: int) -> None:
        passes.classify(sample.channels, start, stop, packed, out)

    map_slabs(work, sample.size, threads=threads)
    return out


def responsibilities(
    mixture: Components,
    sample: WeightedSample,
    components: Sequence[int] | None = None,
    *,
    threads: int | None = None,
) -> Array:
    """Return p(component | row), (K, n), float32; each column sums to 1 to within float32's rounding.

    r_nk = w_k N(x_n; m_k, S_k) / Σ_j w_j N(x_n; m_j, S_j)  (Bishop 2006, eq. 9.23). Where `components`
    are given, only their rows, in their order.

    >>> from pixture import Mixture
    >>> mixture = Mixture([0.5, 0.5], [[0.0], [4.0]], [1.0, 1.0], "spherical")
    >>> responsibilities(mixture, WeightedSample([[2.0]]))
    array([[0.5],
           [0.5]], dtype=float32)
    """
    wanted = list(range(mixture.components) if components is None else components)
    out = np.empty((len(wanted), sample.size), dtype=np.float32)

    def write(start: int, stop: int, shares: Floats, log_density: Floats) -> None:
        out[:, start:stop] = shares[wanted]

    each_slab(mixture, sample, write, threads)
    return out


def log_joint(mixture: Components, sample: WeightedSample, *, threads: int | None = None) -> Array:
    """Return log w_k N(x; m_k, S_k) of each component and row, (K, n), of the sample's dtype.

    >>> from pixture import Mixture
    >>> mixture = Mixture([0.5, 0.5], [[0.0], [2.0]], [1.0, 1.0], "spherical")
    >>> log_joint(mixture, WeightedSample([[0.0]])).round(4)
    array([[-1.6121],
           [-3.6121]])
    """
    same_channels(mixture, sample)
    packed, shift = gaussians(mixture, sample.channels.dtype)
    out = np.empty((mixture.components, sample.size), packed.means.dtype)

    def work(start: int, stop: int) -> None:
        passes.log_joints(sample.channels, start, stop, packed, out)

    map_slabs(work, sample.size, threads=threads)
    out += out.dtype.type(shift)
    return out


def entropy(mixture: Components, sample: WeightedSample, *, threads: int | None = None) -> Array:
    """Return the entropy -Σ r log r of each row's responsibilities in nats, (n,), float32.

    0 where the component is certain, log K where nothing is known.

    >>> from pixture import Mixture
    >>> mixture = Mixture([0.5, 0.5], [[0.0], [4.0]], [1.0, 1.0], "spherical")
    >>> entropy(mixture, WeightedSample([[2.0]])).round(4)
    array([0.6931], dtype=float32)
    """
    out = np.empty(sample.size, dtype=np.float32)

    def write(start: int, stop: int, shares: Floats, log_density: Floats) -> None:
        # 0 log 0 = 0, its limit
        logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
        out[start:stop] = np.maximum(-(shares * logs).sum(axis=0), 0)

    each_slab(mixture, sample, write, threads)
    return out


def log_density(mixture: Components, sample: WeightedSample, *, threads: int | None = None) -> Floats:
    """Return log p(x) of each row under the mixture, (n,).

    >>> from pixture import Mixture
    >>> mixture = Mixture([1.0], [[0.0]], [1.0], "spherical")
    >>> log_density(mixture, WeightedSample([[0.0]])).round(4)
    array([-0.9189])
    """
    out = np.empty(sample.size)

    def write(start: int, stop: int, shares: Floats, log_density: Floats) -> None:
        out[start:stop] = log_density

    each_slab(mixture, sample, write, threads)
    return out


def each_slab(
    mixture: Components,
    sample: WeightedSample,
    write: Callable[[int, int, Floats, Floats], None],
    threads: int | None,
) -> None:
    """Call write(start, stop, responsibilities (K, rows), log densities (rows,)) for slabs of rows.

    In any order, from any thread. The arrays are of the sample's dtype, and the callee's to keep.
    """
    same_channels(mixture, sample)
    packed, shift = gaussians(mixture, sample.channels.dtype)

    def work(start: int, stop: int) -> None:
        shares = np.empty((mixture.components, stop - start), packed.means.dtype)
        density = np.empty(stop - start, packed.means.dtype)
        passes.responsibilities(sample.channels, start, stop, packed, shares, density)
        write(start, stop, shares, density + shift)

    # a slab holds K shares a row: so many rows that they stay within 8 MB
    rows = max(1, 2**20 // mixture.components)
    map_slabs(work, sample.size, threads=threads, size=min(rows, slab_rows(sample.size)))
