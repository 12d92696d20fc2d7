"""What all estimators share: the loop by scikit-learn's rules, and what a fitted mixture says of rows."""

from __future__ import annotations

import time
import warnings
from abc import abstractmethod
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from sklearn.base import _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from pixture.arrays import Array, Floats, Integers
from pixture.errors import ImageError
from pixture.estimators.initialization.data_bounds import refuse_what_cannot_be_fitted
from pixture.estimators.initialization.starts import ENOUGH, WAYS, checked_labels
from pixture.estimators.prediction import floating
from pixture.estimators.state.attributes import COVARIANCE_TYPES
from pixture.estimators.state.shown_state import ShownState
from pixture.imaging.histogram.histogram import histogram
from pixture.imaging.image_from_array import image_from_array
from pixture.mixture.em.em import fallen
from pixture.mixture.extensions.input_rows import Rows
from pixture.mixture.model.collapsed_components import collapsed, warn_of_collapse
from pixture.mixture.model.covariance import EPSILON, STRUCTURES
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.moments import Moments, together
from pixture.mixture.model.variance_floor import rounding_share
from pixture.mixture.model.weighted_sample import WeightedSample


class Run(NamedTuple):
    """One start's run: what it came to and how."""

    state: Any
    moments: Any
    """Those of the last E-step; None where there was none."""
    bounds: list[float]
    converged: bool


