"""A Gaussian mixture: weights, means, covariances; valid by construction, immutable."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pixture.arrays import Floats, Integers
from pixture.errors import MixtureError
from pixture.mixture.model.covariance import STRUCTURES, Covariance
from pixture.options.fitting import COVARIANCES, CovarianceName
from pixture.wording import plural, shown_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pixture.mixture.model.weighted_sample import WeightedSample


@dataclass(frozen=True, eq=False)
class Mixture:
    """K Gaussian components in d channels.

    Parameters
    ----------
    weights
        (K,) not negative; they are divided by their sum, which must be 1 to within 1e-6.
    means
        (K, d).
    covariances
        (K, d, d) for "full", (d, d) for "tied", (K, d) for "diagonal", (K,) for "spherical": symmetric,
        positive definite.
    covariance
        The structure's name.

    Raises
    ------
    MixtureError
        The arrays do not describe a mixture.

    Examples
    --------
    >>> mixture = Mixture([0.5, 0.5], [[0.0], [4.0]], [1.0, 2.0], "spherical")
    >>> mixture.components, mixture.dimension, mixture.parameters
    (2, 1, 5)
    """

    weights: Floats
    means: Floats
    covariances: Floats
    covariance: CovarianceName = "full"

    def __init__(
        self,
        weights: npt.ArrayLike,
        means: npt.ArrayLike,
        covariances: npt.ArrayLike,
        covariance: CovarianceName = "full",
    ) -> None:
        covariance = "diagonal" if covariance == "diag" else covariance
        if covariance not in COVARIANCES:
            raise MixtureError(f"covariance must be one of {', '.join(COVARIANCES)}; got {covariance!r}.")
        shares, centres, spreads = (
            np.array(array, dtype=np.float64, order="C") for array in (weights, means, covariances)
        )
        if centres.ndim != 2 or 0 in centres.shape:
            raise MixtureError(f"means must be (K, d) with K, d >= 1; got shape {centres.shape}.")
        K, d = centres.shape
        if shares.shape != (K,):
            raise MixtureError(f"weights must be ({K},), one a component; got shape {shares.shape}.")
        expected = STRUCTURES[covariance].shape(K, d)
        if spreads.shape != expected:
            raise MixtureError(
                f"{covariance} covariances of {K} components in {d} channels must be {expected}; "
                f"got shape {spreads.shape}."
            )
        if not all(np.isfinite(array).all() for array in (shares, centres, spreads)):
            raise MixtureError("A mixture's parameters must be finite; got NaN or infinity.")
        if (shares < 0).any() or abs(shares.sum() - 1) > 1e-6:
            raise MixtureError(f"weights must be not negative and sum to 1; they sum to {shares.sum():.6g}.")
        if abs(shares.sum() - 1) > K * np.finfo(np.float64).eps:  # what was divided before keeps its bits
            shares /= shares.sum()
        for name, value in (
            ("weights", shares),
            ("means", centres),
            ("covariances", spreads),
            ("covariance", covariance),
        ):
            object.__setattr__(self, name, value)
        for array in (shares, centres, spreads):
            array.flags.writeable = False
        self.factors  # noqa: B018 - computed now, so that what is not positive definite is refused here

    def __repr__(self) -> str:
        weights = shown_numbers(self.weights)
        return (
            f"<Mixture: {plural(self.components, 'component')} in {plural(self.dimension, 'channel')}, "
            f"{self.covariance} covariance, weights {weights}>"
        )

    @property
    def components(self) -> int:
        """Number of components, K."""
        return int(self.means.shape[0])

    @property
    def dimension(self) -> int:
        """Number of channels, d."""
        return int(self.means.shape[1])

    @property
    def structure(self) -> Covariance:
        """What the covariance structure knows how to do."""
        return STRUCTURES[self.covariance]

    @property
    def dense(self) -> bool:
        """Whether the M-step needs whole second moments (d, d) or their diagonal."""
        return self.structure.dense

    @property
    def parameters(self) -> int:
        """Number of free parameters."""
        return self.components - 1 + self.means.size + self.structure.parameters(*self.means.shape)

    @cached_property
    def factors(self) -> Floats:
        """Factors P of the precisions, PᵀP = Σ⁻¹: (K, d, d) lower triangular, or (K, d) if diagonal."""
        return self.structure.factors(self.covariances, self.components, self.dimension)

    @cached_property
    def constants(self) -> Floats:
        """Log weight + log normalising constant of each component, (K,)."""
        diagonals = self.factors if self.factors.ndim == 2 else np.diagonal(self.factors, axis1=1, axis2=2)
        with np.errstate(divide="ignore"):  # a weight of zero has the log density -inf, as it should
            log_weights = np.log(self.weights)
        half_log_determinants = np.log(diagonals).sum(axis=1)
        constants: Floats = log_weights + half_log_determinants - 0.5 * self.dimension * np.log(2 * np.pi)
        return constants

    def matrices(self) -> Floats:
        """Return the covariances as (K, d, d) whatever their structure."""
        return self.structure.matrices(self.covariances, self.components, self.dimension)

    def permuted(self, order: npt.ArrayLike) -> Mixture:
        """Return the same mixture with its components in the order given (indices, as for NumPy)."""
        picked = np.asarray(order)
        covariances = self.covariances if self.covariance == "tied" else self.covariances[picked]
        return Mixture(self.weights[picked], self.means[picked], covariances, self.covariance)

    def order(self, direction: npt.ArrayLike | None = None) -> Integers:
        """Return the components, (K,), in the order of their means along `direction`, ascending.

        Parameters
        ----------
        direction
            (d,) weights of the channels; None sorts by the first channel. Equals are sorted by their
            means, channel by channel, so that the order depends on the parameters alone.
        """
        along = self.means[:, 0] if direction is None else self.means @ np.asarray(direction, dtype=float)
        return np.lexsort((*self.means.T[::-1], along))

    def ordered(self, direction: npt.ArrayLike | None = None) -> Mixture:
        """Return the mixture with its components in `order`."""
        return self.permuted(self.order(direction))

    def projected(self, directions: npt.ArrayLike) -> Mixture:
        """Return the mixture of the data's coordinates along `directions`, (m, d): of A x, if x has this one.

        Its means are A m_k, its covariances A S_k Aᵀ, full; marginals are its special case.

        Raises
        ------
        MixtureError
            The directions are not m rows of d numbers, or not independent.

        Examples
        --------
        >>> mixture = Mixture([1.0], [[1.0, 2.0]], [[[1.0, 0.0], [0.0, 4.0]]])
        >>> mixture.projected([[1.0, 1.0]]).covariances
        array([[[5.]]])
        """
        matrix = np.asarray(directions, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[1] != self.dimension:
            raise MixtureError(
                f"Directions are (m, {self.dimension}), one number a channel; got shape {matrix.shape}."
            )
        return Mixture(self.weights, self.means @ matrix.T, matrix @ self.matrices() @ matrix.T)

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters by name as plain lists, ready for JSON; every digit is kept."""
        return {
            "covariance": self.covariance,
            "weights": self.weights.tolist(),
            "means": self.means.tolist(),
            "covariances": self.covariances.tolist(),
        }

    @classmethod
    def from_dict(cls, parameters: dict[str, Any]) -> Mixture:
        """Return the mixture that `as_dict` described.

        >>> mixture = Mixture([1.0], [[0.1, 0.2]], [[[2.0, 0.3], [0.3, 1.0]]])
        >>> Mixture.from_dict(mixture.as_dict()).covariances
        array([[[2. , 0.3], [0.3, 1. ]]])
        """
        missing = {"weights", "means", "covariances", "covariance"} - parameters.keys()
        if missing:
            raise MixtureError(f"A mixture needs {', '.join(sorted(missing))} as well.")
        return cls(
            parameters["weights"], parameters["means"], parameters["covariances"], parameters["covariance"]
        )

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the mixture to a file in the safetensors format; return its path.

        Parameters
        ----------
        path
            Any name; ".safetensors" is customary. The folder is made if it is not there.
        overwrite
            Whether a file that is there already may be replaced.

        Raises
        ------
        WriteError
            The file is there already, or cannot be written. What was there is untouched.
        """
        from pixture.model_file import save_mixture  # a convenience: the floor above, called when asked for

        return save_mixture(self, path, overwrite=overwrite)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Mixture:
        """Return the mixture that `save` wrote, bit for bit. No code of the file's is run.

        Raises
        ------
        ReadError
            The file is missing, damaged, of a newer pixture, or holds no mixture.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Mixture([1.0], [[0.1]], [2.0], "spherical").save(f"{folder}/one.safetensors")
        ...     Mixture.load(path).means
        array([[0.1]])
        """
        from pixture.model_file import load_mixture

        return load_mixture(path)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        sample: WeightedSample | npt.ArrayLike | None = None,
        channels: int | tuple[int, int] | None = None,
        names: Sequence[str] | None = None,
    ) -> Axes | Figure:
        """Plot the components, over data where there are some (`view.plots.plot_mixture`).

        Examples
        --------
        >>> mixture = Mixture([0.5, 0.5], [[0.0, 0], [4, 1]], [1.0, 2.0], "spherical")
        >>> (axes,) = mixture.plot()
        >>> axes.get_title()
        'Components at 1 and 2 σ'
        """
        from pixture.view.plots import plot_mixture  # as above

        return plot_mixture(self, ax, sample=sample, channels=channels, names=names)

    def _repr_html_(self) -> str:
        from pixture.view.notebook import mixture_html

        return mixture_html(self)
