"""Every public object shows itself in a few short lines, however much it holds."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pixture

MOST_LINES, MOST_LETTERS = 3, 110

GENERATOR = np.random.default_rng(0)
COLOUR = GENERATOR.integers(0, 256, (40, 60, 3)).astype(np.uint8)
MASKED = pixture.image_from_array(COLOUR, mask=np.arange(2400).reshape(40, 60) % 7)
POINTS, TRUE = pixture.synthetic(400, 5)


def segmented(components: Any = 12) -> pixture.Segmentation:
    return pixture.segment(MASKED, components)


def fitted() -> pixture.Fit:
    return pixture.fit(POINTS, 5)


def diagnosed() -> pixture.Diagnosis:
    sample = pixture.WeightedSample(POINTS)
    return pixture.diagnose(TRUE, sample, sample.variance_floor())[0]


def mixed(name: str) -> Callable[[], Any]:
    return lambda: getattr(pixture, name)(n_components=3, random_state=0).fit(POINTS)


MADE: dict[str, Callable[[], Any]] = {
    "Animation": lambda: pixture.record(POINTS, 3, max_iter=3, tol=0).animate(),
    "BayesianGaussianMixture": mixed("BayesianGaussianMixture"),
    "Choices": lambda: pixture.Choices(
        65_535, "spherical", "quantiles", 10, tol=1e-9, covariance_floor=0.125
    ),
    "Diagnosis": diagnosed,
    "Ellipse": lambda: pixture.ellipse(TRUE, 0),
    "Evaluation": lambda: pixture.evaluate(segmented(3), segmented(3)),
    "Fit": fitted,
    "GaussianMixture": mixed("GaussianMixture"),
    "Guidance": lambda: pixture.Guidance(box=(1, 2, 30, 40)),
    "Histogram": lambda: pixture.histogram(COLOUR),
    "Image": lambda: MASKED,
    "ImageModel": lambda: pixture.fit_images([COLOUR], 9),
    "Marks": lambda: pixture.segment(COLOUR, 2, box=(4, 4, 30, 50)).guidance,
    "MergeTree": lambda: pixture.regions(COLOUR).tree,
    "Merging": lambda: pixture.merge_components(TRUE, pixture.WeightedSample(POINTS)),
    "Mixture": lambda: pixture.Mixture(
        np.full(50, 0.02), GENERATOR.normal(size=(50, 9)), np.ones(50), "spherical"
    ),
    "Objects": lambda: pixture.find_objects(segmented(3), MASKED),
    "Prior": lambda: pixture.Prior(np.zeros(30), 0.01, 32.5, np.eye(30), 1.5),
    "Recording": lambda: pixture.record(POINTS, 5),
    "Regions": lambda: pixture.regions(COLOUR),
    "Segmentation": segmented,
    "Selection": lambda: pixture.select(POINTS, range(1, 4)),
    "Smoothing": lambda: pixture.segment(COLOUR, 3, smooth="light").smoothing,
    "FeatureChoice": lambda: pixture.FeatureChoice("lab,position:0.3"),
    "Scan": lambda: pixture.Scan(bias=True),
    "Reading": lambda: pixture.Reading(level=1),
    "Times": lambda: pixture.Times(per_time=True),
    "Spatial": lambda: pixture.Spatial("auto", 8),
    "Step": lambda: pixture.record(POINTS, 5).steps[-1],
    "Stop": lambda: pixture.Stop.MAX_ITER,
    "TMixture": mixed("TMixture"),
    "WeightedSample": lambda: pixture.WeightedSample(POINTS, GENERATOR.random(400)),
}


def has_fields(value: Any) -> bool:
    return dataclasses.is_dataclass(value)


def public_classes() -> set[str]:
    return {
        name
        for name in pixture.__all__
        if inspect.isclass(value := getattr(pixture, name)) and not issubclass(value, BaseException)
    }


def test_every_public_class_is_looked_at() -> None:
    assert set(MADE) == public_classes()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MADE)
def test_an_object_and_what_it_holds_show_themselves_briefly(name: str) -> None:
    made = MADE[name]()
    held = [getattr(made, one.name) for one in dataclasses.fields(made)] if has_fields(made) else []
    held += [one[0] for one in held if isinstance(one, tuple) and one]
    ours = [one for one in held if type(one).__module__.startswith("pixture.") and not callable(one)]
    for one in (made, *ours):
        lines = repr(one).splitlines()
        assert len(lines) <= MOST_LINES, (type(one), lines)
        assert max(map(len, lines)) <= MOST_LETTERS, (type(one), lines)
    assert name in repr(made)


def test_what_a_segmentation_shows() -> None:
    result = pixture.segment(np.repeat([[10, 11, 200, 201]], 4, axis=0).astype(np.uint8), 2)
    assert repr(result).startswith("<Segmentation: 4 x 4 uint8, 2 components (full), log-likelihood ")
    assert repr(result.fit).endswith(" iterations, converged>")
    assert repr(pixture.apply(result.mixture, result.image)).endswith(", mixture given>")
    assert repr(pixture.Choices()) == "Choices(components=4)"
    some = pixture.Choices(3, "tied", seed=2)
    assert eval(repr(some), {"Choices": pixture.Choices}) == some
