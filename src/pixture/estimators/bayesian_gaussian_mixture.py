"""`BayesianGaussianMixture`: scikit-learn's class, on pixture's E-step."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from pixture.arrays import Array, Floats
from pixture.estimators.fitted_mixture import FittedMixture
from pixture.estimators.initialization.data_bounds import of_all
from pixture.estimators.initialization.starts import start_moments
from pixture.estimators.prediction import floating
from pixture.estimators.state.attributes import (
    attributes,
    check_positive,
    check_shape,
    mixture_of_attributes,
)
from pixture.mixture.extensions.input_rows import Rows, summarise_rows
from pixture.mixture.extensions.variational_bayes import Hyperparameters, Posterior, lower_bound, posterior
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.packed_gaussians import Components


class BayesianGaussianMixture(FittedMixture):
    """A variational Bayesian Gaussian mixture: a drop-in replacement for scikit-learn's class.

    Parameters
    ----------
    n_components, covariance_type, tol, reg_covar, max_iter, n_init, weight_concentration_prior_type, \
weight_concentration_prior, mean_precision_prior, mean_prior, degrees_of_freedom_prior, covariance_prior, \
random_state, warm_start, verbose, verbose_interval
        As in scikit-learn; `reg_covar` is the least variance of a component, not an amount added. Where it
        takes hold, the lower bound may fall.
    init_params
        As in scikit-learn (of more than 65,536 rows a systematic draw is looked at); or responsibilities
        (n, K); or labels (n,), -1 where unknown; or a function of (X, n_components, random_state) that
        returns either.
    threads
        Threads to compute on; None takes every processor. The answer does not depend on it.

    Attributes
    ----------
    weights_, means_, covariances_, precisions_, precisions_cholesky_, converged_, n_iter_, lower_bound_, \
