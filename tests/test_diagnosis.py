"""Each state is found where data produce it, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from pixture import ChoiceError, Mixture, SampleError, WeightedSample, diagnose, fit
from pixture.arrays import Floats, Reals
from pixture.mixture.comparison.diagnosis import Diagnosis, State
from pixture.mixture.em.em import maximise_likelihood, summarise
from pixture.options.fitting import COVARIANCES, CovarianceName
from tests.strategies import Problem, mixture_of, problems


def fitted(start: Mixture, sample: WeightedSample) -> Mixture:
    """EM from a start, so that the test says which component is which."""
    return maximise_likelihood(
        start, lambda mixture: summarise(sample, mixture), sample.variance_floor(), 200, 1e-9
    ).mixture


def states(mixture: Mixture, sample: WeightedSample) -> list[State]:
    return [found.state for found in diagnose(mixture, sample, sample.variance_floor())]


def blobs(generator: np.random.Generator, d: int = 2) -> Floats:
    return np.concatenate([generator.normal(0, 1, (300, d)), generator.normal(20, 2, (300, d))])


def start(values: Reals, covariance: CovarianceName = "full", *more: float) -> Mixture:
    """A component at 0, one at 20, and one at each value given."""
    d = values.shape[1]
    means = np.array([[at] * d for at in (0.0, 20.0, *more)])
    K = len(means)
    return mixture_of(np.full(K, 1 / K), means, np.repeat(np.eye(d)[None], K, axis=0), covariance)


@pytest.mark.parametrize("covariance", COVARIANCES)
@pytest.mark.parametrize("d", [1, 2, 3])
def test_blobs_are_fine(covariance: CovarianceName, d: int, generator: np.random.Generator) -> None:
    sample = WeightedSample(blobs(generator, d))
    found = diagnose(fitted(start(sample.values, covariance), sample), sample, sample.variance_floor())
    assert [each.state for each in found] == [State.FINE, State.FINE]
    assert str(found[1]) == "Component 1 holds 50 % of the weight. Nothing is odd about it."


def test_less_than_a_row_is_empty(generator: np.random.Generator) -> None:
    sample = WeightedSample(blobs(generator))
    lone = Mixture([0.5, 0.4995, 0.0005], [[0, 0], [20, 20], [90, 90]], [np.eye(2)] * 3)
    found = diagnose(lone, sample, sample.variance_floor())
    assert [each.state for each in found] == [State.FINE, State.FINE, State.EMPTY]
    assert found[2].reason == "Component 2 holds 0.05 % of the weight, less than the 0.167 % it must."
    # one row is no less than a row
    row = Mixture([0.5, 0.5 - 1 / 600, 1 / 600], lone.means, lone.covariances)
    assert diagnose(row, sample, sample.variance_floor())[2].state is State.FINE
    asked = diagnose(row, sample, sample.variance_floor(), weights_floor=0.01)
    assert asked[2].state is State.EMPTY


@pytest.mark.parametrize("covariance", ["full", "diagonal", "spherical"])
def test_a_value_that_repeats_is_collapsed(
    covariance: CovarianceName, generator: np.random.Generator
) -> None:
    values = np.concatenate([blobs(generator), np.full((50, 2), 60.0), np.full((1, 2), 99.0)])
    sample = WeightedSample(values)
    four = fitted(start(values, covariance, 60.0, 99.0), sample)
    found = diagnose(four, sample, sample.variance_floor())
    assert [each.state for each in found] == [State.FINE] * 2 + [State.COLLAPSED] * 2
    assert found[2].reason.startswith(
        "Component 2 holds 7.68 % of the weight, and its variance is at the floor"
    )


@pytest.mark.parametrize("covariance", ["full", "tied"])
def test_channels_that_depend_on_each_other_are_flat(
    covariance: CovarianceName, generator: np.random.Generator
) -> None:
    values = blobs(generator, 3)
    values[:, 2] = 0.3 * values[:, 0]
    sample = WeightedSample(values)
    found = diagnose(fitted(start(values, covariance), sample), sample, sample.variance_floor())
    assert [each.state for each in found] == [State.FLAT] * 2
    assert found[0].reason == (
        "Component 0 has a variance at the floor along 1 of its 3 directions, in channels 1, 3."
    )


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
def test_a_constant_channel_is_flat(covariance: CovarianceName, generator: np.random.Generator) -> None:
    values = blobs(generator, 3)
    values[:, 1] = 7.0
    sample = WeightedSample(values)
    found = diagnose(fitted(start(values, covariance), sample), sample, sample.variance_floor())
    assert {each.state for each in found} == {State.FLAT}
    assert found[1].reason.endswith("along 1 of its 3 directions, in channel 2.")


def test_a_component_twice_is_a_duplicate(generator: np.random.Generator) -> None:
    sample = WeightedSample(blobs(generator))
    mixture = Mixture(
        [0.25, 0.5, 0.25], [[0.0, 0.0], [20.0, 20.0], [0.2, 0.0]], [np.eye(2), 4 * np.eye(2), np.eye(2)]
    )
    found = diagnose(mixture, sample, sample.variance_floor())
    assert [each.state for each in found] == [State.DUPLICATE, State.FINE, State.DUPLICATE]
    assert found[0].reason == "Component 0 lies at a Bhattacharyya distance of 0.005 from component 2."
    assert found[2].reason.endswith("from component 0.")


def test_the_double_of_an_empty_component_is_fine(generator: np.random.Generator) -> None:
    sample = WeightedSample(blobs(generator))
    mixture = Mixture([0.5, 0.5, 0.0], [[0, 0], [20, 20], [0, 0]], [np.eye(2), 4 * np.eye(2), np.eye(2)])
    assert states(mixture, sample) == [State.FINE, State.FINE, State.EMPTY]


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
def test_clipped_values_are_saturated(covariance: CovarianceName, generator: np.random.Generator) -> None:
    """A bright blob is clipped at 255 in one channel; integers, counted."""
    dark = generator.normal(60, 12, (2000, 2))
    bright = np.stack([np.full(400, 255.0), generator.normal(200, 12, 400)], axis=1)
    values, counts = np.unique(np.concatenate([dark, bright]).round(), axis=0, return_counts=True)
    sample = WeightedSample(values, counts, resolution=1)
    begin = Mixture(
        [0.5, 0.5],
        [[60.0, 60.0], [255.0, 200.0]],
        [np.eye(2) * 100] * 2 if covariance == "full" else np.full((2, 2), 100.0),
        covariance,
    )
    found = diagnose(fitted(begin, sample), sample, sample.variance_floor())
    assert [each.state for each in found] == [State.FINE, State.SATURATED]
    assert found[1].reason == (
        "Component 1 lies at 255, the largest value of channel 1, which 16.7 % of the rows have, and its "
        "variance along it is at the floor."
    )


def test_a_blank_border_is_saturated_before_it_is_collapsed(generator: np.random.Generator) -> None:
    values = np.concatenate([np.zeros((500, 3)), generator.normal(120, 20, (1000, 3)).round()])
    sample = WeightedSample(values, resolution=1)
    mixture = fitted(Mixture([0.5, 0.5], [[0.0] * 3, [120.0] * 3], [np.eye(3)] * 2), sample)
    found = diagnose(mixture, sample, sample.variance_floor())
    assert [each.state for each in found] == [State.SATURATED, State.FINE]
    assert "lies at 0, the least value of channel 1, which 33.3 % of the rows have" in found[0].reason


def test_a_single_row_at_the_end_is_collapsed_and_not_clipped(generator: np.random.Generator) -> None:
    values = np.concatenate([blobs(generator), np.full((1, 2), 99.0)])
    sample = WeightedSample(values)
    assert states(fitted(start(values, "full", 99.0), sample), sample)[2] is State.COLLAPSED


def test_a_constant_image_is_collapsed() -> None:
    sample = WeightedSample(np.full((10, 3), 7.0), resolution=1)
    found = fit(sample, 1).mixture
    assert states(found, sample) == [State.COLLAPSED]


def test_spherical_components_are_held_by_the_largest_floor() -> None:
    sample = WeightedSample([[0.0, 0.0], [1.0, 1.0]])
    mixture = Mixture([1.0], [[0.5, 0.5]], [4.0], "spherical")
    assert diagnose(mixture, sample, [1.0, 4.0])[0].state is State.COLLAPSED
    assert diagnose(mixture, sample, [1.0, 3.0])[0].state is State.FINE


@given(problems())
def test_scaling_all_weights_and_naming_rows_without_weight_changes_nothing(problem: Problem) -> None:
    mixture, values, weights = problem.start, problem.values, problem.weights
    sample = WeightedSample(values, weights)
    floor = sample.variance_floor()
    found = diagnose(mixture, sample, floor)
    assert diagnose(mixture, WeightedSample(values, 4 * weights), floor) == found
    more = WeightedSample(np.concatenate([values, values[:1] + 1e3]), np.append(weights, 0))
    assert diagnose(mixture, more, floor) == found


@given(problems())
def test_permuted_components_permute_the_answer(problem: Problem) -> None:
    sample = WeightedSample(problem.values, problem.weights)
    order = np.random.default_rng(0).permutation(problem.start.components)
    found, permuted = states(problem.start, sample), states(problem.start.permuted(order), sample)
    assert permuted == [found[k] for k in order]


def test_it_reads_well() -> None:
    for state in State:
        assert state.value.startswith(("It ", "Nothing "))
        assert state.value.endswith(".")
    said = str(Diagnosis(3, State.EMPTY, "Component 3 holds 0 % of the weight, less than the 1 % it must."))
    assert said.endswith("it must. It answers for hardly a row: ask for fewer components.")


def test_what_cannot_be_judged_is_refused() -> None:
    mixture, sample = Mixture([1.0], [[0.0, 0.0]], [np.eye(2)]), WeightedSample([[0.0, 1.0]])
    with pytest.raises(SampleError, match="The mixture has 2 channels, the sample 1"):
        diagnose(mixture, WeightedSample([0.0, 1.0]), 1.0)
    with pytest.raises(ChoiceError, match=r"floor must be one number, or \(2,\)"):
        diagnose(mixture, sample, [1.0, 1.0, 1.0])
    for floor in (-1.0, np.nan, [1.0, np.inf]):
        with pytest.raises(ChoiceError, match="finite and not negative"):
            diagnose(mixture, sample, floor)
    for share in (-0.1, 1.1, np.nan):
        with pytest.raises(ChoiceError, match="weights_floor must be 0 to 1"):
            diagnose(mixture, sample, 1.0, share)