class MixtureEstimator(ShownState):
    """A mixture fitted by EM, with scikit-learn's parameters and methods.

    A subclass says how a state (a mixture, or a distribution over mixtures) starts, what its M-step is, and
    which attributes show it.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "covariance_type": [StrOptions(set(COVARIANCE_TYPES))],
        "tol": [Interval(Real, 0.0, None, closed="left")],
        "reg_covar": [Interval(Real, 0.0, None, closed="left")],
        "max_iter": [Interval(Integral, 0, None, closed="left")],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "init_params": [StrOptions(set(WAYS)), "array-like", callable],
        "random_state": ["random_state"],
        "warm_start": ["boolean"],
        "verbose": ["verbose"],
        "verbose_interval": [Interval(Integral, 1, None, closed="left")],
        "threads": [Interval(Integral, 1, None, closed="left"), None],
    }

    # scikit-learn's parameters, set by the subclass' constructor
    n_components: int
    covariance_type: str
    tol: float
    reg_covar: float
    max_iter: int
    n_init: int
    init_params: Any
    random_state: Any
    warm_start: bool
    verbose: int
    verbose_interval: int
    threads: int | None

    lower_bound_: float

    @abstractmethod
    def _check_parameters(self, X: Array) -> None:
        """Refuse parameters that do not fit the data, and set what follows from both."""

    def _prepare(self, rows: Rows, *, again: bool = True) -> None:
        """Set what the data say before any start; if not `again`, only what nothing has said yet."""

    @abstractmethod
    def _first(self, rows: Rows, random_state: np.random.RandomState) -> Any:
        """Return a state to start from."""

    @abstractmethod
    def _summarise(self, rows: Rows, state: Any) -> Any:
        """Return the moments of an E-step."""

    @abstractmethod
    def _maximise(self, state: Any, moments: Any) -> Any:
        """Return the state after an M-step."""

    @abstractmethod
    def _bound(self, before: Any, moments: Any, after: Any) -> float:
        """Return what the iteration reached: scikit-learn's lower bound."""

    def _floor(self, moments: Moments) -> Floats:
        """Return the least variances: `reg_covar`, or, if that is zero, what rounding can tell from none."""
        d = moments.first.shape[1]
        if self.reg_covar > 0:
            return np.full(d, float(self.reg_covar))
        whole = together(moments)
        scatter = whole.scatters[0] / whole.zeroth[0]
        variances = scatter if scatter.ndim == 1 else np.diagonal(scatter)
        constant = variances <= (8 * EPSILON * whole.means[0]) ** 2
        return np.maximum(rounding_share(d) * np.where(constant, 1.0, variances), np.finfo(np.float64).tiny)

    @abstractmethod
    def _gaussians(self, state: Any) -> Mixture:
        """Return the mixture in a state whose covariances the floor holds."""

    def _collapsed(self, state: Any, moments: Any) -> Integers:
        """Return the components of a state that only rounding keeps from having no extent."""
        if self.reg_covar > 0 or moments is None:
            return np.arange(0)
        return collapsed(self._gaussians(state), self._floor(self._weighted(moments)))

    def _weighted(self, moments: Any) -> Moments:
        """Return the moments that scatters are of."""
        weighted: Moments = moments
        return weighted

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Fit the mixture; of `n_init` starts the one that came furthest is kept.

        Parameters
        ----------
        X
            (n, d) values; arrays on disk (`numpy.memmap`) are read chunk by chunk.
        y
            Ignored, as in scikit-learn.
        sample_weight
            (n,), not negative. A weight of 2 is a row twice, of 0 a row that is not there.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            The data, the weights or a parameter cannot be used; as scikit-learn does.

        Warns
        -----
        CollapsedComponentWarning
            `reg_covar` is 0, and a component has no extent that can be told from none.
        ConvergenceWarning
            No start converged within `max_iter` iterations.
        LostPrecisionWarning
            The data's dtype holds their values too coarsely to tell the components' extents.
        """
        self._fit(X, sample_weight, None)
        return self

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Integers:
        """Fit, and return the labels of the rows, (n,), as `predict` does."""
        return self.fit(X, sample_weight=sample_weight).predict(X)

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]  # sklearn ships no types
    def _fit(self, X: Any, sample_weight: Any, labels: Any) -> None:
        first = not (self.warm_start and hasattr(self, "converged_"))
        rows = self._rows(X, sample_weight, labels, first=first)
        self._check_parameters(rows.values)
        self._prepare(rows)
        random_state = check_random_state(self.random_state)
        best: Run | None = None
        for number in range(self.n_init if first else 1):
            if self.verbose:
                print(f"Initialization {number}")
            state = self._first(rows, random_state) if first else self._goes_on(rows.values.shape[1])
            run = self._run(rows, state, -np.inf if first else self.lower_bound_)
            if best is None or self._merit(run) > self._merit(best):
                best = run
        assert best is not None  # there is at least one start
        self.converged_ = best.converged
        if not best.converged and self.max_iter > 0:
            warnings.warn(
                "Best performing initialization did not converge. Try different init parameters, or increase "
                "max_iter, tol, or check for degenerate data.",
                ConvergenceWarning,
                stacklevel=4,
            )
        self.n_iter_ = len(best.bounds)
        self.lower_bound_ = best.bounds[-1] if best.bounds else -np.inf
        self.lower_bounds_ = best.bounds
        self._show(best.state, floating(rows.values))
        self._remember(best.moments)
        self._look_back(rows)
        found = self._collapsed(best.state, best.moments)
        warn_of_collapse(found, self.n_components, "reg_covar")

    def _merit(self, run: Run) -> tuple[int, float]:
        """How a start is judged: without a floor likelihoods have no bound, so collapses count first."""
        return -self._collapsed(run.state, run.moments).size, run.bounds[-1] if run.bounds else -np.inf

    def _run(self, rows: Rows, state: Any, bound: float) -> Run:
        """EM as scikit-learn counts it: the mixture before an M-step is judged, the one after it is kept.

        Where a component has collapsed, rounding may have the last word; what was reached before it is kept.
        """
        bounds: list[float] = []
        judged = moments = None
        converged = False
        began = latest = time.perf_counter()
        while len(bounds) < self.max_iter and not converged:
            expected = self._summarise(rows, state)
            following = self._maximise(state, expected)
            before, bound = bound, self._bound(state, expected, following)
            if bounds and fallen(before, bound) and self._collapsed(state, expected).size:
                state, converged = judged, True
                break
            judged, moments, state = state, expected, following
            bounds.append(bound)
            converged = bool(abs(bound - before) < self.tol)
            if self.verbose and len(bounds) % self.verbose_interval == 0:
                now = time.perf_counter()
                lapse = f"\t time lapse {now - latest:.5f}s\t ll change {bound - before:.5f}"
                print(f"  Iteration {len(bounds)}{lapse if self.verbose >= 2 else ''}")
                latest = now
        if self.verbose and self.max_iter:
            lapse = f" time lapse {time.perf_counter() - began:.5f}s\t lower bound {bound:.5f}."
            said = "converged" if converged else "did not converge"
            print(f"Initialization {said}.{lapse if self.verbose >= 2 else ''}")
        return Run(state, moments, bounds, converged)

    def _rows(self, X: Any, sample_weight: Any, labels: Any, *, first: bool, batch: bool = False) -> Rows:
        """Return the data checked.

        Of the first data the number of features is learned; those that follow have as many. A batch that
        follows may be of few rows.
        """
        few = batch and not first
        values = self._values(X, reset=first, least=1 if few else 2)
        weights = self._weights(sample_weight, values)
        labels = None if labels is None else checked_labels(labels, len(values), self.n_components)
        n = len(values) if weights is None else np.count_nonzero(weights)
        if not few and n < self.n_components:
            raise ValueError(
                f"Expected n_samples >= n_components but got n_components = {self.n_components}, "
                f"n_samples = {n}"
            )
        dense = STRUCTURES[self._structure].dense
        counted = _counted(X) if weights is None and labels is None else None
        rows = Rows(values, self.n_components, dense, weights, labels, counted, thin=self.reg_covar == 0)
        if not few:
            refuse_what_cannot_be_fitted(rows)
        return rows

    def _remember(self, moments: Any) -> None:
        """Keep the moments of the last E-step, if batches are to go on from them."""

    def _look_back(self, rows: Rows) -> None:
        """Say and keep what is to be known of the fit, while the data are there."""


def _counted(X: Any) -> WeightedSample | None:
    """Return the distinct rows of a table of pixels and their counts; None where counting does not pay."""
    if (
        not isinstance(X, np.ndarray)
        or X.dtype.kind not in "ui"
        or isinstance(X, np.memmap)
        or len(X) < ENOUGH
    ):
        return None
    try:
        table = histogram(image_from_array(X[:, None, :], axes="yxc"))
    except ImageError:  # what cannot be counted may be fitted all the same
        return None
    return table.sample if table.counted else None
