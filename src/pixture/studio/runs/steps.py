"""The way of the fit that was found: every step, and the labels of each."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from pixture.errors import ChoiceError
from pixture.mixture.em.fit_result import Fit, Step
from pixture.options.features import FeatureChoice
from pixture.segmentation.posterior.pixel_posterior import Groups
from pixture.segmentation.posterior.value_posterior import OfValues
from pixture.studio.runs.fitting import found_in, opened_in
from pixture.studio.runs.seen import STEPS, as_bytes, seen_histogram
from pixture.studio.runs.watching import parameters
from pixture.studio.session.document import Found
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import Session

MOST_KEPT = 16
"""Steps whose labels are kept."""


def steps(session: Session, question: Question) -> Answer:
    """Answer every step of the fit that was found, from the start to the last.

    Says of each its iteration, the log-likelihood of all pixels under it (nats per pixel), whether it was one
    on a subsample or extrapolated, and the label of each of its components. The buffers hold weights, means
    and covariances, float32, one step after the other.
    """
    found, opened = _asked(session, question), opened_in(session)
    fit = found.segmentation.fit
    # of an image larger than memory each would be a pass over it
    rising = fit.history if opened.large is None else [step.log_likelihood for step in fit.steps]
    packed = [parameters(step.mixture) for step in fit.steps]
    said = [
        {
            "iteration": step.iteration,
            "log_likelihood": float(log_likelihood),
            "subsample": step.subsample,
            "extrapolated": step.extrapolated,
            "components": step.components.tolist(),
        }
        for step, log_likelihood in zip(fit.steps, rising, strict=True)
    ]
    buffers = tuple(b"".join(parts) for parts in zip(*packed, strict=True))
    return Answer({"run": found.run, "channels": fit.mixture.dimension, "steps": said}, buffers)


def labels_at(session: Session, question: Question) -> Answer:
    """Answer the label of each pixel that is looked at, by a step's mixture, one byte a pixel.

    The labels follow from the values alone, without smoothing; 255 where a pixel takes no part.
    """
    found, opened = _asked(session, question), opened_in(session)
    segmentation = found.segmentation
    at = question.whole("at", 0, len(segmentation.fit.steps) - 1)
    kept = _kept(session, found)
    labels = kept.get(at)
    if labels is None:
        features = FeatureChoice(segmentation.features)
        histogram = seen_histogram(session, opened, features, segmentation.choices.threads)
        step = segmentation.fit.steps[at]
        groups = groups_of_step(step, segmentation.fit, segmentation.groups)
        of_values = OfValues(step.mixture, histogram, groups)
        # the largest number of 16 bits is that of masked pixels
        wide = of_values.labels(np.uint16, np.iinfo(np.uint16).max)
        labels = as_bytes(wide, masked=True).tobytes()
        kept[at] = labels
        while len(kept) > MOST_KEPT:
            kept.popitem(last=False)
    height, width = opened.seen.shape[:2]
    return Answer({"run": found.run, "at": at, "width": width, "height": height}, (labels,))


def groups_of_step(step: Step, fit: Fit, groups: Groups) -> Groups:
    """Return which of a step's components have each label; those that were dropped later have one each.

    `groups` are those of the labels of the fit's last mixture; none where each component has its own.
    """
    K = fit.mixture.components
    place = {int(number): at for at, number in enumerate(step.components)}
    labels = groups or tuple((k,) for k in range(K))
    dropped = tuple((number,) for number in sorted(place) if number >= K)
    return tuple(tuple(place[number] for number in group if number in place) for group in (*labels, *dropped))


def _asked(session: Session, question: Question) -> Found:
    found = found_in(session)
    if question.whole("run", 0, 2**31, default=found.run) != found.run:
        raise ChoiceError("That run is out of date: there is a newer result.")
    return found


def _kept(session: Session, found: Found) -> OrderedDict[int, bytes]:
    whose = found.run, found.segmentation.groups
    kept: tuple[object, OrderedDict[int, bytes]] | None = session.memory.get(STEPS)
    if kept is None or kept[0] != whose:
        kept = whose, OrderedDict()
        session.memory[STEPS] = kept
    return kept[1]
