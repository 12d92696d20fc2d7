"""How many components: the fits of several numbers of them, and what a criterion says of each.

A criterion weighs what a component wins in log-likelihood against the price of its parameters. The price
grows with the sample size, and that must be the number of *independent* rows. Where rows repeat each other,
as neighbouring pixels do, the log-likelihood won by a superfluous component is larger than among independent
ones by the factor n / n_eff; so the criteria take n_eff rows at the log-likelihood per row:

    BIC(K) = -2 n_eff l(K) + p(K) log n_eff

With n_eff = n it is Schwarz's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from pixture.choices import COVARIANCES, GIVEN, Choices, CovarianceName
from pixture.errors import ChoiceError
from pixture.mixture.em.em import Fit, summarise
from pixture.mixture.model.covariance_cost import refuse_what_is_out_of_proportion
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.mixture.model_selection import information_criteria
from pixture.mixture.model_selection.sweep_components import sweep
from pixture.parallel import map_slabs
from pixture.wording import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CriterionName = Literal["bic", "icl", "aic"]
CRITERIA: tuple[CriterionName, ...] = get_args(CriterionName)

LEAST_SIZE = 2.0
"""Least effective size: below it a parameter would have no price."""


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

    Examples
    --------
    >>> import numpy as np
    >>> generator = np.random.default_rng(0)
    >>> values = np.concatenate([generator.normal(mean, 1, (400, 1)) for mean in (0, 6, 12)])
    >>> selection = select_sample(WeightedSample(values), range(1, 6))
    >>> selection.best.components, selection.effective_size
    (3, 1200.0)
    """

    candidates: tuple[Candidate, ...]
    criterion: CriterionName
    effective_size: float
    total_weight: float

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
            "candidates": self.table(),
        }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Plot the criterion against the number of components, a line a covariance; return the Axes."""
        from pixture.view.plots import plot_selection  # a convenience: the roof, called when asked for

        return plot_selection(self, ax)

    def _repr_html_(self) -> str:
        from pixture.view.notebook import selection_html

        return selection_html(self)


def select_sample(
    sample: WeightedSample,
    components: int | Iterable[int],
    covariances: CovarianceName | Sequence[CovarianceName] = "full",
    criterion: CriterionName = "bic",
    choices: Choices | None = None,
    effective_size: Callable[[Mixture], float] | None = None,
) -> Selection:
    """Fit every number of components with every covariance structure, and compare them.

    Parameters
    ----------
    sample
        The data.
    components
        Numbers of components to compare.
    covariances, criterion
        As in `pixture.select`.
    choices
        All else that a fit needs; None takes the defaults.
    effective_size
        Says how many independent rows the sample is worth, given the mixture that tells noise from structure.
        None takes the sample's total weight.

    Raises
    ------
    ChoiceError
        A choice is out of its range, or the data have too few distinct values for any of the numbers.
    """
    counts = _counts(components)
    names = _names(covariances)
    if criterion not in CRITERIA:
        raise ChoiceError(f"criterion must be one of {', '.join(CRITERIA)}; got {criterion!r}.")
    choices = Choices() if choices is None else choices
    if choices.init == GIVEN:
        raise ChoiceError("To select is to start from no mixture in particular; choose another init.")
    most = sample.distinct(counts[-1])
    possible = [count for count in counts if count <= most]
    for name in names:
        refuse_what_is_out_of_proportion(sample, max(possible, default=1), name)

    def swept(start: int, stop: int) -> list[Fit]:
        asked = replace(choices, covariance=names[start])
        return list(sweep(sample, possible, asked).values()) if possible else []

    fits = [fit for found in map_slabs(swept, len(names), threads=choices.threads, size=1) for fit in found]
    if not fits:
        raise ChoiceError(
            f"The data have only {plural(most, 'distinct value')} in {sample.total_weight:,.0f} rows: too "
            f"few for {counts[0]} components, the least number. Ask for fewer."
        )

    def entropy(start: int, stop: int) -> float:
        return mean_entropy(sample, fits[start].mixture)

    entropies = map_slabs(entropy, len(fits), threads=choices.threads, size=1)

    def weighed(size: float) -> Selection:
        judged = tuple(_judged(fit, mean, size) for fit, mean in zip(fits, entropies, strict=True))
        return Selection(judged, criterion, size, sample.total_weight)

    if effective_size is None:
        return weighed(sample.total_weight)
    return _settled(weighed, max(fits, key=lambda fit: fit.log_likelihood), effective_size)


def mean_entropy(sample: WeightedSample, mixture: Mixture) -> float:
    """Return the mean entropy -Σ r log r of the responsibilities, in nats, from one E-step's moments.

    As log r_k = log w_k N_k(x) - log p(x), it is the log-likelihood less Σ_k r_k log w_k N_k(x), whose sum
    over the rows is one of zeroth and second moments.

    >>> mixture = Mixture([0.5, 0.5], [[0.0], [4.0]], [1.0, 1.0], "spherical")
    >>> round(mean_entropy(WeightedSample([[2.0]]), mixture), 4)
    0.6931
    """
    moments = summarise(sample, mixture, threads=1).about(mixture.means)
    factors, second = mixture.factors, moments.second
    if factors.ndim == 2:
        distances = float((factors**2 * second).sum())
    else:
        distances = float(np.einsum("kij,kjl,kil->", factors, second, factors))
    complete = float(moments.zeroth @ mixture.constants) - 0.5 * distances
    return max(0.0, (moments.log_likelihood - complete) / sample.total_weight)


def _settled(
    weighed: Callable[[float], Selection], likeliest: Fit, effective_size: Callable[[Mixture], float]
) -> Selection:
    """Return the selection whose size is that of its own choice.

    From above: the residuals of a mixture of too many components are correlated a little too little, those of
    one of too few very much too much, since classes are in them. So the first choice goes by the size under
    the likeliest mixture, the next by that under the first choice, until a choice comes again.
    """
    seen: list[Fit] = []
    fit = likeliest
    while True:
        seen.append(fit)
        selection = weighed(max(LEAST_SIZE, effective_size(fit.mixture)))
        fit = selection.best.fit
        if any(fit is before for before in seen):
            return selection


def _judged(fit: Fit, entropy: float, size: float) -> Candidate:
    likelihood, parameters = size * fit.log_likelihood, fit.mixture.parameters
    return Candidate(
        fit,
        entropy,
        information_criteria.bic(likelihood, parameters, size),
        information_criteria.icl(likelihood, parameters, size, size * entropy),
        information_criteria.aic(likelihood, parameters),
    )


def _counts(components: int | Iterable[int]) -> list[int]:
    """Return the numbers of components, ascending."""
    given = list(components) if isinstance(components, Iterable) else [components]
    if not given:
        raise ChoiceError("components must name at least one number of components; got none.")
    return sorted({Choices(components=count).components for count in given})


def _names(covariances: CovarianceName | Sequence[CovarianceName]) -> list[CovarianceName]:
    given: list[CovarianceName] = [covariances] if isinstance(covariances, str) else list(covariances)
    if not given:
        raise ChoiceError(f"covariance must name at least one of {', '.join(COVARIANCES)}; got none.")
    return [Choices(covariance=name).covariance for name in dict.fromkeys(given)]
