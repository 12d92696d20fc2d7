"""`partial_fit`: EM a batch at a time."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar, Self

from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval

from pixture.estimators.answers import floating
from pixture.estimators.fitted import FittedMixture
from pixture.mixture.moments import Moments
from pixture.mixture.online import blended


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
    _steps: int

    def _remember(self, moments: Moments | None) -> None:
        self._so_far = None if moments is None else blended(None, moments, 1.0)
        self._steps = 0

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Take one step of EM with a batch of rows, keeping what earlier batches taught.

        The first batch starts the mixture, and needs at least `n_components` rows; a fitted mixture goes on
        from where it is. Batches should be drawn at random: what came long ago is forgotten little by little
        (Cappé and Moulines 2009).

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.
        """
        self._validate_params()
        first = not hasattr(self, "means_")
        rows = self._rows(X, sample_weight, None, first=first)
        self._check_parameters(rows.values)
        if first:
            state = self._first(rows, check_random_state(self.random_state))
        else:
            state = self._state()
        batch = self._summarise(rows, state)
        steps = getattr(self, "_steps", 0) + 1
        share = min(1.0, (steps + self.learning_offset) ** -self.learning_decay)
        self._so_far = blended(getattr(self, "_so_far", None), batch, share)
        self._steps = steps
        self.n_iter_ = steps
        self.converged_ = False
        self.lower_bound_ = self._bound(state, batch, state)
        self.lower_bounds_ = [*(self.lower_bounds_ if steps > 1 else []), self.lower_bound_]
        self._show(self._maximise(state, self._so_far), floating(rows.values))
        self._diagnoses = ()  # what a fit saw is no longer so
        return self
