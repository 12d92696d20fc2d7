"""How many components: the fits of several numbers of them, and what a criterion says of each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import numpy as np

from pixture.errors import ChoiceError
from pixture.mixture.em.em import summarise
from pixture.mixture.em.fit_result import Fit
from pixture.mixture.model.covariance_cost import refuse_what_is_out_of_proportion
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.mixture.model_selection import information_criteria
from pixture.mixture.model_selection.selection import CRITERIA, Candidate, CriterionName, Selection
from pixture.mixture.model_selection.sweep_components import fits_of_sweep, sweep
from pixture.options.fitting import AUTO_COMPONENTS, COVARIANCES, GIVEN, Choices, CovarianceName
from pixture.parallel import map_slabs
from pixture.wording import plural

REFERENCE: CovarianceName = "full"
"""Structure of the mixture that the effective size is measured with."""

REFERENCE_COUNTS = AUTO_COMPONENTS
"""Numbers of components that this mixture is chosen among."""

OnProgress: TypeAlias = Callable[[int, int], object]
"""Called with the number of fits that are done, and of all of them; from several threads."""

LEAST_SIZE = 2.0
"""Least effective size: below it a parameter would have no price."""


def select_sample(
    sample: WeightedSample,
    components: int | Iterable[int],
    covariances: CovarianceName | Sequence[CovarianceName] = "full",
    criterion: CriterionName = "bic",
    choices: Choices | None = None,
    effective_size: Callable[[Mixture], float] | None = None,
    on_progress: OnProgress | None = None,
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
        That mixture is chosen among `REFERENCE_COUNTS` components, whatever numbers are compared, so that the
        size is the data's own. None takes the sample's total weight.
    on_progress
        As in `pixture.select`.

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
    most = sample.distinct(max(counts[-1], REFERENCE_COUNTS[-1]))
    possible = [count for count in counts if count <= most]
    if not possible:
        raise _too_few_values(sample, most, counts[0])
    for name in names:
        refuse_what_is_out_of_proportion(sample, max(possible), name)
    # the fit of K components must not depend on which others are asked for: up to the reference's largest
    # number all are fitted, in one sweep
    low = [K for K in REFERENCE_COUNTS if most >= K]
    high = [K for K in possible if K not in low]
    sweeps = [(name, low) for name in names if possible[0] <= low[-1]]
    sweeps += [(name, high) for name in names if high]
    if effective_size is not None and (REFERENCE, low) not in sweeps:
        sweeps.append((REFERENCE, low))
    done, work = itertools.count(1), sum(fits_of_sweep(asked) for _, asked in sweeps)

    def on_fit() -> None:
        if on_progress is not None:
            on_progress(next(done), work)

    def run(start: int, stop: int) -> dict[tuple[CovarianceName, int], Fit]:
        name, asked = sweeps[start]
        found = sweep(sample, asked, replace(choices, covariance=name), on_fit)
        return {(name, K): fit for K, fit in found.items()}

    found: dict[tuple[CovarianceName, int], Fit] = {}
    for some in map_slabs(run, len(sweeps), threads=choices.threads, size=1):
        found |= some
    fits = [found[name, K] for name in names for K in possible if (name, K) in found]
    if not fits:
        raise _too_few_values(sample, most, counts[0])

    def entropy(start: int, stop: int) -> float:
        return mean_entropy(sample, fits[start].mixture)

    entropies = map_slabs(entropy, len(fits), threads=choices.threads, size=1)
    size = sample.total_weight
    if effective_size is not None:
        reference = [found[REFERENCE, K] for K in low if (REFERENCE, K) in found]
        size = _settled_size(reference or fits, effective_size)
    judged = tuple(_judged(fit, mean, size) for fit, mean in zip(fits, entropies, strict=True))
    return Selection(judged, criterion, size, sample.total_weight, sample.total_weight, sample.size)


def _too_few_values(sample: WeightedSample, most: int, least: int) -> ChoiceError:
    return ChoiceError(
        f"The data have only {plural(most, 'distinct value')} in {sample.total_weight:,.0f} rows: too "
        f"few for {least} components, the least number. Ask for fewer."
    )


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


def _settled_size(fits: list[Fit], effective_size: Callable[[Mixture], float]) -> float:
    """Return the effective size under the mixture that BIC chooses by that very size.

    From above: the residuals of a mixture of too many components are correlated a little too little, those of
    one of too few very much too much, since classes are in them. So the first choice goes by the size under
    the likeliest mixture, the next by that under the first choice, until a choice comes again.
    """

    def value(fit: Fit, size: float) -> float:
        return information_criteria.bic(size * fit.log_likelihood, fit.mixture.parameters, size)

    seen: list[Fit] = []
    fit = max(fits, key=lambda fit: fit.log_likelihood)
    while True:
        seen.append(fit)
        size = max(LEAST_SIZE, effective_size(fit.mixture))
        fit = min(fits, key=partial(value, size=size))
        if any(fit is before for before in seen):
            return size


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
    return list(dict.fromkeys(Choices(covariance=name).covariance for name in given))
