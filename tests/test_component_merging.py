"""Components merged by entropy: as the definition reads, and as the eye sees clusters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixture import ChoiceError, Merging, Mixture, SampleError, WeightedSample, merge_components
from pixture.arrays import Floats, Integers
from pixture.mixture.comparison import component_merging as module
from tests import reference
from tests.strategies import Problem, problems


def draw(mixture: Mixture, n: int, generator: np.random.Generator) -> Floats:
    labels = generator.choice(mixture.components, n, p=mixture.weights)
    roots = np.linalg.cholesky(mixture.matrices())[labels]
    noise = np.einsum("nij,nj->ni", roots, generator.normal(size=(n, mixture.dimension)))
    drawn: Floats = mixture.means[labels] + noise
    return drawn


def groups(labels: Integers) -> list[list[int]]:
    return [np.flatnonzero(labels == cluster).tolist() for cluster in range(labels.max() + 1)]


@given(problems(channels=2), st.integers(1, 5))
def test_as_the_definition_reads(problem: Problem, K: int) -> None:
    """On responsibilities held whole: entropies, clusters, merged weights."""
    generator = np.random.default_rng(K)
    scale = problem.values.std(axis=0)
    mixture = Mixture(
        generator.dirichlet(np.full(K, 5.0)),
        problem.values[generator.choice(len(problem.values), K, replace=False)],
        scale**2 * generator.uniform(0.1, 1, (K, problem.values.shape[1])),
        "diagonal",
    )
    joint = reference.log_joint(problem.values, mixture.weights, mixture.means, mixture.matrices())
    entropies, clusters, merged = reference.merge_by_entropy(
        reference.responsibilities(joint), problem.weights
    )
    found = merge_components(mixture, WeightedSample(problem.values, problem.weights))
    np.testing.assert_allclose(found.entropies, entropies, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.merged, merged)
    assert [groups(labels) for labels in found.labels] == clusters


@given(problems())
def test_integer_weights_are_repeated_rows(problem: Problem) -> None:
    mixture, counts = problem.start, problem.weights.astype(int)
    weighted = merge_components(mixture, WeightedSample(problem.values, problem.weights))
    repeated = merge_components(mixture, WeightedSample(np.repeat(problem.values, counts, axis=0)))
    np.testing.assert_allclose(weighted.entropies, repeated.entropies, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(weighted.merged, repeated.merged)
    np.testing.assert_array_equal(weighted.labels, repeated.labels)


@given(problems())
def test_each_merging_lowers_the_entropy_and_joins_two(problem: Problem) -> None:
    K = problem.start.components
    found = merge_components(problem.start, WeightedSample(problem.values, problem.weights))
    assert (np.diff(found.entropies) <= 0).all()
    assert found.entropies[-1] == 0
    assert [labels.max() + 1 for labels in found.labels] == list(range(K, 0, -1))
    for labels in found.labels:  # numbered by their first component
        assert list(dict.fromkeys(labels.tolist())) == list(range(labels.max() + 1))
    for finer, coarser in zip(found.labels, found.labels[1:], strict=False):
        assert all(len(set(coarser[finer == cluster].tolist())) == 1 for cluster in finer)


def ring_and_blob() -> Mixture:
    """Eight Gaussians along a ring, each over the next, and one in its middle, last."""
    angles = np.arange(8) * np.pi / 4
    ring = 5 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    tangents = np.stack([-np.sin(angles), np.cos(angles)], axis=1)
    matrices = 2.5 * tangents[:, :, None] * tangents[:, None, :] + 0.1 * np.eye(2)
    return Mixture([0.08] * 8 + [0.36], [*ring, [0.0, 0.0]], np.concatenate([matrices, [0.3 * np.eye(2)]]))


def cross_and_blob() -> Mixture:
    return Mixture(
        [0.3, 0.3, 0.4],
        [[0.0, 0.0], [0.0, 0.0], [12.0, 12.0]],
        [np.diag([9.0, 0.2]), np.diag([0.2, 9.0]), np.eye(2)],
    )


@pytest.mark.parametrize(
    ("mixture", "expected"), [(ring_and_blob(), [0] * 8 + [1]), (cross_and_blob(), [0, 0, 1])]
)
def test_what_the_eye_sees_as_one_is_one(
    mixture: Mixture, expected: list[int], generator: np.random.Generator
) -> None:
    found = merge_components(mixture, WeightedSample(draw(mixture, 4000, generator)))
    assert found.elbow == 2
    assert found.clusters().tolist() == found.clusters(2).tolist() == expected
    assert found.clusters(1).tolist() == [0] * len(expected)
    assert found.clusters(len(expected)).tolist() == list(range(len(expected)))


def test_what_is_apart_stays_apart(generator: np.random.Generator) -> None:
    mixture = Mixture([0.25] * 4, [[0.0], [50.0], [100.0], [150.0]], [1.0] * 4, "spherical")
    found = merge_components(mixture, WeightedSample(draw(mixture, 1000, generator)))
    assert found.elbow == 4
    assert found.clusters().tolist() == [0, 1, 2, 3]


def test_three_blobs_one_of_two_gaussians(generator: np.random.Generator) -> None:
    mixture = Mixture([0.2, 0.3, 0.3, 0.2], [[0.0], [50.0], [100.0], [1.0]], [1.0] * 4, "spherical")
    found = merge_components(mixture, WeightedSample(draw(mixture, 1000, generator)))
    assert found.clusters().tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bits_do_not_depend_on_the_threads(dtype: type, generator: np.random.Generator) -> None:
    mixture = ring_and_blob()
    sample = WeightedSample(draw(mixture, 70_000, generator).astype(dtype))
    one, many = (merge_components(mixture, sample, threads=threads) for threads in (1, 8))
    np.testing.assert_array_equal(one.entropies, many.entropies)
    np.testing.assert_array_equal(one.labels, many.labels)


def test_float32_rows_give_what_float64_rows_give(generator: np.random.Generator) -> None:
    mixture = ring_and_blob()
    values = draw(mixture, 3000, generator).astype(np.float32)
    single, double = (
        merge_components(mixture, WeightedSample(values.astype(t))) for t in (np.float32, float)
    )
    np.testing.assert_allclose(single.entropies, double.entropies, rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(single.labels, double.labels)


def test_scaling_all_weights_changes_no_cluster(generator: np.random.Generator) -> None:
    values = draw(ring_and_blob(), 500, generator)
    weights = generator.uniform(0.5, 2, 500)
    one, thousandth = (
        merge_components(ring_and_blob(), WeightedSample(values, weights * scale)) for scale in (1, 1e-3)
    )
    np.testing.assert_allclose(thousandth.entropies, one.entropies * 1e-3, rtol=1e-9, atol=1e-12)
    assert thousandth.elbow == one.elbow


def test_one_and_two_components() -> None:
    sample = WeightedSample([[0.0], [1.0]])
    one = merge_components(Mixture([1.0], [[0.0]], [1.0], "spherical"), sample)
    assert one.entropies.tolist() == [0.0]
    assert one.clusters().tolist() == [0]
    two = merge_components(Mixture([0.5, 0.5], [[0.0], [1.0]], [1.0, 1.0], "spherical"), sample)
    assert two.elbow == 2
    assert two.merged.tolist() == [2.0]


def test_components_without_weight_are_merged_too() -> None:
    """Their responsibilities are zero, and so is what they hold: nothing is divided by it."""
    mixture = Mixture([0.5, 0.5, 0.0, 0.0], [[0.0], [1.0], [5.0], [9.0]], [1.0] * 4, "spherical")
    found = merge_components(mixture, WeightedSample([[0.0], [1.0], [0.5]]))
    assert np.isfinite(found.entropies).all()
    assert 1 <= found.elbow <= 4


def test_the_elbow_is_mclust_s_two_lines() -> None:
    """Entropies that rise by 1 a unit of merged weight up to three clusters, and by 10 from there."""
    entropies = np.array([22.0, 12.0, 2.0, 1.0, 0.0])
    labels = tuple(np.minimum(np.arange(5), number - 1) for number in range(5, 0, -1))
    assert Merging(entropies, labels, np.ones(4), 1.0).elbow == 3
    # where merging took no row, the line is the mean there
    assert Merging(entropies, labels, np.zeros(4), 1.0).elbow in (2, 3, 4)


def test_what_there_is_not_is_refused() -> None:
    found = merge_components(cross_and_blob(), WeightedSample([[0.0, 0.0]]))
    for number in (0, 4):
        with pytest.raises(ChoiceError, match=f"3 components form 1 to 3 clusters; got {number}"):
            found.clusters(number)
    with pytest.raises(SampleError, match="they must agree"):
        merge_components(cross_and_blob(), WeightedSample([0.0, 1.0]))


def test_a_merging_is_immutable() -> None:
    found = merge_components(cross_and_blob(), WeightedSample([[0.0, 0.0]]))
    with pytest.raises(ValueError, match="read-only"):
        found.clusters()[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        found.entropies[0] = 1


def test_no_array_of_all_rows_by_all_components_is_held(
    monkeypatch: pytest.MonkeyPatch, generator: np.random.Generator
) -> None:
    """Slabs are all that is seen of the rows."""
    seen = []

    def summed(shares: Floats, *rest: object) -> Floats:
        seen.append(shares.shape[1])
        return whole(shares, *rest)  # type: ignore[arg-type]  # as it was given

    whole = module._summed
    monkeypatch.setattr(module, "_summed", summed)
    merge_components(cross_and_blob(), WeightedSample(draw(cross_and_blob(), 100_000, generator)), threads=1)
    assert max(seen) <= 16_384
    assert sum(seen) == 2 * 100_000  # a pass for each number of clusters above one
