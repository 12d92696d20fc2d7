"""What a fitted mixture says of rows: labels, responsibilities, densities, criteria; chunk by chunk."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pixture.arrays import Array, Floats, Integers
from pixture.mixture.model_selection import information_criteria

DTYPES = [np.float64, np.float32]


def floating(values: Array) -> Any:
    """Return the dtype of what is said of values: theirs, or float64 if they are integers."""
    return values.dtype if values.dtype.kind == "f" else np.dtype(np.float64)


class MixtureAnswers(DensityMixin, BaseEstimator, metaclass=ABCMeta):  # type: ignore[misc]  # sklearn ships no types
    """A mixture, however it was fitted."""

    _takes_missing: ClassVar[bool] = False
    """Whether values may be NaN."""

    n_components: int
    threads: int | None

    @abstractmethod
    def _each_row(
        self, values: Array, write: Callable[[Integers, Floats, Floats], None], *, plain: bool = False
    ) -> None:
        """Call write(rows, responsibilities (K, rows), log densities (rows,)), as `each_row` does.

        `plain` asks for those of the mixture of the point estimates, whose likelihood the criteria speak of.
        """

    @abstractmethod
    def _labels(self, values: Array) -> Integers:
        """Return the most responsible component of each row, (n,), int64."""

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """Number of free parameters."""

    def _columns(self) -> int:
        """Return the number of components that rows are shared out to."""
        return self.n_components

    def predict(self, X: Any) -> Integers:
        """Return the component of each row, (n,): the most responsible, the first of equals; -1 is noise."""
        check_is_fitted(self)
        return self._labels(self._values(X))

    def predict_proba(self, X: Any) -> Array:
        """Return the responsibilities, (n, K): how probably each component is each row's."""
        check_is_fitted(self)
        values = self._values(X)
        out = np.empty((len(values), self._columns()), dtype=floating(values))

        def write(rows: Integers, shares: Floats, log_density: Floats) -> None:
            out[rows] = shares.T

        self._each_row(values, write)
        return out

    def score_samples(self, X: Any) -> Array:
        """Return the log density of each row, (n,), in nats."""
        check_is_fitted(self)
        return self._log_densities(self._values(X))

    def _log_densities(self, values: Array) -> Array:
        out = np.empty(len(values), dtype=floating(values))

        def write(rows: Integers, shares: Floats, log_density: Floats) -> None:
            out[rows] = log_density

        self._each_row(values, write)
        return out

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the mean log density of the rows, each weighed by its weight, in nats.

        A row without a single value does not count, here and in the information_criteria.
        """
        check_is_fitted(self)
        values = self._values(X)
        weights = self._telling(sample_weight, values)
        logs = self._log_densities(values)
        return float(logs.mean() if weights is None else weights @ logs / weights.sum())

    def bic(self, X: Any, sample_weight: Any = None) -> float:
        """Return the Bayesian information criterion of the rows; lower is better."""
        log_likelihood, size, _ = self._totals(X, sample_weight)
        return information_criteria.bic(log_likelihood, self.n_parameters, size)

    def aic(self, X: Any, sample_weight: Any = None) -> float:
        """Return Akaike's information criterion of the rows; lower is better."""
        log_likelihood, _, _ = self._totals(X, sample_weight)
        return information_criteria.aic(log_likelihood, self.n_parameters)

    def icl(self, X: Any, sample_weight: Any = None) -> float:
        """Return the integrated complete likelihood of the rows, BIC + 2 entropy; lower is better."""
        log_likelihood, size, entropy = self._totals(X, sample_weight)
        return information_criteria.icl(log_likelihood, self.n_parameters, size, entropy)

    def _totals(self, X: Any, sample_weight: Any) -> tuple[float, float, float]:
        """Return log-likelihood, weight and entropy of the rows, under the mixture of the point estimates."""
        check_is_fitted(self)
        values = self._values(X)
        weights = self._telling(sample_weight, values)
        weights = np.ones(len(values)) if weights is None else weights
        logs, entropies = np.empty(len(values)), np.empty(len(values))

        def write(rows: Integers, shares: Floats, log_density: Floats) -> None:
            logs[rows] = log_density
            logged = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
            entropies[rows] = -(shares * logged).sum(axis=0)

        self._each_row(values, write, plain=True)
        return float(weights @ logs), float(weights.sum()), float(weights @ entropies)

    def _values(self, X: Any, *, reset: bool = False, least: int = 1) -> Array:
        # an array of integers on disk stays there: its chunks become floats one by one
        kept = isinstance(X, np.memmap) and X.dtype.kind in "iu"
        values: Array = validate_data(
            self,
            X,
            dtype=None if kept else DTYPES,
            reset=reset,
            ensure_min_samples=least,
            ensure_all_finite="allow-nan" if self._takes_missing else True,
        )
        return values

    def _weights(self, sample_weight: Any, values: Array) -> Array | None:
        if sample_weight is None:
            return None
        weights: Array = _check_sample_weight(
            sample_weight, values, dtype=np.float64, ensure_non_negative=True
        )
        if not weights.any():
            raise ValueError("Every sample weight is zero, so there is nothing to fit.")
        return weights

    def _telling(self, sample_weight: Any, values: Array) -> Floats | None:
        """Return the rows' weights, zero for those without a single value; None if all weigh 1."""
        weights = self._weights(sample_weight, values)
        if values.dtype.kind != "f" or not np.isnan(values.sum()):
            return weights
        silent = np.isnan(values).all(axis=1)
        if not silent.any():
            return weights
        if silent.all():
            raise ValueError("Every value is missing, so there is nothing to say of the rows.")
        return np.where(silent, 0.0, 1.0 if weights is None else weights)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self._takes_missing
        return tags
