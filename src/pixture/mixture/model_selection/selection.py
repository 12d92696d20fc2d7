"""What comparing numbers of components finds: the candidates, and what a criterion says of each.

A criterion weighs what a component wins in log-likelihood against the price of its parameters. The price
grows with the sample size, and that must be the number of *independent* rows. Where rows repeat each other,
as neighbouring pixels do, the log-likelihood won by a superfluous component is larger than among independent
ones by the factor n / n_eff; so the criteria take n_eff rows at the log-likelihood per row:

    BIC(K) = -2 n_eff l(K) + p(K) log n_eff

With n_eff = n it is Schwarz's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from pixture.arrays import Floats
from pixture.mixture.em.fit_result import Fit
from pixture.mixture.model.mixture import Mixture
from pixture.options.fitting import CovarianceName
from pixture.wording import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CriterionName = Literal["bic", "icl", "aic"]
CRITERIA: tuple[CriterionName, ...] = get_args(CriterionName)


@dataclass(frozen=True, eq=False)
class Candidate:
    """One number of components with one covariance structure, fitted, and what the criteria say of it."""

    fit: Fit
    entropy: float
    """Mean entropy of the responsibilities per unit of weight, in nats: 0 where nothing overlaps."""
    bic: float
    icl: float
    aic: float
    """Of `Selection.effective_size` rows; lower is better."""

    def __repr__(self) -> str:
        return (
            f"<Candidate: {plural(self.components, 'component')}, {self.covariance} covariance, "
            f"log-likelihood {self.log_likelihood:.6g}, BIC {self.bic:.6g}>"
        )

    @property
    def mixture(self) -> Mixture:
        """The fitted mixture."""
        return self.fit.mixture

    @property
    def components(self) -> int:
        """Number of components, K."""
        return self.mixture.components

    @property
    def covariance(self) -> CovarianceName:
        """The covariance structure's name."""
        return self.mixture.covariance

    @property
    def parameters(self) -> int:
        """Number of free parameters, p."""
        return self.mixture.parameters

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood per unit of weight, in nats, l."""
        return self.fit.log_likelihood


@dataclass(frozen=True, eq=False)
class Selection:
    """Candidates, and which of them a criterion chooses.

    Attributes
    ----------
    candidates
        By covariance structure as they were asked for, then by number of components, ascending. Numbers that
        the data cannot fill (fewer distinct values, or a component that emptied) are absent.
    criterion
        "bic", "icl" or "aic".
    effective_size
        Number of independent rows that the data are worth, n_eff.
    total_weight
        Number of rows, n: the sum of their weights; of an image, of all its pixels that are not masked.
    compared_weight
        Number of those rows that the candidates are fitted to, and their log-likelihoods are over; of an
        image, of the pixels away from edges.
    rows
        Number of distinct rows among them.
    directions
        (m, d), the principal components that the candidates are mixtures of, where the data have very many
        channels; None where they are mixtures of the channels themselves.

    Examples
    --------
    >>> import numpy as np, pixture
    >>> generator = np.random.default_rng(0)
    >>> values = np.concatenate([generator.normal(mean, 1, (400, 1)) for mean in (0, 6, 12)])
    >>> selection = pixture.select(values, range(1, 6))
    >>> selection.best.components, selection.effective_size
    (3, 1200.0)
    """

    candidates: tuple[Candidate, ...]
    criterion: CriterionName
    effective_size: float
    total_weight: float
    compared_weight: float
    rows: int
    directions: Floats | None = None

    def __repr__(self) -> str:
        return (
            f"<Selection: {plural(self.best.components, 'component')}, {self.best.covariance} covariance, by "
            f"{self.criterion.upper()} among {plural(len(self.candidates), 'candidate')}>"
        )

    @property
    def best(self) -> Candidate:
        """The candidate of the lowest criterion."""
        return min(self.candidates, key=self.value)

    def value(self, candidate: Candidate) -> float:
        """Return what the criterion says of a candidate."""
        return float(getattr(candidate, self.criterion))

    def table(self) -> list[dict[str, Any]]:
        """Return a row a candidate, ready for JSON; `above_best` is in units of the criterion."""
        least = self.value(self.best)
        return [
            {
                "components": candidate.components,
                "covariance": candidate.covariance,
                "parameters": candidate.parameters,
                "log_likelihood": candidate.log_likelihood,
                "entropy": candidate.entropy,
                **{name: getattr(candidate, name) for name in CRITERIA},
                "above_best": self.value(candidate) - least,
                "best": candidate is self.best,
            }
            for candidate in self.candidates
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return the table and what it rests on, ready for JSON."""
        return {
            "criterion": self.criterion,
            "components": self.best.components,
            "covariance": self.best.covariance,
            "effective_size": self.effective_size,
            "total_weight": self.total_weight,
            "compared_weight": self.compared_weight,
            "principal_components": None if self.directions is None else len(self.directions),
            "candidates": self.table(),
        }

    def plot(self, ax: Axes | None = None) -> Axes | Figure:
        """Plot the criterion against the number of components; return a figure, or `ax`."""
        from pixture.view.plots import plot_selection  # a convenience: the roof, called when asked for

        return plot_selection(self) if ax is None else plot_selection(self, ax)

    def _repr_html_(self) -> str:
        from pixture.view.notebook import selection_html

        return selection_html(self)
