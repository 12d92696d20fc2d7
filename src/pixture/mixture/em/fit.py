"""A weighted sample and choices -> the best fit of several starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from pixture.arrays import Floats
from pixture.errors import ChoiceError, FewerComponentsWarning, warn
from pixture.mixture.em.em import OnStep, maximise_likelihood, summarise
from pixture.mixture.em.fit_result import Fit, Step, Stop, thinned
from pixture.mixture.em.initialization import initial_mixture
from pixture.mixture.em.shrinkage import Shrinkage, estimated, shrinking
from pixture.mixture.em.subsampling import steps_on_subsamples
from pixture.mixture.model.collapsed_components import collapsed, warn_of_collapse
from pixture.mixture.model.covariance_cost import refuse_what_is_out_of_proportion
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.sample import Sample
from pixture.mixture.model.unlike_channels import warn_where_one_variance_hides_channels
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.fitting import GIVEN, Choices, CovarianceName, InitName
from pixture.wording import plural

MOST_PRODUCTS, LEAST_STEPS = 2**30, 6
"""Products that the log-likelihoods of all steps may cost; the steps that are kept whatever they cost."""

TOLERANCES = (100.0, 1.0)
"""What covariances are shrunk towards is judged twice: of the start, from which EM goes on until it settles
within so many times the tolerance, and of where that led."""


def fit(
    sample: WeightedSample | npt.ArrayLike,
    components: int = 4,
    *,
    covariance: CovarianceName = "full",
    init: InitName | Mixture = "kmeans++",
    n_init: int = 1,
    max_iter: int = 200,
    tol: float = 1e-4,
    seed: int = 0,
    covariance_floor: float | None = None,
    shrinkage: float | str = "auto",
    accelerate: bool = True,
    threads: int | None = None,
    on_step: OnStep | None = None,
) -> Fit:
    """Fit a Gaussian mixture to a weighted sample by EM.

    Parameters
    ----------
    sample
        A `WeightedSample`, or an (n, d) array whose rows all weigh 1.
    components, covariance, n_init, max_iter, tol, seed, covariance_floor, shrinkage, accelerate, threads
        As in `Choices`.
    init
        As in `Choices`; or a `Mixture` to start from, which then says the number of components.
    on_step
        Called with a `Step` for the start and after every iteration; a true answer ends the fit, with the
        best of the starts so far for its answer.

    Returns
    -------
    Fit
        The fit of the start with the highest log-likelihood, components sorted by their first channel. Where
        `covariance_floor` is 0 the likelihood has no bound: a component that shrinks onto a row, onto equal
        rows or onto a line is held at the least extent that float64 can tell from none, and of several starts
        those with fewer such components go first.

    Raises
    ------
    SampleError, ChoiceError
        The data or a choice is not usable as it is.

    Warns
    -----
    FewerComponentsWarning
        The data have fewer distinct rows than components were asked for, or a component emptied.
    CollapsedComponentWarning
        A component has no extent that can be told from none.
    UnlikeChannelsWarning
        Spherical covariances of channels whose standard deviations differ by more than a factor of 100.

    Examples
    --------
    >>> import numpy as np
    >>> generator = np.random.default_rng(0)
    >>> values = np.concatenate([generator.normal(0, 1, (500, 1)), generator.normal(9, 2, (500, 1))])
    >>> result = fit(values, 2)
    >>> result.mixture.means.round().ravel() + 0, result.converged
    (array([0., 9.]), True)
    """
    choices, start = chosen(
        init,
        components=components,
        covariance=covariance,
        n_init=n_init,
        max_iter=max_iter,
        tol=tol,
        seed=seed,
        covariance_floor=covariance_floor,
        shrinkage=shrinkage,
        accelerate=accelerate,
        threads=threads,
    )
    weighted = sample if isinstance(sample, WeightedSample) else WeightedSample(sample)
    return fit_sample(weighted, choices, start=start, on_step=on_step)


def chosen(init: InitName | Mixture, **choices: Any) -> tuple[Choices, Mixture | None]:
    """Return the choices, and the starting mixture if `init` is one: it then says what it can say."""
    if not isinstance(init, Mixture):
        return Choices(init=init, **choices), None
    said = {"components": init.components, "covariance": init.covariance, "init": GIVEN, "n_init": 1}
    return Choices(**{**choices, **said}), init


def fit_sample(
    sample: Sample,
    choices: Choices,
    *,
    start: Mixture | None = None,
    before: tuple[Step, ...] = (),
    on_step: OnStep | None = None,
) -> Fit:
    """Fit as `fit` does, the choices given as one value; `start` goes with the init "given".

    `before` are the steps that led to the start, whose components are in their order, where they are known.
    """
    if (choices.init == GIVEN) != (start is not None):
        raise ChoiceError('The init "given" and a starting mixture go together; got only one of them.')
    floor, asked = floor_of(sample, choices), choices.covariance_floor
    if asked is not None or sample.resolution == 0:
        sample = sample.resolving(floor)
    # nothing collapses where the floor asked for holds it, or a channel's weight
    bottom = np.maximum(0 if asked is None else asked, sample.rounding_floor())
    bottomless = asked is not None and bool((bottom > asked).any())
    if start is not None and start.dimension != sample.dimension:
        raise ChoiceError(
            f"The starting mixture has {start.dimension} channels, the data {sample.dimension}; "
            "they must agree."
        )
    refuse_what_is_out_of_proportion(sample, choices.components, choices.covariance)
    warn_where_one_variance_hides_channels(choices.covariance, sample)
    components = sample.distinct(choices.components) if start is None else start.components
    if components < choices.components:
        warn(
            f"The data have only {plural(components, 'distinct value')}, so the mixture has "
            f"{plural(components, 'component')} instead of {choices.components}.",
            FewerComponentsWarning,
        )

    expect = partial(summarise, sample, threads=choices.threads)

    def merit(found: Fit) -> tuple[int, float]:
        return -collapsed(found.mixture, bottom).size if bottomless else 0, found.log_likelihood

    shrunk = shrinking(sample, choices)
    # where each of its own covariances has few rows, the one of all of them is the better start
    climbed = replace(choices, covariance="tied") if shrunk and start is None else choices
    most = 0 if shrunk and start is not None else choices.max_iter
    best: Fit | None = None
    for number, (first, way) in enumerate(_starts(sample, climbed, components, floor, start, before)):
        found = maximise_likelihood(first, expect, floor, most, choices.tol, on_step, number, way)
        if best is None or merit(found) > merit(best):
            best = found
        if found.stop is Stop.ASKED:
            break
    assert best is not None  # there is always a start
    if shrunk:
        kept = thinned(best.steps, _most_steps(sample, best.mixture))
        best = _shrunk(replace(best, steps=kept), choices, floor, on_step)
    lost = components - best.mixture.components
    if lost > 0:
        warn(
            f"{lost} of {components} components answered for none of the data and were dropped, so the "
            f"mixture has {best.mixture.components}. Ask for fewer components, or another init.",
            FewerComponentsWarning,
        )
    fit = replace(best, steps=thinned(best.steps, _most_steps(sample, best.mixture))).ordered()
    if bottomless:
        warn_of_collapse(collapsed(fit.mixture, bottom), fit.mixture.components, "covariance_floor")
    return fit


def _shrunk(fit: Fit, choices: Choices, floor: Floats, on_step: OnStep | None) -> Fit:
    """Return where a fit leads, of any structure, if full covariances are shrunk as its own components say.

    What they are shrunk towards is judged again once that has settled.
    """
    steps = tuple(replace(step, mixture=_as_full(step.mixture)) for step in fit.steps)
    found = replace(fit, mixture=steps[-1].mixture, steps=steps)
    for loose in TOLERANCES:
        if found.stop is Stop.ASKED:
            break
        shrinkage = estimated(found.summarise(found.mixture), _rows_asked(choices))
        led = maximise_likelihood(
            found.mixture,
            found.summarise,
            floor,
            choices.max_iter,
            loose * choices.tol,
            on_step,
            found.start,
            found.steps,
            shrinkage=shrinkage,
        )
        found = replace(led, shrunk_by=shrinkage.rows)
    return found


def _as_full(mixture: Mixture) -> Mixture:
    return Mixture(mixture.weights, mixture.means, mixture.matrices(), "full")


def _rows_asked(choices: Choices) -> float | None:
    """Return the rows that a shrinkage is to be worth, None where the data say it."""
    return None if isinstance(choices.shrinkage, str) else choices.shrinkage


def shrinkage_at(sample: Sample, mixture: Mixture, choices: Choices) -> Shrinkage | None:
    """Return what the covariances of a mixture fitted by these choices are shrunk towards; None if not."""
    if not shrinking(sample, choices):
        return None
    return estimated(summarise(sample, mixture, threads=choices.threads), _rows_asked(choices))


def floor_of(sample: Sample, choices: Choices) -> Floats:
    """Return the least variances, (d,): those asked for, but no less than rounding and weights allow."""
    asked = choices.covariance_floor
    if asked is None:
        return sample.variance_floor()
    return np.maximum(np.maximum(asked, sample.rounding_floor()), sample.blur())


def _most_steps(sample: Sample, mixture: Mixture) -> int:
    """Return how many steps are kept: as many as their log-likelihoods over all of the data may cost."""
    products = sample.size * mixture.components * mixture.dimension * (mixture.dimension + 3) // 2
    return max(LEAST_STEPS, MOST_PRODUCTS // products)


def _starts(
    sample: Sample,
    choices: Choices,
    components: int,
    floor: Floats,
    start: Mixture | None,
    before: tuple[Step, ...],
) -> Iterator[tuple[Mixture, tuple[Step, ...]]]:
    """Yield each mixture to start from, and the steps on subsamples that led to it."""
    if start is not None:
        yield (start if before else start.ordered()), before
        return
    for number, generator in enumerate(np.random.default_rng(choices.seed).spawn(choices.n_init)):
        if choices.accelerate:
            steps = steps_on_subsamples(sample, components, choices, floor, generator, number)
            yield steps[-1].mixture, steps
        else:
            first = initial_mixture(
                sample,
                components,
                choices.covariance,
                choices.init,
                floor,
                generator,
                threads=choices.threads,
            )
            yield first.ordered(), ()
