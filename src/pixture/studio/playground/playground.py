"""EM in the plane, a step at a time: what the page's playground asks.

The page keeps points and mixture itself: every question brings all it is about, and nothing is kept between
them. All numbers are those of the functions that fit images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pixture.arrays import Floats
from pixture.errors import ChoiceError, SampleError
from pixture.mixture.em.em import answering, maximise, settled, summarise
from pixture.mixture.em.fit import floor_of
from pixture.mixture.em.hard_assignment import gather, nearest_centre
from pixture.mixture.model import posterior
from pixture.mixture.model.collapsed_components import collapsed
from pixture.mixture.model.covariance import STRUCTURES
from pixture.mixture.model.mixture import Mixture
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.fitting import COVARIANCES, INITS, Choices
from pixture.studio.playground.playground_points import SETS, points_of, start_at
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.result_state import palette
from pixture.studio.session.session import Session
from pixture.wording import nearest, shown

MOST_POINTS, MOST_COMPONENTS = 2000, 8
"""What can be looked at with profit."""

FARTHEST = 1e6
"""How far from the middle a point may be."""


def points(session: Session, question: Question) -> Answer:
    """Return a set of points, and where to begin: {set, seed} -> {points, components, start, colours}."""
    name = _one_of("set", question.text("set", longest=40), tuple(SETS))
    made, seed = SETS[name], question.whole("seed", 0, 2**31, 0)
    found = points_of(name, seed)
    start = start_at(found, made.components, "random", seed, lone=made.lone)
    return Answer(
        {
            "points": found.tolist(),
            "components": made.components,
            "start": said(start),
            "colours": palette(MOST_COMPONENTS),
        }
    )


def start(session: Session, question: Question) -> Answer:
    """Return a mixture to start from: {points, components, init, seed} -> {start}."""
    rows = _points(question)
    components = question.whole("components", 1, min(MOST_COMPONENTS, len(rows)))
    init = _one_of("init", question.text("init", "random", longest=40), INITS)
    return Answer({"start": said(start_at(rows, components, init, question.whole("seed", 0, 2**31, 0)))})


def expect(session: Session, question: Question) -> Answer:
    """Return an E-step: {points, mixture, before} -> {log_likelihood, of_each, settled}.

    The buffer is the responsibilities, (K, n) float32. The log-likelihood is per point; `before` is that of
    the E-step before, if there was one, and `settled` says whether EM would end here.
    """
    sample, mixture = WeightedSample(_points(question)), _mixture(question)
    moments = summarise(sample, mixture, threads=1)
    reached = moments.log_likelihood / sample.total_weight
    before = question.says.get("before")
    if before is not None:
        before = question.number("before", -1e300, 1e300)
    shares = posterior.responsibilities(mixture, sample, threads=1)
    return Answer(
        {
            "log_likelihood": reached,
            "of_each": moments.zeroth.tolist(),
            "settled": before is not None and settled([before, reached], Choices().tol),
        },
        (np.ascontiguousarray(shares, "<f4").tobytes(),),
    )


def maximised(session: Session, question: Question) -> Answer:
    """Return an M-step after an E-step: {points, mixture, covariance, floor} -> {mixture, kept, collapsed}.

    `floor` is the least variance along either axis, raised to what rounding can tell from none as in
    `pixture.fit`; None is the usual one. `kept` are the components that still answer for something, and
    `collapsed` those, of the new mixture, that have no extent but the floor's. Where there are some,
    `scikit_learn` is what scikit-learn says to the same step without a floor, if it refuses it.
    """
    rows, mixture = _points(question), _mixture(question)
    sample = WeightedSample(rows)
    name: Any = _one_of("covariance", question.text("covariance", "full", longest=40), COVARIANCES)
    asked = None if question.says.get("floor") is None else question.number("floor", 0, FARTHEST)
    floor = floor_of(sample, Choices(covariance_floor=asked))
    moments = summarise(sample, mixture, threads=1)
    if not STRUCTURES[name].dense:
        moments = replace(moments, second=np.diagonal(moments.second, axis1=1, axis2=2))
    after = maximise(moments, name, floor)
    fallen = collapsed(after, floor).tolist()
    return Answer(
        {
            "mixture": said(after),
            "kept": answering(moments).tolist(),
            "collapsed": fallen,
            "scikit_learn": scikit_learn_says(rows, mixture) if fallen else None,
        }
    )


def k_means(session: Session, question: Question) -> Answer:
    """Return a step of k-means: {points, centres} -> {labels, of_each, moved, potential, settled}.

    Each point belongs to the nearest centre, in units of each axis's deviation, as in the starts of
    `pixture.fit`; `moved` are the means of such points, where there are some, `potential` is the sum of
    squares about them, and `settled` says that no point would change its centre.
    """
    sample, centres = WeightedSample(_points(question)), _array(question.says, "centres", (None, 2))
    if len(centres) > MOST_COMPONENTS:
        raise ChoiceError(f"centres must be at most {MOST_COMPONENTS}; got {len(centres)}.")
    labels = nearest_centre(sample, centres, 1)
    moments = gather(sample, labels, centres, False, 1)
    filled, moved = np.flatnonzero(moments.zeroth > 0), centres.copy()
    own = moments.of(filled)
    moved[filled] = own.means
    return Answer(
        {
            "labels": labels.tolist(),
            "of_each": moments.zeroth.tolist(),
            "moved": moved.tolist(),
            "potential": float((own.scatters / sample.scale**2).sum()),
            "settled": bool(np.array_equal(nearest_centre(sample, moved, 1), labels)),
        }
    )


def scikit_learn_says(rows: Floats, mixture: Mixture) -> str | None:
    """Return how scikit-learn refuses two iterations without a floor; None if it does not."""
    from sklearn.mixture import GaussianMixture  # loaded where something has collapsed

    try:
        precisions = np.linalg.inv(mixture.matrices())
        GaussianMixture(
            mixture.components, reg_covar=0, max_iter=2, tol=1e300,  # any rise is little: two, and no warning
            weights_init=mixture.weights, means_init=mixture.means,
            precisions_init=0.5 * (precisions + precisions.swapaxes(1, 2)),
        ).fit(rows)  # fmt: skip
    except (ValueError, np.linalg.LinAlgError) as refused:
        return str(refused)
    return None


def said(mixture: Mixture) -> dict[str, Any]:
    """Return a mixture ready for JSON, its covariances as matrices."""
    return {
        "weights": mixture.weights.tolist(),
        "means": mixture.means.tolist(),
        "covariances": mixture.matrices().tolist(),
    }


def _mixture(question: Question) -> Mixture:
    given = question.says.get("mixture")
    if not isinstance(given, dict):
        raise ChoiceError(f"mixture must be weights, means and covariances; got {shown(given)}.")
    weights, means = _array(given, "weights", (None,)), _array(given, "means", (None, 2))
    if len(weights) > MOST_COMPONENTS:
        raise ChoiceError(f"mixture must have at most {MOST_COMPONENTS} components; got {len(weights)}.")
    return Mixture(weights, means, _array(given, "covariances", (None, 2, 2)))


def _points(question: Question) -> Floats:
    """Return the points of a question, (n, 2)."""
    found = _array(question.says, "points", (None, 2))
    if not 1 <= len(found) <= MOST_POINTS:
        raise SampleError(f"There must be 1 to {MOST_POINTS:,} points; got {len(found):,}.")
    if np.abs(found).max() > FARTHEST:
        raise SampleError(f"Points must lie within {FARTHEST:,.0f} of the middle.")
    return found


def _array(says: Mapping[str, Any], name: str, shape: tuple[int | None, ...]) -> Floats:
    """Return an array of finite numbers of a shape, whose first number is free, from lists of JSON."""
    given = says.get(name)
    try:
        found = np.array(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        found = np.empty(())
    if found.ndim != len(shape) or found.shape[1:] != shape[1:] or not np.isfinite(found).all():
        lists = " × ".join("n" if size is None else str(size) for size in shape)
        raise ChoiceError(f"{name} must be {lists} finite numbers; got {shown(given)}.")
    return found


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ChoiceError(
            f"{name} must be one of {', '.join(known)}; got {shown(value)}.{nearest(value, known)}"
        )
    return value
