"""What a fitted mixture of Gaussians tells beyond its parameters: samples, criteria, diagnoses, distances."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from pixture.arrays import Array, Floats, Integers
from pixture.errors import LostPrecisionWarning
from pixture.estimators.mixture_estimator import MixtureEstimator
from pixture.estimators.starting import ENOUGH
from pixture.mixture.gaussians import Components
from pixture.mixture.mixture import Mixture
from pixture.mixture.noise import NoisyMixture
from pixture.mixture.rows import Rows, each_row

COARSE = 0.01
"""Share of a component's variance that the rounding of its values may have, before it is said."""


class FittedMixture(MixtureEstimator):
    """A mixture of Gaussians, maybe with noise, that has `weights_`, `means_` and `covariances_`."""

    weights_: Array
    means_: Array
    covariances_: Array
    precisions_: Array
    precisions_cholesky_: Array

    def _components(self) -> Components:
        """Return the components by which rows are told apart."""
        components: Components = self._state()
        return components

    def _columns(self) -> int:
        return self._components().components

    def _each_row(
        self, values: Array, write: Callable[[Integers, Floats, Floats], None], *, plain: bool = False
    ) -> None:
        each_row(values, self._plain() if plain else self._components(), write, threads=self.threads)

    def _plain(self) -> Components:
        """Return the mixture whose likelihood the criteria speak of."""
        return self._components()

    def _mixture(self) -> Mixture:
        """Return the fitted Gaussians as a `Mixture`, in float64."""
        state = self._components()
        if isinstance(state, NoisyMixture):
            return state.gaussians
        assert isinstance(state, Mixture)
        return state

    @property
    def mixture_(self) -> Mixture:
        """The fitted Gaussians as a `pixture.Mixture`, in float64, whatever the data's dtype."""
        check_is_fitted(self)
        return self._mixture()

    def predict(self, X: Any) -> Integers:
        """Return the component of each row, (n,): the most responsible, the first of equals; -1 is noise."""
        labels = super().predict(X)
        if isinstance(self._components(), NoisyMixture):
            labels[labels == self.n_components] = -1
        return labels

    def sample(self, n_samples: int = 1) -> tuple[Array, Array]:
        """Return rows drawn from the mixture, (n, d), and their components, (n,); noise is -1.

        Raises
        ------
        ValueError
            `n_samples` is below 1, or the noise has no bounds to draw within.
        """
        check_is_fitted(self)
        if n_samples < 1:
            raise ValueError(
                f"Invalid value for 'n_samples': {n_samples} . The sampling requires at least one sample."
            )
        random_state = check_random_state(self.random_state)
        mixture = self._mixture()
        weights, d = self._all_weights(), mixture.dimension
        counts = random_state.multinomial(n_samples, weights / weights.sum())
        drawn = []
        for k, count in enumerate(counts[: mixture.components]):
            if self.covariance_type in ("full", "tied"):
                drawn.append(
                    random_state.multivariate_normal(mixture.means[k], mixture.matrices()[k], int(count))
                )
            else:
                deviation = np.sqrt(mixture.covariances[k])
                drawn.append(mixture.means[k] + random_state.standard_normal(size=(count, d)) * deviation)
        labels = np.repeat(np.arange(mixture.components), counts[: mixture.components])
        if counts.size > mixture.components:
            drawn.append(self._drawn_noise(random_state, int(counts[-1])))
            labels = np.append(labels, np.full(counts[-1], -1))
        return np.vstack(drawn), labels

    def _all_weights(self) -> Floats:
        return np.asarray(self.weights_, dtype=np.float64)

    def _drawn_noise(self, random_state: np.random.RandomState, count: int) -> Floats:
        raise ValueError("This mixture has no noise to draw from.")

    @property
    def n_parameters(self) -> int:
        """Number of free parameters."""
        check_is_fitted(self)
        return self._mixture().parameters

    def _n_parameters(self) -> int:
        return self.n_parameters

    def _look_back(self, rows: Rows) -> None:
        values = rows.values[:: max(1, len(rows.values) // ENOUGH)]
        largest = np.abs(np.where(np.isnan(values), 0, values)).max(axis=0)
        spacing = np.spacing(largest.astype(values.dtype)).astype(np.float64)
        least = np.diagonal(self._mixture().matrices(), axis1=1, axis2=2).min(axis=0)
        coarse = np.flatnonzero(spacing**2 / 12 > COARSE * least)
        if coarse.size:
            j = int(coarse[0])
            warnings.warn(
                f"{values.dtype} holds values near {float(largest[j]):.3g} (feature {j}) only to within "
                f"{spacing[j]:.3g}, too coarsely for components of standard deviation {least[j] ** 0.5:.3g}. "
                "Subtract an offset before the values are stored"
                + (", or use float64." if values.dtype == np.float32 else "."),
                LostPrecisionWarning,
                stacklevel=5,
            )
