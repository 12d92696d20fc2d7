"""The playground's steps are those of EM and k-means, as a few lines of NumPy have them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from sklearn.cluster import KMeans

import pixture
from pixture.arrays import Array, Floats
from pixture.studio.playground.playground_points import SETS, points_of, start_at
from pixture.studio.session.messages import Question
from pixture.studio.session.questions import new_session
from pixture.studio.session.session import Session


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = new_session(tmp_path_factory.mktemp("studio"))
    yield made
    made.close()


def asked(session: Session, name: str, **says: Any) -> tuple[dict[str, Any], tuple[Any, ...]]:
    answer = session.ask(Question(name, says))
    assert "error" not in answer.says, answer.says["error"]
    return dict(answer.says), tuple(answer.buffers)


def refused(session: Session, name: str, **says: Any) -> str:
    return str(session.ask(Question(name, says)).says["error"])


def densities(points: Floats, mixture: dict[str, Any]) -> Floats:
    """w_k N(x_n; m_k, S_k), (K, n)."""
    parts = zip(mixture["weights"], mixture["means"], mixture["covariances"], strict=True)
    return np.array([w * multivariate_normal(m, S).pdf(points) for w, m, S in parts])


def expected(points: Floats, mixture: dict[str, Any]) -> tuple[Array, float]:
    """Responsibilities and log-likelihood a point, by their definition."""
    joint = densities(points, mixture)
    return joint / joint.sum(axis=0), float(np.log(joint.sum(axis=0)).mean())


@given(st.sampled_from(["three", "stretched", "rings"]), st.integers(0, 50))
def test_the_e_step_is_bayes_rule(session: Session, name: str, seed: int) -> None:
    made, _ = asked(session, "play-points", set=name, seed=seed)
    points, start = np.array(made["points"]), made["start"]
    says, (buffer,) = asked(session, "play-e", points=made["points"], mixture=start)
    shares, log_likelihood = expected(points, start)
    found = np.frombuffer(buffer, "<f4").reshape(shares.shape)
    np.testing.assert_allclose(found, shares, atol=1e-5)
    assert says["log_likelihood"] == pytest.approx(log_likelihood, rel=1e-9)
    np.testing.assert_allclose(says["of_each"], shares.sum(axis=1), rtol=1e-9, atol=1e-9)
    assert says["settled"] is False


@given(st.sampled_from(["three", "stretched", "rings"]), st.integers(0, 50))
def test_the_m_step_is_weighted_averages(session: Session, name: str, seed: int) -> None:
    made, _ = asked(session, "play-points", set=name, seed=seed)
    points, start = np.array(made["points"]), made["start"]
    says, _ = asked(session, "play-m", points=made["points"], mixture=start)
    shares, _ = expected(points, start)
    for k, of in enumerate(shares):
        mean = of @ points / of.sum()
        away = points - mean
        np.testing.assert_allclose(says["mixture"]["weights"][k], of.mean(), rtol=1e-9)
        np.testing.assert_allclose(says["mixture"]["means"][k], mean, rtol=1e-9, atol=1e-9)
        scatter = (of[:, None] * away).T @ away / of.sum()
        np.testing.assert_allclose(says["mixture"]["covariances"][k], scatter, rtol=1e-7, atol=1e-9)
    assert says["kept"] == list(range(len(shares)))
    assert says["collapsed"] == []
    assert says["scikit_learn"] is None


@pytest.mark.parametrize("covariance", ["full", "tied", "diagonal", "spherical"])
def test_step_by_step_is_where_a_fit_ends(session: Session, covariance: Any) -> None:
    points = points_of("three", 3)
    mixture = start_at(points, 3, "random", 3)
    start: Any = {
        "full": mixture.matrices(),
        "tied": mixture.matrices().mean(axis=0),
        "diagonal": np.diagonal(mixture.matrices(), axis1=1, axis2=2),
        "spherical": np.trace(mixture.matrices(), axis1=1, axis2=2) / 2,
    }
    first = pixture.Mixture(mixture.weights, mixture.means, start[covariance], covariance)
    fit = pixture.fit(
        points, 3, covariance=covariance, init=first, tol=1e-4, accelerate=False, shrinkage="off"
    )
    now: Any = {"weights": first.weights.tolist(), "means": first.means.tolist()}
    now["covariances"] = first.matrices().tolist()
    before, history = None, []
    for _ in range(500):
        says, _ = asked(session, "play-e", points=points.tolist(), mixture=now, before=before)
        before = says["log_likelihood"]
        history.append(before)
        if says["settled"]:
            break
        answer, _ = asked(session, "play-m", points=points.tolist(), mixture=now, covariance=covariance)
        now = answer["mixture"]
    assert says["settled"]
    assert np.diff(history).min() >= -1e-12
    assert history[-1] == pytest.approx(fit.log_likelihood, abs=1e-3)
    np.testing.assert_allclose(sorted(now["weights"]), sorted(fit.mixture.weights), atol=0.02)


@given(st.sampled_from(sorted(SETS)), st.integers(0, 30))
def test_k_means_is_lloyd_s(session: Session, name: str, seed: int) -> None:
    points = points_of(name, seed)
    centres = points[:: len(points) // 4][:4] + np.array([0.1, 0.2])
    scale = points.std(axis=0)
    for _ in range(50):
        says, _ = asked(session, "play-k-means", points=points.tolist(), centres=centres.tolist())
        labels = (((points[:, None] - centres) / scale) ** 2).sum(axis=2).argmin(axis=1)
        np.testing.assert_array_equal(says["labels"], labels)
        np.testing.assert_array_equal(says["of_each"], np.bincount(labels, minlength=4))
        moved = np.array(
            [points[labels == k].mean(axis=0) if (labels == k).any() else centres[k] for k in range(4)]
        )
        np.testing.assert_allclose(says["moved"], moved, atol=1e-9)
        potential = (((points - moved[labels]) / scale) ** 2).sum()
        assert says["potential"] == pytest.approx(potential, rel=1e-9)
        if says["settled"]:
            break
        centres = np.array(says["moved"])
    assert says["settled"]
    lloyd = KMeans(4, init=centres / scale, n_init=1, algorithm="lloyd").fit(points / scale)
    assert says["potential"] == pytest.approx(lloyd.inertia_, rel=1e-6)


@pytest.mark.parametrize("name", ["outlier", "equal"])
def test_a_component_collapses_and_its_floor_holds_it(session: Session, name: str) -> None:
    made, _ = asked(session, "play-points", set=name, seed=0)
    lone = len(made["start"]["weights"]) - 1
    assert made["start"]["means"][lone] == made["points"][-1]
    ends: dict[Any, Any] = {}
    for floor in (None, 0, 0.25):
        now, before = made["start"], None
        for _ in range(200):
            says, _ = asked(session, "play-e", points=made["points"], mixture=now, before=before)
            answer, _ = asked(session, "play-m", points=made["points"], mixture=now, floor=floor)
            now, before = answer["mixture"], says["log_likelihood"]
            if says["settled"]:
                break
        ends[floor] = answer, before, np.linalg.eigvalsh(now["covariances"][lone])[0]
    for floor in (None, 0, 0.25):
        answer, _, least = ends[floor]
        assert answer["collapsed"] == [lone]
        assert least > 0
        if floor != 0.25:  # wider, it answers for others too
            assert "ill-defined empirical covariance" in answer["scikit_learn"]
    assert ends[0.25][2] == pytest.approx(0.25)
    # the thinner it may be, the higher the likelihood, without bound
    assert ends[0][1] > ends[None][1] + 0.05 > ends[0.25][1] + 0.1


def test_starts_have_as_many_components_as_are_asked_for(session: Session) -> None:
    points = points_of("three", 1).tolist()
    for init in ("random", "quantiles", "kmeans++", "greedy"):
        for components in range(1, 9):
            says, _ = asked(session, "play-start", points=points, components=components, init=init, seed=2)
            assert len(says["start"]["weights"]) == components


@pytest.mark.parametrize(
    ("name", "says", "words"),
    [
        ("play-points", {"set": "four", "seed": 0}, "set must be one of three, stretched, rings"),
        ("play-points", {"set": "three", "seed": -1}, "seed must be a whole number from 0"),
        ("play-start", {"points": [], "components": 1}, "points must be n × 2 finite numbers; got []"),
        ("play-start", {"points": [[1, 2]], "components": 2}, "components must be a whole number from 1"),
        ("play-start", {"points": [[1, 2], [2, 3]], "components": 2, "init": "x"}, "init must be one of"),
        ("play-e", {"points": [[1, 2, 3]]}, "points must be n × 2 finite numbers"),
        ("play-e", {"points": [[1, 2], [3]]}, "points must be n × 2 finite numbers"),
        ("play-e", {"points": [[1, "a"]]}, "points must be n × 2 finite numbers"),
        ("play-e", {"points": [[1, 1e400]]}, "points must be n × 2 finite numbers"),
        ("play-e", {"points": [[1, 1e7]]}, "Points must lie within 1,000,000 of the middle"),
        ("play-e", {"points": [[1, 1]] * 2001}, "There must be 1 to 2,000 points; got 2,001"),
        ("play-e", {"points": [[1, 1]], "mixture": 3}, "mixture must be weights, means and covariances"),
        ("play-k-means", {"points": [[1, 1]], "centres": [[1, 1]] * 9}, "centres must be at most 8; got 9"),
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused_in_a_sentence(
    session: Session, name: str, says: dict[str, Any], words: str
) -> None:
    assert words in refused(session, name, **says)


def test_a_mixture_that_is_none_is_refused(session: Session) -> None:
    mixture = {"weights": [1.0], "means": [[0, 0]], "covariances": [[[1, 2], [2, 1]]]}
    assert "not positive definite" in refused(session, "play-e", points=[[0, 1]], mixture=mixture)
    many = {"weights": [1 / 9] * 9, "means": [[0, 0]] * 9, "covariances": [[[1, 0], [0, 1]]] * 9}
    assert "at most 8 components; got 9" in refused(session, "play-m", points=[[0, 1]], mixture=many)


def test_questions_are_answered_without_an_image(tmp_path: Path) -> None:
    made = new_session(tmp_path)
    assert made.document.opened is None
    assert len(made.ask(Question("play-points", {"set": "rings"})).says["points"]) == 200
    made.close()
