"""`GaussianMixture`: scikit-learn's class, and what its users have asked for."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn import get_config
from sklearn.utils._param_validation import Interval, StrOptions

from pixture.arrays import Array, Floats, Integers
from pixture.estimators.initialization.data_bounds import (
    bounds,
    prior_of,
    refuse_equal_rows_for_each_component,
)
from pixture.estimators.initialization.starts import start_from, start_moments
from pixture.estimators.partial_fit import FittedInBatches
from pixture.estimators.state.attributes import (
    attributes,
    checked_means,
    checked_precisions,
    checked_weights,
    covariances_of_precisions,
    mixture_of_attributes,
)
from pixture.estimators.state.frozen_parameters import KINDS, frozen_parameters
from pixture.mixture.extensions.conjugate_prior import Prior, maximise_posterior, with_prior
from pixture.mixture.extensions.fixed_parameters import Frozen, free_parameters, maximise_within
from pixture.mixture.extensions.input_rows import Rows, State, summarise_rows
from pixture.mixture.extensions.noise_component import NoisyMixture, maximise_noisy
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments
from pixture.mixture.model.variance_floor import RELATIVE_FLOOR

FIRST_NOISE = 0.05
"""Share of the noise to start with."""


class GaussianMixture(FittedInBatches):
    """A Gaussian mixture, fitted by EM: a drop-in replacement for scikit-learn's class.

    From the same `random_state` it starts, iterates and stops as scikit-learn's does, except that `reg_covar`
    is the least variance a component may have rather than an amount added to all of them: the log-likelihood
    never falls, and components that are not that small are not changed by it. With 0 the likelihood has no
    bound: a component that shrinks onto a row, equal rows or a line is held at the least extent that float64
    can tell from none, with a `CollapsedComponentWarning`, and of several starts those with fewer such
    components go first.

    Parameters
    ----------
    n_components, covariance_type, tol, reg_covar, max_iter, n_init, random_state, warm_start, verbose, \
verbose_interval
        As in scikit-learn.
    init_params
        "kmeans", "k-means++", "random" or "random_from_data", as in scikit-learn (of more than 65,536 rows a
        systematic draw is looked at); or responsibilities (n, K); or labels (n,), -1 where unknown; or a
        function of (X, n_components, random_state) that returns either.
    weights_init, means_init, precisions_init
        Where the start is known. With all three nothing else is looked at; with the means, every row starts
        with the nearest of them, and k-means is not run.
    noise
        None, "uniform" for a component of constant density over the extent of the data, or the constant
        density of an improper one, for rows that belong to no Gaussian. Their label is -1, and their
        responsibility the last column of `predict_proba`. Either density is the same everywhere, beyond the
        data too, so scores of rows far outside are not those of a proper density.
    frozen
        Which parameters keep their starting values: a mapping from "weights", "means" or "covariances" to a
        list of components, or to True for all. What is frozen must be given by the `*_init` parameters. With
        noise, frozen weights are shares of what is not noise.
    prior
        None for maximum likelihood; "conjugate" for the mixture of highest posterior density under Fraley and
        Raftery's weak conjugate prior; or a `pixture.Prior`.
    learning_decay, learning_offset
        Step t of `partial_fit` gives the new batch the share (t + learning_offset) ** -learning_decay.
    threads
        Threads to compute on; None takes every processor. The answer does not depend on it.

    Attributes
    ----------
    weights_, means_, covariances_, precisions_, precisions_cholesky_, converged_, n_iter_, lower_bound_, \
