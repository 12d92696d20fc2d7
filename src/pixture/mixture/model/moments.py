"""The sufficient statistics of one E-step: additive, about a reference close to the means.

They are all that leaves an E-step. Slabs on threads, tiles on disk and chunks on a cluster each yield
their moments; their sum is the moments of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from pixture.arrays import Floats, Integers, Mask


def mirrored(lower: Floats) -> Floats:
    """Return (K, d, d) symmetric matrices, given their lower triangles."""
    return np.where(triangle(lower.shape[-1]), lower, lower.swapaxes(1, 2))


@lru_cache(maxsize=8)
def triangle(d: int) -> Mask:
    """Return (d, d), true on and below the diagonal; made once, since every iteration needs it."""
    return np.tri(d, dtype=bool)


def together(moments: Moments) -> Moments:
    """Return the moments of all components as those of one."""
    about = moments.about(np.broadcast_to(moments.reference[:1], moments.reference.shape))
    return Moments(
        about.reference[:1],
        about.zeroth.sum(keepdims=True),
        about.first.sum(axis=0, keepdims=True),
        about.second.sum(axis=0, keepdims=True),
        about.log_likelihood,
    )


@dataclass(frozen=True, eq=False)
class Moments:
    """Weighted sums of one E-step for each of K components.

    Attributes
    ----------
    reference
        (K, d), the points the sums are taken about.
    zeroth
        (K,), Σ w r: the weight each component answers for.
    first
        (K, d), Σ w r (x - reference).
    second
        Σ w r (x - reference)(x - reference)ᵀ: (K, d, d), or (K, d) where only its diagonal is needed.
    log_likelihood
        Σ w log p(x), of the whole mixture.
    """

    reference: Floats
    zeroth: Floats
    first: Floats
    second: Floats
    log_likelihood: float = 0.0

    @classmethod
    def zero(cls, reference: Floats, *, dense: bool) -> Moments:
        """Return the moments of no rows, about `reference`; dense ones keep the whole second moment."""
        K, d = reference.shape
        return cls(reference, np.zeros(K), np.zeros((K, d)), np.zeros((K, d, d) if dense else (K, d)))

    def __add__(self, other: Moments) -> Moments:
        if not np.array_equal(self.reference, other.reference):
            other = other.about(self.reference)
        return Moments(
            self.reference,
            self.zeroth + other.zeroth,
            self.first + other.first,
            self.second + other.second,
            self.log_likelihood + other.log_likelihood,
        )

    def about(self, reference: Floats) -> Moments:
        """Return the same moments taken about another reference.

        With δ = old - new reference: S' = S + δ fᵀ + f δᵀ + n δ δᵀ (the shift in Chan, Golub and LeVeque,
        1979).
        """
        delta = self.reference - reference
        shift = self.zeroth[:, None] * delta
        if self.second.ndim == 2:
            second = self.second + 2 * delta * self.first + delta * shift
        else:
            cross = delta[:, :, None] * self.first[:, None, :]
            second = self.second + cross + cross.swapaxes(1, 2) + delta[:, :, None] * shift[:, None, :]
        return Moments(reference, self.zeroth, self.first + shift, second, self.log_likelihood)

    def of(self, components: Integers) -> Moments:
        """Return the moments of the components picked (indices) alone."""
        return Moments(
            self.reference[components],
            self.zeroth[components],
            self.first[components],
            self.second[components],
            self.log_likelihood,
        )

    @cached_property
    def weights(self) -> Floats:
        """Each component's share of the weight, (K,)."""
        shares: Floats = self.zeroth / self.zeroth.sum()
        return shares

    @cached_property
    def _offset(self) -> Floats:
        offset: Floats = self.first / self.zeroth[:, None]
        return offset

    @cached_property
    def means(self) -> Floats:
        """Weighted mean of each component, (K, d)."""
        return self.reference + self._offset

    @cached_property
    def scatters(self) -> Floats:
        """Σ w r (x - mean)(x - mean)ᵀ of each component, about its own mean; shaped as `second`."""
        if self.second.ndim == 2:
            return np.maximum(self.second - self._offset * self.first, 0.0)
        scatters: Floats = self.second - self._offset[:, :, None] * self.first[:, None, :]
        return 0.5 * (scatters + scatters.swapaxes(1, 2))
