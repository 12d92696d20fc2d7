"""What a fitted mixture of Gaussians tells beyond its parameters: samples, criteria, diagnoses, distances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import sklearn.mixture
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from pixture.arrays import Array, Floats, Integers
from pixture.estimators.initialization.data_bounds import warn_where_coarse
from pixture.estimators.initialization.starts import ENOUGH
from pixture.estimators.mixture_estimator import MixtureEstimator
from pixture.mixture.comparison.component_merging import Merging, merge_components
from pixture.mixture.comparison.diagnosis import Diagnosis, diagnose
from pixture.mixture.comparison.distance import bhattacharyya, kullback_leibler
from pixture.mixture.comparison.ellipse import Ellipse, ellipse
from pixture.mixture.extensions.input_rows import Rows, each_row, label_rows
from pixture.mixture.extensions.noise_component import NoisyMixture
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.packed_gaussians import Components
from pixture.mixture.model.weighted_sample import WeightedSample


class FittedMixture(MixtureEstimator):
    """A mixture of Gaussians, maybe with noise, that has `weights_`, `means_` and `covariances_`."""

    weights_: Array
    means_: Array
    covariances_: Array
    precisions_: Array
    precisions_cholesky_: Array
    _diagnoses: tuple[Diagnosis, ...] = ()
    _defining = ("weights_", "means_", "precisions_cholesky_")
    _theirs: ClassVar[str] = ""
    """The name of scikit-learn's class."""

    def _components(self) -> Components:
        """Return the components by which rows are told apart."""
        components: Components = self._state()
        return components

    def _gaussians(self, state: Any) -> Mixture:
        return self._parametric(state)

    def _columns(self) -> int:
        return self._components().components

    def _each_row(
        self, values: Array, write: Callable[[Integers, Floats, Floats], None], *, plain: bool = False
    ) -> None:
        each_row(values, self._plain() if plain else self._components(), write, threads=self.threads)

    def _labels(self, values: Array) -> Integers:
        components = self._components()
        labels = label_rows(values, components, threads=self.threads)
        if isinstance(components, NoisyMixture):
            labels[labels == components.components - 1] = -1
        return labels

    def _plain(self) -> Components:
        """Return the mixture whose likelihood the criteria speak of."""
        return self._components()

    def _parametric(self, state: Any) -> Mixture:
        return state.gaussians if isinstance(state, NoisyMixture) else state

    @property
    def mixture_(self) -> Mixture:
        """The fitted Gaussians as a `pixture.Mixture`, in float64, whatever the data's dtype."""
        return self._parametric(self._state())

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
        mixture = self.mixture_
        weights, d = self._all_weights(), mixture.dimension
        counts = random_state.multinomial(n_samples, weights / weights.sum())
        drawn = []
        for k, count in enumerate(counts[: mixture.components]):
            if mixture.dense:
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
        return self.mixture_.parameters

    def _n_parameters(self) -> int:
        return self.n_parameters

    def diagnose(self) -> tuple[Diagnosis, ...]:
        """Return what is odd about each component of the last fit, and what to do about it.

        Whether it is empty, collapsed to a point, flat along some direction, saturated (a heap of equal
        values at the end of a feature's range), or another component once more. Each prints as a sentence.
        Rows with missing values take no part; after `partial_fit` alone there is nothing to tell.
        """
        check_is_fitted(self)
        return self._diagnoses

    def ellipse(self, component: int, mass: float = 0.95, channels: tuple[int, int] = (0, 1)) -> Ellipse:
        """Return the ellipse that holds a share of a component's mass in two features: `pixture.ellipse`."""
        return ellipse(self.mixture_, component, mass, channels)

    def kullback_leibler(self) -> Floats:
        """Return the divergences between the Gaussians, (K, K), of each row's from each column's."""
        return kullback_leibler(self.mixture_)

    def bhattacharyya(self) -> Floats:
        """Return the Bhattacharyya distances between the Gaussians, (K, K)."""
        return bhattacharyya(self.mixture_)

    def merge(self, X: Any, sample_weight: Any = None) -> Merging:
        """Return how the Gaussians merge into clusters by the entropy of these rows, as `merge_components`.

        Rows with missing values take no part. `merge(X).clusters()[predict(X)]` are the rows' clusters.
        """
        check_is_fitted(self)
        values = self._values(X)
        weights = self._weights(sample_weight, values)
        return merge_components(self.mixture_, _complete(values, weights), threads=self.threads)

    def to_onnx(self) -> bytes:
        """Return the mixture as an ONNX model, whose outputs are "label" and "probabilities".

        It computes in the dtype that the mixture was fitted to. The extra `onnx` makes it.

        Raises
        ------
        ImportError
            skl2onnx is not installed.
        ValueError
            The mixture has noise, for which ONNX' converter has no word.
        """
        check_is_fitted(self)
        try:
            from skl2onnx import to_onnx
        except ImportError as error:
            raise ImportError("to_onnx needs skl2onnx: pip install pixture[onnx]") from error
        if isinstance(self._components(), NoisyMixture):
            raise ValueError("A mixture with noise cannot be written as ONNX; fit it without noise.")
        theirs: Any = getattr(sklearn.mixture, self._theirs)
        known = theirs().get_params().keys()
        twin = theirs(**{name: value for name, value in self.get_params().items() if name in known})
        for name, value in vars(self).items():
            if name.endswith("_"):
                setattr(twin, name, value)
        content: bytes = to_onnx(
            twin, np.zeros((1, self.means_.shape[1]), self.means_.dtype)
        ).SerializeToString()
        return content

    def _look_back(self, rows: Rows) -> None:
        step = max(1, len(rows.values) // ENOUGH)
        values = np.asarray(rows.values[::step])
        weights = None if rows.weights is None else rows.weights[::step]
        if weights is not None:
            values, weights = values[weights > 0], weights[weights > 0]
        self._diagnoses = ()
        if not len(values):
            return
        mixture = self.mixture_
        variances = np.diagonal(mixture.matrices(), axis1=1, axis2=2).min(axis=0)
        warn_where_coarse(values, variances)
        if not np.isnan(values).any(axis=1).all():
            lightest, total = 1.0, float(len(rows.values))
            if rows.weights is not None:
                lightest = float(rows.weights[rows.weights > 0].min())
                total = float(rows.weights.sum(dtype=np.float64))
            sample = _complete(values, weights)
            self._diagnoses = diagnose(mixture, sample, float(self.reg_covar), lightest / total)


def _complete(values: Array, weights: Array | None) -> WeightedSample:
    """Return the rows that have all of their values."""
    there = np.logical_not(np.isnan(values).any(axis=1))
    if weights is not None:
        there &= weights > 0
    if not there.any():
        raise ValueError("No row has all of its values, so there is nothing to look at.")
    return WeightedSample(values[there], None if weights is None else weights[there])
