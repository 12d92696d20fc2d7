"""Covariances of few rows are shrunk towards common correlations: what it is, and that it helps."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import multigammaln

import pixture
from pixture import ChoiceError, Choices, WeightedSample
from pixture.arrays import Floats, Integers
from pixture.cli import app
from pixture.mixture.em.em import maximise, summarise
from pixture.mixture.em.fit import shrinkage_at
from pixture.mixture.em.shrinkage import CANDIDATES, Shrinkage, estimated, most_probable_rows, shrinking
from pixture.mixture.model import posterior
from pixture.mixture.model.mixture import Mixture

seeds = st.integers(0, 2**32 - 1)


def classes(seed: int, rows: int, d: int, K: int = 3) -> tuple[Floats, Integers]:
    """Rows of classes whose channels are correlated, each in its own way, and the class of each."""
    generator = np.random.default_rng(seed)
    labels = np.arange(rows) % K
    means = generator.normal(0, 0.8, (K, d))
    apart = np.abs(np.subtract.outer(np.arange(d), np.arange(d)))
    roots = np.array([np.linalg.cholesky(rho**apart) for rho in generator.uniform(0.3, 0.9, K)])
    noise = np.einsum("nij,nj->ni", roots[labels], generator.normal(0, 1, (rows, d)))
    return means[labels] + noise, labels


def started(seed: int, rows: int = 90, d: int = 5) -> tuple[WeightedSample, Mixture]:
    sample = WeightedSample(classes(seed, rows, d)[0])
    return sample, pixture.fit(sample, 3, max_iter=2, seed=seed % 97, shrinkage="off").mixture


def log_likelihood(mixture: Mixture, values: Floats) -> float:
    return summarise(WeightedSample(values), mixture).log_likelihood / len(values)


# --- what it is


@given(seed=seeds, rows=st.floats(0.1, 1e4))
@settings(max_examples=25)
def test_the_m_step_adds_rows_of_common_correlations(seed: int, rows: float) -> None:
    sample, mixture = started(seed)
    moments = summarise(sample, mixture)
    shrinkage = estimated(moments, rows)
    found = maximise(moments, "full", np.full(sample.dimension, 1e-12), shrinkage)
    own = moments.scatters / moments.zeroth[:, None, None]
    deviations = np.sqrt(np.diagonal(own, axis1=1, axis2=2))
    for k, n in enumerate(moments.zeroth):
        target = shrinkage.targets[k]
        np.testing.assert_allclose(np.diag(target), deviations[k] ** 2)
        np.testing.assert_allclose(found.covariances[k], (n * own[k] + rows * target) / (n + rows))
    # what is common: the same correlations in each
    scales = deviations[:, :, None] * deviations[:, None, :]
    common = shrinkage.targets / scales
    np.testing.assert_allclose(common, np.broadcast_to(common[0], common.shape), atol=1e-12)
    np.testing.assert_array_equal(found.means, moments.means)
    np.testing.assert_array_equal(found.weights, moments.weights)


@given(seed=seeds, rows=st.sampled_from((None, 0.5, 30.0, 1e5)))
@settings(max_examples=25)
def test_what_it_climbs_never_falls(seed: int, rows: float | None) -> None:
    sample, mixture = started(seed, rows=60)
    floor = sample.variance_floor()
    moments = summarise(sample, mixture)
    shrinkage = estimated(moments, rows)
    before = -np.inf
    for _ in range(15):
        mixture = maximise(moments, "full", floor, shrinkage)
        moments = summarise(sample, mixture)
        reached = moments.log_likelihood + shrinkage.log_density(mixture)
        assert reached >= before - 1e-9 * abs(reached)
        before = reached


@given(seed=seeds)
@settings(max_examples=15)
def test_the_rows_it_is_worth_are_the_most_probable_ones(seed: int) -> None:
    sample, mixture = started(seed)
    moments = summarise(sample, mixture)
    variances = np.diagonal(moments.scatters, axis1=1, axis2=2) / moments.zeroth[:, None]
    deviations = np.sqrt(variances)
    standard = moments.scatters / (deviations[:, :, None] * deviations[:, None, :])
    common = np.eye(5) + 0.3 * (np.ones((5, 5)) - np.eye(5))

    def density(kappa: float) -> float:
        nu, total = kappa + 6, 0.0
        for S, n in zip(standard, moments.zeroth - 1, strict=True):
            total += nu / 2 * np.linalg.slogdet(kappa * common)[1]
            total -= (nu + n) / 2 * np.linalg.slogdet(kappa * common + S)[1]
            total += multigammaln((nu + n) / 2, 5) - multigammaln(nu / 2, 5)
        return total

    found = most_probable_rows(standard, moments.zeroth, common)
    assert density(found) >= max(map(density, CANDIDATES.tolist())) - 1e-6


@given(seed=seeds)
@settings(max_examples=15)
def test_units_and_order_change_no_shrinkage(seed: int) -> None:
    sample, mixture = started(seed)
    factors = np.exp2(np.random.default_rng(seed).integers(-12, 12, 5).astype(float))
    scaled = Mixture(
        mixture.weights, mixture.means * factors, mixture.covariances * np.outer(factors, factors)
    )
    one = estimated(summarise(sample, mixture))
    other = estimated(summarise(WeightedSample(sample.values * factors), scaled))
    assert other.rows == one.rows
    np.testing.assert_allclose(other.targets, one.targets * np.outer(factors, factors), rtol=1e-9)
    order = np.array([2, 0, 1])
    turned = estimated(summarise(sample, mixture.permuted(order)))
    np.testing.assert_allclose(turned.targets, one.of(order).targets, rtol=1e-9)


def test_a_component_that_is_dropped_takes_its_target_with_it() -> None:
    sample, mixture = started(0)
    far = Mixture(
        np.append(0.999 * mixture.weights, 0.001),
        np.concatenate([mixture.means, np.full((1, 5), 1e6)]),
        np.concatenate([mixture.covariances, np.eye(5)[None]]),
    )
    shrinkage = Shrinkage(20.0, np.concatenate([far.covariances[:3], np.eye(5)[None]]))
    found = maximise(summarise(sample, far), "full", sample.variance_floor(), shrinkage)
    assert found.components == 3


def test_constant_channels_are_correlated_with_none() -> None:
    values = classes(0, 120, 12)[0]
    values[:, 3] = 7.0
    fit = pixture.fit(values, 2)
    assert fit.shrunk_by > 0
    assert fit.converged


# --- when, and that it helps


def test_few_rows_for_many_channels_are_shrunk_unasked() -> None:
    few, enough = (WeightedSample(classes(1, rows, 20)[0]) for rows in (300, 660))
    assert shrinking(few, Choices(3))
    assert not shrinking(enough, Choices(3))
    assert not shrinking(few, Choices(3, covariance="tied"))
    assert not shrinking(few, Choices(3, shrinkage="off"))
    assert not shrinking(few, Choices(3, shrinkage=0))
    one, other = (pixture.fit(enough, 3, shrinkage=asked) for asked in ("auto", "off"))
    assert one.shrunk_by == other.shrunk_by == 0
    np.testing.assert_array_equal(one.mixture.covariances, other.mixture.covariances)


@pytest.mark.parametrize("seed", range(4))
def test_it_predicts_new_rows_better(seed: int) -> None:
    values, labels = classes(seed, 240 + 3000, 40)
    few, new, truth = values[:240], values[240:], labels[240:]
    plain, shrunk = (pixture.fit(few, 3, shrinkage=asked) for asked in ("off", "auto"))
    assert shrunk.shrunk_by > 10
    assert log_likelihood(shrunk.mixture, new) > log_likelihood(plain.mixture, new) + 5

    def right(mixture: Mixture) -> float:
        found = posterior.labels(mixture, WeightedSample(new))
        table = np.zeros((3, 3))
        np.add.at(table, (found, truth), 1)
        return float(table.max(axis=1).sum() / len(truth))

    assert right(shrunk.mixture) >= right(plain.mixture)


def test_given_rows_and_a_given_start() -> None:
    values = classes(2, 200, 12)[0]
    fit = pixture.fit(values, 3, shrinkage=50)
    assert fit.shrunk_by == 50
    assert fit.mixture.covariance == "full"
    assert {step.mixture.covariance for step in fit.steps} == {"full"}
    again = pixture.fit(values, init=fit.mixture, shrinkage=50)
    assert abs(again.log_likelihood - fit.log_likelihood) < 0.1
    expected = estimated(summarise(WeightedSample(values), fit.mixture), 50.0)
    found = shrinkage_at(WeightedSample(values), fit.mixture, Choices(3, shrinkage=50))
    assert found is not None
    np.testing.assert_array_equal(found.targets, expected.targets)


def test_asked_for_of_others_than_full_covariances_it_is_refused() -> None:
    with pytest.raises(ChoiceError, match=r'of full covariances.*with covariance="tied" leave it out'):
        pixture.fit(classes(0, 60, 3)[0], 2, covariance="tied", shrinkage=5)
    with pytest.raises(ChoiceError, match="shrinkage must be"):
        Choices(shrinkage=-1)
    with pytest.raises(ChoiceError, match="shrinkage must be one of auto, off"):
        Choices(shrinkage="much")


def test_a_stop_that_is_asked_for_ends_it() -> None:
    values = classes(3, 200, 12)[0]
    seen: list[int] = []

    def on_step(step: pixture.Step) -> bool:
        seen.append(step.iteration)
        return len(seen) == 2

    fit = pixture.fit(values, 3, on_step=on_step)
    assert fit.stop.name == "ASKED"
    assert len(seen) == 2
    assert fit.mixture.covariance == "full"


@pytest.mark.parametrize("smooth", ["light", "auto", 2.0])
def test_images_say_that_they_are_shrunk(smooth: str | float, tmp_path: Path) -> None:
    pixels = classes(4, 400, 12)[0].reshape(20, 20, 12)
    image = pixture.image_from_array(pixels, axes="yxc")
    result = pixture.segment(image, 4, smooth=smooth)
    assert result.fit.shrunk_by > 0
    result.save(tmp_path)
    (record,) = tmp_path.glob("*.json")
    assert json.loads(record.read_text(encoding="utf-8"))["shrunk_by"] == result.fit.shrunk_by
    page = result.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "covariances shrunk by" in page


def test_the_command_says_it(tmp_path: Path) -> None:
    import tifffile

    pixels = classes(5, 900, 12)[0].reshape(30, 30, 12).astype(np.float32)
    tifffile.imwrite(tmp_path / "cube.tif", pixels, planarconfig="contig")
    run = partial(CliRunner().invoke, app)
    done = run(["segment", str(tmp_path / "cube.tif"), "-k", "3", "--shrinkage", "20", "-o", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "covariances shrunk by 20 px each" in done.output
    refused = run(["segment", str(tmp_path / "cube.tif"), "--shrinkage", "some", "-o", str(tmp_path)])
    assert refused.exit_code == 2
    assert "neither a number nor one of auto, off" in refused.output
