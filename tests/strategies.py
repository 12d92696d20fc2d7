"""What the property tests draw: samples, starts, images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from pixture.arrays import Array, Floats
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import COVARIANCES, CovarianceName

structures = st.sampled_from(COVARIANCES)


@dataclass(frozen=True)
class Problem:
    """Values, integer weights of at least 1, and a mixture to start from."""

    values: Floats
    weights: Floats
    start: Mixture


@st.composite
def problems(
    draw: st.DrawFn, rows: int = 60, structure: CovarianceName | None = None, channels: int = 4
) -> Problem:
    """Overlapping clusters, of more rows than parameters: EM from the start stays away from collapse."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d, K = draw(st.integers(1, channels)), draw(st.integers(1, 4))
    covariance: CovarianceName = draw(structures) if structure is None else structure
    offset = draw(st.sampled_from((0.0, 100.0, -1e4)))
    spread = draw(st.sampled_from((1e-3, 1.0, 50.0)))
    centres = generator.normal(0, 2, (K, d))
    values = centres[np.arange(rows) % K] + generator.normal(0, 1, (rows, d))
    matrices = np.array([np.cov(generator.normal(0, 2, (d, 4 * d + 4))).reshape(d, d) for _ in range(K)])
    start = mixture_of(
        generator.dirichlet(np.full(K, 5.0)), centres + generator.normal(0, 0.3, (K, d)), matrices, covariance
    )
    return Problem(
        values * spread + offset,
        generator.integers(1, 5, rows).astype(float),
        moved(start, spread, offset),
    )


def mixture_of(weights: Floats, means: Floats, matrices: Floats, covariance: CovarianceName) -> Mixture:
    """A mixture of a structure, its covariances read off full matrices."""
    covariances = {
        "full": matrices,
        "tied": matrices.mean(axis=0),
        "diagonal": np.diagonal(matrices, axis1=1, axis2=2),
        "spherical": np.trace(matrices, axis1=1, axis2=2) / means.shape[1],
    }
    return Mixture(weights, means, covariances[covariance], covariance)


def moved(mixture: Mixture, scale: float, shift: float) -> Mixture:
    """The mixture of scale * x + shift."""
    return Mixture(
        mixture.weights, mixture.means * scale + shift, mixture.covariances * scale**2, mixture.covariance
    )


@st.composite
def images(draw: st.DrawFn) -> Array:
    """Integer images of every kind the histogram tells apart."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(st.integers(1, 24)), draw(st.integers(1, 24)))
    channels = draw(st.sampled_from((None, 1, 2, 3, 4, 5)))
    dtype = draw(st.sampled_from(("u1", "i1", "u2", "i2", "i4", "u4", "i8")))
    limits: np.iinfo[np.integer] = np.iinfo(dtype)
    low = draw(st.sampled_from((limits.min, 0, limits.max - 5)))
    low = max(low, -(2**53) + 1) if low < 0 else min(low, 2**53 - 2**41)  # what float64 can tell apart
    high = min(limits.max, low + draw(st.sampled_from((0, 3, 255, 70_000, 2**40))))
    full = shape if channels is None else (*shape, channels)
    return generator.integers(low, high, full, dtype=dtype, endpoint=True)
