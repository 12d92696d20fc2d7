"""Ellipses and intervals hold the mass they are asked for, and lie where the component does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pixture import ChoiceError, Ellipse, Mixture, ellipse, interval
from pixture.arrays import Floats
from pixture.options.fitting import CovarianceName
from tests.strategies import mixture_of, structures

MASSES = (0.01, 0.5, 0.95, 0.9999)


def mixture() -> Mixture:
    """Two components in three channels."""
    matrix = np.array([[4.0, 1.5, 0.3], [1.5, 1.0, 0.2], [0.3, 0.2, 2.0]])
    return Mixture([0.4, 0.6], [[1.0, 2.0, 3.0], [-5.0, 0.0, 5.0]], [matrix, np.diag([1.0, 2.0, 3.0])])


def inside(found: Ellipse, points: Floats) -> Floats:
    """Whether points lie within, by the ellipse's own numbers."""
    turn = np.array(
        [[math.cos(found.angle), math.sin(found.angle)], [-math.sin(found.angle), math.cos(found.angle)]]
    )
    along = (points - found.centre) @ turn.T / found.radii
    within: Floats = np.square(along).sum(axis=1)
    return within


@pytest.mark.parametrize("mass", MASSES)
def test_it_holds_its_share_of_draws(mass: float, generator: np.random.Generator) -> None:
    n, channels = 100_000, (2, 0)
    drawn = generator.multivariate_normal(mixture().means[0], mixture().covariances[0], n)
    found = ellipse(mixture(), 0, mass, channels)
    tolerance = 5 * math.sqrt(mass * (1 - mass) / n)
    assert abs((inside(found, drawn[:, channels]) <= 1).mean() - mass) < tolerance
    low, high = interval(mixture(), 0, mass, 1)
    assert abs(((low <= drawn[:, 1]) & (drawn[:, 1] <= high)).mean() - mass) < tolerance


@given(st.integers(0, 2**32 - 1), structures, st.floats(1e-6, 1 - 1e-6))
def test_its_outline_is_where_the_mahalanobis_distance_is_chi_square_s(
    seed: int, structure: CovarianceName, mass: float
) -> None:
    generator = np.random.default_rng(seed)
    matrices = np.array([np.cov(generator.normal(size=(3, 12))) for _ in range(2)])
    made = mixture_of(np.array([0.5, 0.5]), generator.normal(0, 9, (2, 3)), matrices, structure)
    found = ellipse(made, 1, mass, (2, 1))
    deviations = found.points(17) - made.means[1, [2, 1]]
    inverse = np.linalg.inv(made.matrices()[1][np.ix_([2, 1], [2, 1])])
    np.testing.assert_allclose(
        np.einsum("ni,ij,nj->n", deviations, inverse, deviations), stats.chi2.ppf(mass, 2), rtol=1e-7
    )
    assert found.radii[0] >= found.radii[1]
    assert -math.pi / 2 < found.angle <= math.pi / 2


def test_exchanged_channels_mirror_it() -> None:
    one, other = ellipse(mixture(), 0), ellipse(mixture(), 0, channels=(1, 0))
    np.testing.assert_allclose(one.centre, other.centre[::-1])
    np.testing.assert_allclose(one.radii, other.radii)
    assert math.isclose(one.angle, math.pi / 2 - other.angle)


def test_points_go_round_once() -> None:
    found = Ellipse(np.array([3.0, 4.0]), np.array([2.0, 1.0]), 0.3)
    points = found.points()
    assert points.shape == (100, 2)
    np.testing.assert_allclose(points.mean(axis=0), found.centre)
    np.testing.assert_allclose(inside(found, points), 1)
    np.testing.assert_allclose(points[0], [3 + 2 * math.cos(0.3), 4 + 2 * math.sin(0.3)])
    with pytest.raises(ChoiceError, match="at least 1; got 0"):
        found.points(0)


@pytest.mark.parametrize("mass", [*MASSES, 1e-12, 1 - 1e-14, np.nextafter(1, 0)])
def test_intervals_are_the_quantiles(mass: float) -> None:
    low, high = interval(mixture(), 1, mass, 2)
    assert math.isclose(high, 5 - math.sqrt(3) * stats.norm.ppf((1 - mass) / 2), rel_tol=1e-12)
    assert math.isclose(low + high, 10)


def test_one_channel_has_an_interval() -> None:
    grey = Mixture([1.0], [[10.0]], [4.0], "spherical")
    with pytest.raises(ChoiceError, match="the mixture has one: ask for its interval"):
        ellipse(grey, 0)
    np.testing.assert_allclose(interval(grey, 0, math.erf(1 / math.sqrt(2))), (8, 12))


def test_a_component_without_extent_is_a_line() -> None:
    """The floor keeps a fit from it, but the least eigenvalue may round to less than nothing."""
    line = Mixture([1.0], [[0.0, 0.0]], [[[1e8, 1e8], [1e8, 1e8 + 1e-6]]])
    radii = ellipse(line, 0).radii
    assert np.isfinite(radii).all()
    assert radii[0] > 1e7 * radii[1]


@pytest.mark.parametrize("mass", [0.0, 1.0, -1.0, 95, math.nan])
def test_a_mass_out_of_its_range_is_refused(mass: float) -> None:
    with pytest.raises(ChoiceError, match="mass must be above 0 and below 1"):
        ellipse(mixture(), 0, mass)
    with pytest.raises(ChoiceError, match="mass must be above 0 and below 1"):
        interval(mixture(), 0, mass)


def test_what_is_not_there_is_refused() -> None:
    for component in (-1, 2):
        with pytest.raises(ChoiceError, match=f"component must be 0 to 1; got {component}"):
            ellipse(mixture(), component)
        with pytest.raises(ChoiceError, match=f"component must be 0 to 1; got {component}"):
            interval(mixture(), component)
    for channels in ((0, 3), (-1, 0)):
        with pytest.raises(ChoiceError, match="A channel must be 0 to 2"):
            ellipse(mixture(), 0, channels=channels)
    with pytest.raises(ChoiceError, match="A channel must be 0 to 2"):
        interval(mixture(), 0, channel=3)
    with pytest.raises(ChoiceError, match=r"two different ones; got \(1, 1\)"):
        ellipse(mixture(), 0, channels=(1, 1))


def test_an_ellipse_is_immutable() -> None:
    found = ellipse(mixture(), 0)
    with pytest.raises(ValueError, match="read-only"):
        found.centre[0] = 1
    with pytest.raises(AttributeError):
        found.angle = 0.0  # type: ignore[misc]  # wrong on purpose
