"""`TMixture`: a mixture of Student's t, which outliers do not pull."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from pixture.arrays import Array, Floats, Integers
from pixture.estimators.initialization.data_bounds import (
    refuse_equal_rows_for_each_component,
    warn_where_coarse,
)
from pixture.estimators.initialization.starts import ENOUGH, start_from, start_moments
from pixture.estimators.mixture_estimator import MixtureEstimator
from pixture.mixture.extensions.input_rows import Rows, chunks
from pixture.mixture.extensions.student_t import StudentMixture
from pixture.mixture.extensions.student_t_em import StudentMoments, maximise_student, summarise_student
from pixture.mixture.extensions.student_t_posterior import each_slab_student, labels_student
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.weighted_sample import WeightedSample

FIRST_DF = 10.0
"""Degrees of freedom to start from where they are estimated."""


class TMixture(MixtureEstimator):
    """A mixture of multivariate Student-t distributions, fitted by EM (Peel and McLachlan 2000).

    Parameters
    ----------
    n_components, covariance_type, tol, reg_covar, max_iter, n_init, random_state, warm_start, verbose, \
verbose_interval, threads
        As in `GaussianMixture`; `covariance_type` and `reg_covar` speak of the scale matrices.
    init_params
        As in `GaussianMixture`. Where it names a way, it sees the denser three quarters of the rows, so that
        outliers start no component.
    df
        Degrees of freedom: a number, the same for all components and fixed; or None, to estimate them between
        0.1 and 200, where a component is a Gaussian in practice.
    shared_df
        Whether the degrees of freedom that are estimated are one number for all components.

    Attributes
    ----------
    weights_, means_
        (K,) and (K, d), the components' weights and locations.
    scales_
        The scale matrices, shaped as a Gaussian mixture's covariances. A component's covariance is
        df / (df - 2) times its scale matrix, where df > 2.
    df_
        (K,), degrees of freedom.
    converged_, n_iter_, lower_bound_, lower_bounds_, n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> import numpy as np
    >>> from pixture import TMixture
    >>> X = np.random.default_rng(0).normal(size=(300, 2))
    >>> X[:15] += 100
    >>> np.abs(TMixture(random_state=0).fit(X).means_).max() < 0.2
    np.True_
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **MixtureEstimator._parameter_constraints,
        "df": [Interval(Real, 1e-3, None, closed="left"), None],
        "shared_df": ["boolean"],
    }

    weights_: Array
    scales_: Array
    df_: Array
    _states = (StudentMixture,)
    _defining = ("weights_", "means_", "scales_", "df_")

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: str = "full",
        df: float | None = None,
        shared_df: bool = False,
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: Any = "kmeans",
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        threads: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.df = df
        self.shared_df = shared_df
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.threads = threads

    @property
    def n_parameters(self) -> int:
        """Number of free parameters, the degrees of freedom that were estimated among them."""
        check_is_fitted(self)
        state: StudentMixture = self._state()
        estimated = 0 if self.df is not None else 1 if self.shared_df else state.components
        return state.parameters + estimated

    def sample(self, n_samples: int = 1) -> tuple[Array, Integers]:
        """Return rows drawn from the mixture, (n, d), and their components, (n,), ascending."""
        check_is_fitted(self)
        if n_samples < 1:
            raise ValueError(
                f"Invalid value for 'n_samples': {n_samples} . The sampling requires at least one sample."
            )
        random_state = check_random_state(self.random_state)
        mixture = self._state()
        labels = np.repeat(
            np.arange(mixture.components), random_state.multinomial(n_samples, mixture.weights)
        )
        degrees = mixture.degrees[labels]
        roots = np.linalg.cholesky(mixture.scales.matrices())[labels]
        normal = random_state.standard_normal((n_samples, mixture.dimension))
        stretch = np.sqrt(degrees / random_state.chisquare(degrees))
        drawn: Array = mixture.means[labels] + stretch[:, None] * np.einsum("nij,nj->ni", roots, normal)
        return drawn, labels

    def _check_parameters(self, X: Array) -> None:
        """Nothing follows from the data."""

    def _prepare(self, rows: Rows, *, again: bool = True) -> None:
        if self.reg_covar == 0:
            refuse_equal_rows_for_each_component(rows)

    def _gaussians(self, state: StudentMixture) -> Mixture:
        return state.scales

    def _weighted(self, moments: StudentMoments) -> Moments:
        return moments.weighted

    def _first(self, rows: Rows, random_state: np.random.RandomState) -> StudentMixture:
        moments = start_moments(rows, self.init_params, random_state, noisy=True)
        start = start_from(moments, self._structure, self._floor(moments))
        degrees = FIRST_DF if self.df is None else float(self.df)
        return StudentMixture(start.weights, start.means, start.covariances, degrees, start.covariance)

    def _summarise(self, rows: Rows, state: StudentMixture) -> StudentMoments:
        samples = (part.free for part in rows.parts() if part.free is not None)
        return functools.reduce(
            operator.add, (summarise_student(sample, state, threads=self.threads) for sample in samples)
        )

    def _maximise(self, state: StudentMixture, moments: StudentMoments) -> StudentMixture:
        floor = self._floor(moments.weighted)
        return maximise_student(moments, state, floor, self.df is None, self.shared_df)

    def _bound(self, before: StudentMixture, moments: StudentMoments, after: StudentMixture) -> float:
        return float(moments.log_likelihood / moments.zeroth.sum())

    def _shown(self, state: StudentMixture, dtype: Any) -> dict[str, Any]:
        arrays = {
            "weights_": state.weights,
            "means_": state.means,
            "scales_": state.covariances,
            "df_": state.degrees,
        }
        return {name: np.array(array, dtype=dtype) for name, array in arrays.items()}

    def _rebuilt(self) -> StudentMixture:
        exact = getattr(self, "_exact", None)
        structure = self._structure if exact is None else exact.covariance
        weights = np.asarray(self.weights_, dtype=np.float64)
        return StudentMixture(weights / weights.sum(), self.means_, self.scales_, self.df_, structure)

    def _parametric(self, state: StudentMixture) -> StudentMixture:
        return state

    def _columns(self) -> int:
        return int(np.size(self._state().weights))

    def _look_back(self, rows: Rows) -> None:
        values = np.asarray(rows.values[:: max(1, len(rows.values) // ENOUGH)])
        scales = np.diagonal(self._state().scales.matrices(), axis1=1, axis2=2)
        warn_where_coarse(values, scales.min(axis=0))

    def _labels(self, values: Array) -> Integers:
        state, labels = self._state(), np.empty(len(values), dtype=np.int64)
        for at in chunks(values):
            labels[at] = labels_student(state, WeightedSample(np.asarray(values[at])), threads=self.threads)
        return labels

    def _each_row(
        self, values: Array, write: Callable[[Integers, Floats, Floats], None], *, plain: bool = False
    ) -> None:
        state = self._state()
        for at in chunks(values):

            def tell(start: int, stop: int, shares: Floats, density: Floats, first: int = at.start) -> None:
                write(np.arange(first + start, first + stop), shares, density)

            each_slab_student(state, WeightedSample(np.asarray(values[at])), tell, self.threads)
