"""Mixtures of multivariate Student's t: Gaussians with tails, so that outliers do not pull them.

A t distribution of location m, scale matrix S and ν degrees of freedom is a Gaussian whose precision varies
from row to row: x | u ~ N(m, S / u), u ~ Gamma(ν/2, ν/2). EM takes u as missing too (Peel and McLachlan 2000,
Robust mixture modelling using the t distribution); its expectation u = (ν + d) / (ν + δ),
δ = (x - m)ᵀ S⁻¹ (x - m), weighs each row in the moments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, gammaln

from pixture.arrays import Floats
from pixture.errors import MixtureError
from pixture.mixture.kernels.student_t import Tails
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.packed_gaussians import Gaussians, gaussians, same_channels
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.fitting import CovarianceName

LEAST_DEGREES, MOST_DEGREES = 1e-3, 1e9
"""Degrees of freedom that a mixture may have: what float32 arithmetic holds."""


@dataclass(frozen=True, eq=False)
class StudentMixture:
    """K multivariate t components in d channels.

    Parameters
    ----------
    weights
        (K,) as in `Mixture`.
    means
        (K, d), the locations; a component has a mean, which this is, where its degrees are above 1.
    covariances
        The scale matrices, shaped by the structure as in `Mixture`. A component's covariance is ν / (ν - 2)
        times its scale matrix, where ν > 2.
    degrees
        (K,) degrees of freedom ν, from `LEAST_DEGREES` to `MOST_DEGREES`; or one number for all.
    covariance
        The structure's name.

    Raises
    ------
    MixtureError
        The arrays do not describe a mixture.

    Examples
    --------
    >>> mixture = StudentMixture([0.5, 0.5], [[0.0], [4.0]], [1.0, 2.0], 3.0, "spherical")
    >>> mixture.components, mixture.degrees
    (2, array([3., 3.]))
    """

    scales: Mixture
    """Weights, locations and scale matrices: the mixture that infinite degrees of freedom would make."""
    degrees: Floats

    def __init__(
        self,
        weights: npt.ArrayLike,
        means: npt.ArrayLike,
        covariances: npt.ArrayLike,
        degrees: npt.ArrayLike,
        covariance: CovarianceName = "full",
    ) -> None:
        scales = Mixture(weights, means, covariances, covariance)
        given = np.asarray(degrees, dtype=np.float64)
        if given.shape not in ((), (scales.components,)):
            raise MixtureError(
                f"degrees must be a number, or ({scales.components},), one a component; "
                f"got shape {given.shape}."
            )
        if not ((given >= LEAST_DEGREES) & (given <= MOST_DEGREES)).all():
            raise MixtureError(
                f"degrees of freedom must be {LEAST_DEGREES:g} to {MOST_DEGREES:g}; got {given.tolist()}. "
                "A Gaussian, which has infinitely many, is one in practice from 1000 on."
            )
        kept = np.full(scales.components, given)
        kept.flags.writeable = False
        object.__setattr__(self, "scales", scales)
        object.__setattr__(self, "degrees", kept)

    @property
    def components(self) -> int:
        """Number of components, K."""
        return self.scales.components

    @property
    def dimension(self) -> int:
        """Number of channels, d."""
        return self.scales.dimension

    @property
    def weights(self) -> Floats:
        """(K,), they sum to 1."""
        return self.scales.weights

    @property
    def means(self) -> Floats:
        """Locations, (K, d)."""
        return self.scales.means

    @property
    def covariances(self) -> Floats:
        """Scale matrices, shaped by their structure."""
        return self.scales.covariances

    @property
    def covariance(self) -> CovarianceName:
        """The structure's name."""
        return self.scales.covariance

    @property
    def parameters(self) -> int:
        """Number of free parameters without the degrees: they are 0, 1 or K more, as they were estimated."""
        return self.scales.parameters

    @property
    def constants(self) -> Floats:
        """Log weight + log normalising constant of each component, (K,).

        log w + log Γ((ν + d)/2) - log Γ(ν/2) - d/2 log(ν π) - ½ log|S|.
        """
        half, nu = 0.5 * self.dimension, self.degrees
        # Γ((ν + d)/2) / Γ(ν/2) by the beta function, which keeps its digits where ν is large
        gammas = gammaln(half) - betaln(0.5 * nu, half)
        constants: Floats = self.scales.constants + gammas - half * np.log(0.5 * nu)
        return constants

    def permuted(self, order: npt.ArrayLike) -> StudentMixture:
        """Return the same mixture with its components in the order given (indices, as for NumPy)."""
        scales = self.scales.permuted(order)
        degrees = self.degrees[np.asarray(order)]
        return StudentMixture(scales.weights, scales.means, scales.covariances, degrees, scales.covariance)

    def ordered(self, direction: npt.ArrayLike | None = None) -> StudentMixture:
        """Return the mixture with its components sorted as `Mixture.ordered` sorts them."""
        along = self.means[:, 0] if direction is None else self.means @ np.asarray(direction, dtype=float)
        return self.permuted(np.lexsort((*self.means.T[::-1], along)))

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters by name as plain lists, ready for JSON; every digit is kept."""
        return {**self.scales.as_dict(), "degrees": self.degrees.tolist()}

    @classmethod
    def from_dict(cls, parameters: dict[str, Any]) -> StudentMixture:
        """Return the mixture that `as_dict` described.

        >>> mixture = StudentMixture([1.0], [[0.1]], [[2.0]], [3.5], "diagonal")
        >>> StudentMixture.from_dict(mixture.as_dict()).degrees
        array([3.5])
        """
        scales = Mixture.from_dict(parameters)
        if "degrees" not in parameters:
            raise MixtureError("A mixture of Student's t needs degrees as well.")
        return cls(scales.weights, scales.means, scales.covariances, parameters["degrees"], scales.covariance)


def packed(mixture: StudentMixture, sample: WeightedSample) -> tuple[Gaussians, Tails, float]:
    """Return a mixture as the kernels read it, and the shift that its constants lack."""
    same_channels(mixture, sample)
    dtype = sample.channels.dtype
    squares, _ = gaussians(mixture.scales, dtype)
    squares = squares._replace(constants=np.zeros_like(squares.constants))
    nu, d = mixture.degrees, mixture.dimension
    shift = float(mixture.constants.max())
    parts = (mixture.constants - shift, (nu + d) / 2, 2 / nu, (nu + d) / nu, np.log1p(d / nu))
    return squares, Tails(*np.array(parts, dtype=dtype)), shift
