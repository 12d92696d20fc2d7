"""`partial_fit`: EM a batch at a time."""

from __future__ import annotations

from abc import abstractmethod
from numbers import Real
from typing import Any, ClassVar, Self

from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval

from pixture.estimators.fitted_mixture import FittedMixture
from pixture.estimators.prediction import floating
from pixture.mixture.extensions.input_rows import Rows
from pixture.mixture.extensions.online_em import blended, scaled
from pixture.mixture.model.moments import Moments


class FittedInBatches(FittedMixture):
    """A mixture of Gaussians that can be fitted a batch at a time."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **FittedMixture._parameter_constraints,
        "learning_decay": [Interval(Real, 0.5, 1, closed="right")],
        "learning_offset": [Interval(Real, 0, None, closed="left")],
    }

    learning_decay: float
    learning_offset: float

    _so_far: Moments | None
    """The moments so far; only their proportions count."""
    _seen: float
    """Weight of all rows so far."""
    _steps: int
    """Batches since the last fit."""
    _batches: float
    """Their mean weight."""

    def _remember(self, moments: Moments | None) -> None:
        self._so_far = moments
        self._seen = 0.0 if moments is None else float(moments.zeroth.sum())
        self._steps = 0

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None, labels: Any = None) -> Self:
        """Take one step of EM with a batch of rows, keeping what earlier batches taught.

        The first batch starts the mixture, and needs at least `n_components` rows; a fitted mixture goes on
        from where it is. Batches should be drawn at random: what came long ago is forgotten little by little
        (Cappé and Moulines 2009). A batch counts by its weight. With b that of this batch, b̄ that of the mean
        one and n that of all rows before, its share is 1 - (1 - γ) ** (b / b̄), where
        γ = (n / b̄ + 1 + `learning_offset`) ** -`learning_decay`.

        Parameters
        ----------
        X, y, sample_weight, labels
            As in `fit`.

        Raises
        ------
        ValueError, TypeError
            The rows cannot be used, or the parameters now ask for a mixture of another kind.
        """
        self._validate_params()
        first = not hasattr(self, "means_")
        rows = self._rows(X, sample_weight, labels, first=first, batch=True)
        self._check_parameters(rows.values)
        self._prepare(rows, again=first)
        if first:
            state = self._first(rows, check_random_state(self.random_state))
            self._remember(None)
        else:
            state = self._goes_on(rows.values.shape[1])
        batch = self._expected(rows, state)
        weight = float(batch.zeroth.sum())
        so_far, seen = getattr(self, "_so_far", None), getattr(self, "_seen", 0.0)
        steps = getattr(self, "_steps", 0) + 1
        mean = weight if steps == 1 else (self._batches * (steps - 1) + weight) / steps
        step = min(1.0, (seen / mean + 1 + self.learning_offset) ** -self.learning_decay)
        blend = blended(so_far, batch, 1 - (1 - step) ** (weight / mean))
        self._so_far, self._seen, self._steps, self._batches = blend, seen + weight, steps, mean
        self.n_iter_ = steps
        self.converged_ = False
        self.lower_bound_ = batch.log_likelihood / weight
        self.lower_bounds_ = [*(self.lower_bounds_ if steps > 1 else []), self.lower_bound_]
        # a prior is worth so many rows: it stands beside as many as there were
        self._show(self._maximise(state, scaled(blend, self._seen)), floating(rows.values))
        self._diagnoses = ()  # what a fit saw is no longer so
        return self

    @abstractmethod
    def _expected(self, rows: Rows, state: Any) -> Moments:
        """Return the moments of an E-step, of the rows alone."""