lower_bounds_, n_features_in_, feature_names_in_
        As in scikit-learn.
    noise_weight_
        Share of the noise; 0 if there is none. The other weights sum to 1 less this.
    noise_bounds_
        Least and largest value of each feature, (2, d), between which uniform noise lies; None if its density
        was given. Only where there is noise.

    Notes
    -----
    Values may be missing (NaN): EM then takes expectations over what is missing, given what is seen; nothing
    is imputed. They are taken to be missing at random.

    Examples
    --------
    >>> import numpy as np
    >>> from pixture import GaussianMixture
    >>> X = np.array([[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
    >>> mixture = GaussianMixture(n_components=2, random_state=0).fit(X)
    >>> mixture.means_
    array([[10.,  2.],
           [ 1.,  2.]])
    >>> mixture.predict([[0, 0], [12, 3]])
    array([1, 0])
    """

    _takes_missing = True
    _theirs = "GaussianMixture"
    _states = (Mixture, NoisyMixture)

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **FittedInBatches._parameter_constraints,
        "weights_init": ["array-like", None],
        "means_init": ["array-like", None],
        "precisions_init": ["array-like", None],
        "noise": [StrOptions({"uniform"}), Interval(Real, 0, None, closed="neither"), None],
        "frozen": [dict, None],
        "prior": [StrOptions({"conjugate"}), Prior, None],
    }

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: str = "full",
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: Any = "kmeans",
        weights_init: Any = None,
        means_init: Any = None,
        precisions_init: Any = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        noise: Any = None,
        frozen: Any = None,
        prior: Any = None,
        learning_decay: float = 0.7,
        learning_offset: float = 10.0,
        threads: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.noise = noise
        self.frozen = frozen
        self.prior = prior
        self.learning_decay = learning_decay
        self.learning_offset = learning_offset
        self.threads = threads

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, labels: Any = None) -> Self:
        """Fit the mixture; of `n_init` starts the one that came furthest is kept.

        Parameters
        ----------
        X
            (n, d) values, NaN where missing; arrays on disk (`numpy.memmap`) are read chunk by chunk.
        y
            Ignored, as in scikit-learn.
        sample_weight
            (n,), not negative. A weight of 2 is a row twice, of 0 a row that is not there.
        labels
            (n,) the component of each row where it is known, -1 where it is not. Those rows belong to their
            component for certain; the others are shared out by EM.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            The data, the weights or a parameter cannot be used; as scikit-learn does.

        Warns
        -----
        ConvergenceWarning
            No start converged within `max_iter` iterations.
        LostPrecisionWarning
            The data's dtype holds their values too coarsely to tell the components' extents.
        """
        self._fit(X, sample_weight, labels)
        return self

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None, labels: Any = None) -> Integers:
        """Fit, and return the labels of the rows, (n,), as `predict` does."""
        return self.fit(X, sample_weight=sample_weight, labels=labels).predict(X)

    def _check_parameters(self, X: Array) -> None:
        K, d = self.n_components, X.shape[1]
        if self.weights_init is not None:
            self.weights_init = checked_weights(self.weights_init, K)
        if self.means_init is not None:
            self.means_init = checked_means(self.means_init, K, d)
        if self.precisions_init is not None:
            self.precisions_init = checked_precisions(self.precisions_init, self.covariance_type, K, d)
        if get_config()["array_api_dispatch"] and self.init_params in ("kmeans", "k-means++"):
            raise NotImplementedError(
                "Allowed `init_params` are ['random', 'random_from_data'] if 'array_api_dispatch' is "
                f"enabled. You passed init_params={self.init_params!r}."
            )
        self._frozen = frozen_parameters(
            self.frozen,
            K,
            tied=self.covariance_type == "tied",
            given=dict(zip(KINDS, (self.weights_init, self.means_init, self.precisions_init), strict=True)),
        )
        if isinstance(self.noise, bool):
            raise ValueError('noise is "uniform", a density above 0, or None; got a truth value.')
        if self.prior is not None and (self.frozen or self.noise is not None):
            raise ValueError("A prior goes with neither frozen parameters nor noise; leave out one of them.")
        if isinstance(self.prior, Prior) and self.prior.mean.size != d:
            raise ValueError(f"The prior is of {self.prior.mean.size} features, the data have {d}.")

    def _prepare(self, rows: Rows, *, again: bool = True) -> None:
        if self.prior is not None and (again or not hasattr(self, "_conjugate")):
            self._conjugate = prior_of(self.prior, rows)
        if self.prior is None and self.reg_covar == 0 and again:
            refuse_equal_rows_for_each_component(rows)

    def _first(self, rows: Rows, random_state: np.random.RandomState) -> State:
        weights, means, covariances = self.weights_init, self.means_init, None
        if self.precisions_init is not None:
            covariances = covariances_of_precisions(self.precisions_init, self._structure)
        if weights is None or means is None or covariances is None:
            moments = start_moments(rows, self.init_params, random_state, means, noisy=self.noise is not None)
            least = self._floor(moments)
            if self.prior is not None:  # which gives every component an extent, but not to start with
                least = np.maximum(least, RELATIVE_FLOOR * np.diagonal(self._conjugate.scale))
            found = start_from(moments, self._structure, least)
            weights = found.weights if weights is None else weights
            means = found.means if means is None else means
            covariances = found.covariances if covariances is None else covariances
        start = Mixture(weights, means, covariances, self._structure)
        if self.noise is None:
            return start
        self.noise_bounds_ = bounds(rows) if self.noise == "uniform" else None
        return NoisyMixture(start, FIRST_NOISE, self._log_lengths(rows.values.shape[1]))

    def _goes_on(self, features: int) -> State:
        state: State = super()._goes_on(features)
        if isinstance(state, NoisyMixture) != (self.noise is not None):
            raise ValueError(
                "This GaussianMixture was fitted with"
                f"{'' if isinstance(state, NoisyMixture) else 'out'} noise, and cannot go on with"
                f"{'out' if self.noise is None else ''} it. Fit it anew (warm_start=False)."
            )
        return state

    def _log_lengths(self, features: int) -> Floats:
        if self.noise_bounds_ is None:
            return np.full(features, -np.log(self.noise) / features)
        logs: Floats = np.log(self.noise_bounds_[1] - self.noise_bounds_[0])
        return logs

    def _drawn_noise(self, random_state: np.random.RandomState, count: int) -> Floats:
        if self.noise_bounds_ is None:
            raise ValueError('Noise of a given density has no bounds to draw within; noise="uniform" has.')
        low, high = self.noise_bounds_
        drawn: Floats = random_state.uniform(low, high, size=(count, low.size))
        return drawn

    def _all_weights(self) -> Floats:
        weights: Floats = self._state().weights
        return weights

    @property
    def n_parameters(self) -> int:
        """Number of free parameters: frozen ones are none, and the noise has one, its weight."""
        mixture = self.mixture_
        frozen = getattr(self, "_frozen", Frozen.nothing(mixture.components))
        return free_parameters(mixture, frozen) + isinstance(self._state(), NoisyMixture)

    def _expected(self, rows: Rows, state: State) -> Moments:
        return summarise_rows(rows, state, threads=self.threads)

    def _summarise(self, rows: Rows, state: State) -> Moments:
        moments = self._expected(rows, state)
        if self.prior is not None:
            assert isinstance(state, Mixture)  # a prior does not go with noise
            return with_prior(moments, state, self._conjugate)
        return moments

    def _maximise(self, state: State, moments: Moments) -> State:
        floor = self._floor(moments)
        if isinstance(state, NoisyMixture):
            return maximise_noisy(state, moments, floor, self._frozen)
        if self.prior is not None:
            return maximise_posterior(state, moments, floor, self._conjugate)
        return maximise_within(state, moments, floor, self._frozen)

    def _bound(self, before: State, moments: Moments, after: State) -> float:
        return float(moments.log_likelihood / moments.zeroth.sum())

    def _shown(self, state: State, dtype: Any) -> dict[str, Any]:
        share = state.share if isinstance(state, NoisyMixture) else 0.0
        shown: dict[str, Any] = attributes(self._parametric(state), dtype)
        shown["weights_"] = ((1 - share) * self._parametric(state).weights).astype(dtype)
        return {**shown, "noise_weight_": share}

    def _rebuilt(self) -> State:
        exact = getattr(self, "_exact", None)
        structure = self._structure if exact is None else self._parametric(exact).covariance
        mixture = mixture_of_attributes(self.weights_, self.means_, self.precisions_cholesky_, structure)
        if not isinstance(exact, NoisyMixture):
            return mixture
        return NoisyMixture(mixture, self.noise_weight_, exact.log_lengths)
