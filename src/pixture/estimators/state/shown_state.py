"""Between the state that EM works on and the attributes that show it; and both on disk."""

from __future__ import annotations

import os
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from pixture.arrays import Array
from pixture.estimators.prediction import MixtureAnswers
from pixture.estimators.state.attributes import COVARIANCE_TYPES
from pixture.estimators.state.estimator_file import load_estimator, save_estimator
from pixture.options.fitting import CovarianceName


class Parametric(Protocol):
    """A mixture as the constructor's parameters speak of it."""

    @property
    def components(self) -> int:
        """Number of components, K."""

    @property
    def dimension(self) -> int:
        """Number of features, d."""

    @property
    def covariance(self) -> CovarianceName:
        """The structure's name."""


class ShownState(MixtureAnswers):
    """A mixture whose attributes show a state: a mixture, or a distribution over mixtures."""

    covariance_type: str
    means_: Array

    _states: ClassVar[tuple[type, ...]] = ()
    """What the states are."""

    _defining: ClassVar[tuple[str, ...]] = ("weights_", "means_")
    """Attributes that make another mixture where somebody has set them."""

    @property
    def _structure(self) -> CovarianceName:
        return COVARIANCE_TYPES[self.covariance_type]

    @abstractmethod
    def _shown(self, state: Any, dtype: Any) -> dict[str, Any]:
        """Return the attributes that show a state, by name; arrays of the dtype."""

    @abstractmethod
    def _rebuilt(self) -> Any:
        """Return the state that attributes set by hand show."""

    @abstractmethod
    def _parametric(self, state: Any) -> Parametric:
        """Return the mixture in a state that the parameters of the constructor speak of."""

    def _show(self, state: Any, dtype: Any) -> None:
        """Set the fitted attributes."""
        for name, value in self._shown(state, dtype).items():
            setattr(self, name, value)
        self._exact = state

    def _state(self) -> Any:
        """Return the state that the fitted attributes show, whoever set them.

        Attributes have the data's dtype; the state they were made of, in float64, goes first where they are
        still what was made of it.
        """
        check_is_fitted(self, "means_")
        exact = getattr(self, "_exact", None)
        if exact is not None:
            shown = self._shown(exact, np.asarray(self.means_).dtype)
            telling = {name: value for name, value in shown.items() if name in self._defining}
            if all(np.array_equal(getattr(self, name), value) for name, value in telling.items()):
                return exact
        return self._rebuilt()

    def _goes_on(self, features: int) -> Any:
        """Return the state to go on from; ValueError if the parameters now ask for another kind of one."""
        state = self._state()
        mixture = self._parametric(state)
        there = (mixture.components, mixture.dimension, mixture.covariance)
        if there != (self.n_components, features, self._structure):
            raise ValueError(
                f"This {type(self).__name__} holds {there[0]} components of {there[1]} features with "
                f"{there[2]} covariances, and cannot go on as {self.n_components} components of {features} "
                f"features with {self._structure} ones. Fit it anew (warm_start=False)."
            )
        return state

    def to_file(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the estimator, parameters and fit, to a file; return its path.

        A safetensors file with a header in JSON: reading it runs no code. It appears only when complete.

        Raises
        ------
        WriteError
            The file is there already, or cannot be written.
        ValueError
            A parameter is something that such a file cannot hold, such as a function.
        """
        return save_estimator(self, path, overwrite=overwrite)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Self:
        """Return the estimator that `to_file` wrote; every bit is kept.

        Raises
        ------
        ReadError
            The file is missing, damaged, of another class, or of a newer version.
        """
        estimator: Self = load_estimator(path, cls)
        return estimator