lower_bounds_, weight_concentration_prior_, weight_concentration_, mean_precision_prior_, mean_precision_, \
mean_prior_, degrees_of_freedom_prior_, degrees_of_freedom_, covariance_prior_, n_features_in_, \
feature_names_in_
        As in scikit-learn.

    Notes
    -----
    `bic`, `aic` and `icl` speak of the plain mixture of `weights_`, `means_` and `covariances_`, and count
    the parameters of the components that answer for at least one row.

    Examples
    --------
    >>> import numpy as np
    >>> from pixture import BayesianGaussianMixture
    >>> X = np.array([[1, 2], [1, 4], [1, 0], [4, 2], [12, 4], [10, 7]])
    >>> mixture = BayesianGaussianMixture(n_components=2, random_state=42).fit(X)
    >>> mixture.means_.round(2)
    array([[2.5 , 2.29],
           [8.46, 4.52]])
    >>> mixture.predict([[0, 0], [9, 3]])
    array([0, 1])
    """

    _theirs = "BayesianGaussianMixture"
    _states = (Posterior,)

    weight_concentration_: Any
    mean_precision_: Floats
    degrees_of_freedom_: Any

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **FittedMixture._parameter_constraints,
        "weight_concentration_prior_type": [StrOptions({"dirichlet_process", "dirichlet_distribution"})],
        "weight_concentration_prior": [None, Interval(Real, 0.0, None, closed="neither")],
        "mean_precision_prior": [None, Interval(Real, 0.0, None, closed="neither")],
        "mean_prior": [None, "array-like"],
        "degrees_of_freedom_prior": [None, Interval(Real, 0.0, None, closed="neither")],
        "covariance_prior": [None, "array-like", Interval(Real, 0.0, None, closed="neither")],
    }

    def __init__(
        self,
        *,
        n_components: int = 1,
        covariance_type: str = "full",
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: Any = "kmeans",
        weight_concentration_prior_type: str = "dirichlet_process",
        weight_concentration_prior: float | None = None,
        mean_precision_prior: float | None = None,
        mean_prior: Any = None,
        degrees_of_freedom_prior: float | None = None,
        covariance_prior: Any = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        threads: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weight_concentration_prior_type = weight_concentration_prior_type
        self.weight_concentration_prior = weight_concentration_prior
        self.mean_precision_prior = mean_precision_prior
        self.mean_prior = mean_prior
        self.degrees_of_freedom_prior = degrees_of_freedom_prior
        self.covariance_prior = covariance_prior
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.threads = threads

    @property
    def effective_components_(self) -> float:
        """Effective number of components, exp(-Σ w log w): K of equal weights, 1 where one has all."""
        check_is_fitted(self)
        weights = np.asarray(self.weights_, dtype=np.float64)
        weights = weights[weights > 0]
        return float(np.exp(-(weights * np.log(weights)).sum()))

    def _check_parameters(self, X: Array) -> None:
        d = X.shape[1]
        given = self.weight_concentration_prior
        self.weight_concentration_prior_ = 1 / self.n_components if given is None else given
        self.mean_precision_prior_ = 1.0 if self.mean_precision_prior is None else self.mean_precision_prior
        if self.degrees_of_freedom_prior is None:
            self.degrees_of_freedom_prior_: float = d
        elif self.degrees_of_freedom_prior > d - 1:
            self.degrees_of_freedom_prior_ = self.degrees_of_freedom_prior
        else:
            raise ValueError(
                f"The parameter 'degrees_of_freedom_prior' should be greater than {d - 1}, but got "
                f"{self.degrees_of_freedom_prior:.3f}."
            )
        if self.mean_prior is not None:
            self.mean_prior_ = check_array(self.mean_prior, dtype=[np.float64, np.float32], ensure_2d=False)
            check_shape(self.mean_prior_, (d,), "means")
        if self.covariance_prior is not None:
            self.covariance_prior_ = self._checked_covariance_prior(d)

    def _checked_covariance_prior(self, d: int) -> Any:
        kind = self.covariance_type
        if kind == "spherical":
            return self.covariance_prior
        prior = check_array(self.covariance_prior, dtype=[np.float64, np.float32], ensure_2d=False)
        check_shape(prior, (d,) if kind == "diag" else (d, d), f"{kind} covariance_prior")
        check_positive(prior, kind, "covariance_prior")
        return prior

    def _first(self, rows: Rows, random_state: np.random.RandomState) -> Posterior:
        self._take_priors_from(rows)
        moments = start_moments(rows, self.init_params, random_state)
        return posterior(moments, self._prior(), self._structure, self._floor(moments))

    def _take_priors_from(self, rows: Rows) -> None:
        """Set the priors that nobody gave: the mean and the covariance of the data."""
        if self.mean_prior is not None and self.covariance_prior is not None:
            return
        moments = of_all(rows, dense=rows.dense)
        dtype = floating(rows.values)
        if self.mean_prior is None:
            self.mean_prior_ = moments.means[0].astype(dtype)
        if self.covariance_prior is None:
            # unbiased, as numpy.cov; of rows of weight one in all there is no more than the floor
            covariance = moments.scatters[0] / max(moments.zeroth[0] - 1, np.finfo(float).eps)
            floor = self._floor(moments)
            if rows.dense and not np.linalg.eigvalsh(covariance)[0] > 0:
                covariance = covariance + np.diag(np.maximum(floor, 1e-12))
            elif not rows.dense:
                covariance = np.maximum(covariance, np.finfo(float).tiny)
            prior = covariance.mean() if self.covariance_type == "spherical" else covariance
            self.covariance_prior_ = prior.astype(dtype)

    def _prior(self) -> Hyperparameters:
        return Hyperparameters(
            self.weight_concentration_prior_type == "dirichlet_process",
            float(self.weight_concentration_prior_),
            float(self.mean_precision_prior_),
            np.asarray(self.mean_prior_, dtype=np.float64),
            float(self.degrees_of_freedom_prior_),
            np.asarray(self.covariance_prior_, dtype=np.float64),
        )

    def _summarise(self, rows: Rows, state: Posterior) -> Moments:
        return summarise_rows(rows, state, threads=self.threads)

    def _maximise(self, state: Posterior, moments: Moments) -> Posterior:
        return posterior(moments, self._prior(), self._structure, self._floor(moments))

    def _bound(self, before: Posterior, moments: Moments, after: Posterior) -> float:
        return lower_bound(before, moments, after)

    def _shown(self, state: Posterior, dtype: Any) -> dict[str, Any]:
        concentration, degrees = state.weight_concentration, state.degrees_of_freedom
        return {
            **attributes(state.mixture, dtype),
            "weight_concentration_": tuple(concentration) if concentration.ndim == 2 else concentration,
            "mean_precision_": state.mean_precision,
            "degrees_of_freedom_": float(degrees[0]) if state.mixture.covariance == "tied" else degrees,
        }

    def _rebuilt(self) -> Posterior:
        exact = getattr(self, "_exact", None)
        structure = self._structure if exact is None else exact.mixture.covariance
        mixture = mixture_of_attributes(self.weights_, self.means_, self.precisions_cholesky_, structure)
        degrees = np.broadcast_to(self.degrees_of_freedom_, mixture.weights.shape)
        return Posterior(
            mixture, np.asarray(self.weight_concentration_), self.mean_precision_, np.asarray(degrees)
        )

    def _parametric(self, state: Posterior) -> Mixture:
        return state.mixture

    def _plain(self) -> Components:
        return self.mixture_

    @property
    def n_parameters(self) -> int:
        """Number of free parameters of the components that answer for at least one row."""
        check_is_fitted(self)
        concentration: Floats = np.asarray(self.weight_concentration_)
        answered = (
            concentration[0] - 1
            if concentration.ndim == 2
            else (concentration - self.weight_concentration_prior_)
        )
        occupied = max(1, int(np.count_nonzero(answered >= 1)))
        mixture = self.mixture_
        return (
            occupied
            - 1
            + occupied * mixture.dimension
            + mixture.structure.parameters(occupied, mixture.dimension)
        )
