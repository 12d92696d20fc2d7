"""Scores of segmentations: naive twins, an independent judge, and the command as a user runs it."""

from __future__ import annotations

import csv
import importlib.util
import itertools
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import scipy.io
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture.arrays import Integers
from pixture.cli import app
from pixture.errors import ImageError, ReadError
from pixture.imaging.encoding.png import png
from pixture.segmentation.evaluation.annotations import read_annotations, read_labels
from pixture.segmentation.evaluation.boundary_scores import (
    boundary_scores,
    drawn_boundaries,
    label_boundaries,
    matching,
    thinned,
)
from pixture.segmentation.evaluation.evaluate import evaluate
from pixture.segmentation.evaluation.evaluation import BOUNDARY_DETAILS, DETAILS, ImageScores
from pixture.segmentation.evaluation.region_scores import region_scores
from tests.test_find_regions import scene

SHARED = Path(__file__).parents[2] / "shared"
TRUTH = SHARED / "data" / "bsds500" / "groundTruth" / "train"
IMAGES = SHARED / "data" / "bsds500" / "images" / "train"
needs_data = pytest.mark.skipif(not TRUTH.is_dir(), reason="needs ../shared/data/bsds500")
SEEDS = st.integers(0, 2**32 - 1)


def labelling(seed: int, rows: int, columns: int, count: int) -> Integers:
    return np.random.default_rng(seed).integers(0, count, (rows, columns))


@pytest.fixture(scope="module")
def judge() -> ModuleType:
    path = SHARED / "tools" / "region_scores.py"
    if not path.exists():
        pytest.skip("needs ../shared/tools/region_scores.py")
    spec = importlib.util.spec_from_file_location("judge", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@settings(deadline=None, max_examples=40)
@given(
    seed=SEEDS, rows=st.integers(1, 6), columns=st.integers(2, 6), counts=st.tuples(*[st.integers(1, 4)] * 2)
)
def test_scores_by_counting(seed: int, rows: int, columns: int, counts: tuple[int, int]) -> None:
    one, other = (labelling(seed + i, rows, columns, count) for i, count in enumerate(counts))
    scores = region_scores(one, [other])
    pairs = list(itertools.combinations(zip(one.ravel().tolist(), other.ravel().tolist(), strict=True), 2))
    agree = np.mean([(p[0] == q[0]) == (p[1] == q[1]) for p, q in pairs])
    assert scores.probabilistic_rand == pytest.approx(agree)
    covered = 0.0
    for j in np.unique(other):
        ious = [((one == i) & (other == j)).sum() / ((one == i) | (other == j)).sum() for i in np.unique(one)]
        covered += (other == j).sum() * max(ious)
    assert scores.covering == pytest.approx(covered / other.size)
    both = one.ravel() * 10 + other.ravel()

    def bits(labels: Integers) -> float:
        share = np.unique(labels, return_counts=True)[1] / labels.size
        return float(-(share * np.log2(share)).sum())

    assert scores.variation_of_information == pytest.approx(
        2 * bits(both) - bits(one) - bits(other), abs=1e-9
    )


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS, rows=st.integers(1, 9), columns=st.integers(2, 9), count=st.integers(1, 5))
def test_names_of_labels_do_not_matter_and_the_same_is_perfect(
    seed: int, rows: int, columns: int, count: int
) -> None:
    labels, other = labelling(seed, rows, columns, count), labelling(seed + 1, rows, columns, 3)
    renamed = 1000 - 7 * labels
    same = region_scores(labels, [renamed])
    assert same.covering == same.probabilistic_rand == same.adjusted_rand == same.jaccard == same.dice == 1
    assert same.variation_of_information == pytest.approx(0, abs=1e-9)
    assert region_scores(renamed, [other]) == region_scores(-labels, [other])
    there, back = region_scores(labels, [other]), region_scores(other, [labels])
    assert there.variation_of_information == pytest.approx(back.variation_of_information)
    assert there.adjusted_rand == pytest.approx(back.adjusted_rand)


def test_adjusted_rand_is_scikit_learn_s() -> None:
    from sklearn.metrics import adjusted_rand_score

    for seed in range(20):
        one, other = labelling(seed, 9, 9, 1 + seed % 4), labelling(seed + 99, 9, 9, 3)
        expected = adjusted_rand_score(other.ravel(), one.ravel())
        assert region_scores(one, [other]).adjusted_rand == pytest.approx(expected)


def test_pixels_of_an_ignored_label_count_for_nothing() -> None:
    truth = np.array([[1, 1, 2, 0], [1, 1, 2, 0]])
    one, other = truth.copy(), truth.copy()
    one[:, 3], other[:, 3] = 1, 9
    assert region_scores(one, [truth], ignore=0) == region_scores(other, [truth], ignore=0)
    assert region_scores(one, [truth], ignore=0).covering == 1


@settings(deadline=None, max_examples=80)
@given(seed=SEEDS, n=st.integers(0, 6), m=st.integers(0, 6), reach=st.sampled_from([0.0, 1.0, 1.5, 2.9]))
def test_as_many_pairs_as_can_be_are_matched(seed: int, n: int, m: int, reach: float) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 5, (n, 2)), rng.integers(0, 5, (m, 2))
    found = matching(one, other, reach)
    chosen = [(i, j) for i, j in enumerate(found.tolist()) if j >= 0]
    assert len({j for _, j in chosen}) == len(chosen)
    assert all(np.hypot(*(one[i] - other[j])) <= reach for i, j in chosen)

    def most(i: int, free: frozenset[int]) -> int:
        if i == n:
            return 0
        near = [j for j in free if np.hypot(*(one[i] - other[j])) <= reach]
        return max([most(i + 1, free)] + [1 + most(i + 1, free - {j}) for j in near])

    assert len(chosen) == most(0, frozenset(range(m)))


def test_thinning_leaves_lines() -> None:
    thick = np.zeros((12, 40), bool)
    thick[4:7] = True
    line = thinned(thick)
    assert (line.sum(axis=0) <= 1).all()
    assert line[:, 3:-3].sum() == 34
    assert (thinned(line) == line).all()
    assert not thinned(np.zeros((3, 3), bool)).any()


def test_boundaries_within_the_tolerance_match() -> None:
    line = np.zeros((300, 400), bool)
    line[:, 100] = True  # 0.75 % of the diagonal of 500 are 3.75 pixels
    assert boundary_scores(line, [np.roll(line, 3, axis=1)]).f == 1
    assert boundary_scores(line, [np.roll(line, 4, axis=1)]).f == 0
    missed = boundary_scores(line, [line, np.roll(line, 50, axis=1)])
    assert (missed.precision, missed.recall) == (1, 0.5)
    nothing = boundary_scores(np.zeros_like(line), [line])
    assert (nothing.precision, nothing.recall, nothing.f) == (1, 0, 0)


def test_shapes_must_agree() -> None:
    with pytest.raises(ImageError, match="one shape"):
        region_scores(np.zeros((2, 3), int), [np.zeros((3, 2), int)])
    with pytest.raises(ImageError, match="one shape"):
        boundary_scores(np.zeros((2, 3)), [np.zeros((3, 2))])
    with pytest.raises(ImageError, match="tolerance"):
        boundary_scores(np.zeros((2, 3)), [np.zeros((2, 3))], tolerance=-1)
    with pytest.raises(ImageError, match="no truth"):
        evaluate(np.zeros((2, 3), int), [])
    with pytest.raises(ImageError, match="whole numbers"):
        evaluate(np.zeros((2, 3)), np.zeros((2, 3), int))
    assert evaluate(np.zeros((1, 1), int), np.zeros((1, 1), int)).summary()["covering"] == 1


def test_a_tree_scores_as_its_cuts_do() -> None:
    found = pixture.regions(scene(60, 80))
    truth = [labelling(0, 60, 80, 3), found.cut(regions=3).labels, found.cut(regions=7).labels]
    scores = evaluate(found, truth).images[0]
    assert scores.cuts is not None
    assert scores.regions == evaluate(found.labels, truth).images[0].regions
    for detail, of_cut in zip(DETAILS, scores.cuts.regions, strict=True):
        labels = found.cut(detail=detail).labels
        again = region_scores(labels, truth)
        assert of_cut.covering == pytest.approx(again.covering)
        assert of_cut.variation_of_information == pytest.approx(again.variation_of_information, abs=1e-9)
        assert of_cut.jaccard == pytest.approx(again.jaccard)
    said = [drawn_boundaries(labels) for labels in truth]
    for detail, lines in zip(BOUNDARY_DETAILS, scores.cuts.boundaries, strict=True):
        assert lines == boundary_scores(label_boundaries(found.cut(detail=detail).labels), said)


@needs_data
def test_the_judge_agrees_on_berkeley_images(judge: ModuleType) -> None:
    scores = []
    images: list[ImageScores] = []
    for path in sorted(TRUTH.glob("*.mat"))[:12]:
        said = judge.load_gt(str(path))
        seg = judge.dense(
            np.add.outer(np.arange(said[0].shape[0]) // 60, 10 * (np.arange(said[0].shape[1]) // 90))
        )
        scores.append(judge.score(seg, said))
        ours = evaluate(seg, [annotation.labels for annotation in read_annotations(path)])
        images += ours.images
        assert ours.images[0].regions.covering == pytest.approx(scores[-1]["covering"], abs=1e-9)
    summary = pixture.Evaluation(tuple(images)).summary()
    expected = judge.summary(scores)
    for name, theirs in (
        ("covering", "covering"),
        ("variation_of_information", "voi"),
        ("probabilistic_rand", "pri"),
    ):
        assert summary[name] == pytest.approx(expected[theirs], abs=1e-9)


@needs_data
def test_people_agree_with_themselves_on_boundaries() -> None:
    annotations = read_annotations(sorted(TRUTH.glob("*.mat"))[0])
    for annotation in annotations:  # a label image gives what the .mat file stores
        np.testing.assert_array_equal(annotation.boundaries, drawn_boundaries(annotation.labels))
    assert len(annotations) >= 3
    drawn = [annotation.boundaries for annotation in annotations]
    assert boundary_scores(drawn[0], drawn[:1]).f > 0.99
    assert 0.5 < boundary_scores(drawn[0], drawn[1:]).f < 1


def test_label_images_of_every_kind_are_read(tmp_path: Path) -> None:
    labels = labelling(0, 5, 6, 300)
    np.save(tmp_path / "a.npy", labels)
    (tmp_path / "b.png").write_bytes(png(labels.astype(np.uint16)))
    assert (read_labels(tmp_path / "a.npy") == labels).all()
    assert (read_labels(tmp_path / "b.png") == labels).all()
    (tmp_path / "c.png").write_bytes(png(np.random.default_rng(0).integers(0, 255, (4, 4, 3), np.uint8)))
    with pytest.raises(ReadError, match="one channel"):
        read_labels(tmp_path / "c.png")
    np.save(tmp_path / "d.npy", labels / 3)
    with pytest.raises(ReadError, match="whole numbers"):
        read_labels(tmp_path / "d.npy")
    (tmp_path / "e.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(ReadError, match="cannot be read"):
        read_labels(tmp_path / "e.npy")
    for content in (b"", b"MATLAB 5.0 MAT-file", b"x" * 300):
        (tmp_path / "f.mat").write_bytes(content)
        with pytest.raises(ReadError, match="Berkeley"):
            read_annotations(tmp_path / "f.mat")
    scipy.io.savemat(tmp_path / "g.mat", {"other": np.ones(3)})
    with pytest.raises(ReadError, match="Berkeley"):
        read_annotations(tmp_path / "g.mat")


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["evaluate", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_scores_folders(tmp_path: Path) -> None:
    predictions, truth = tmp_path / "predictions", tmp_path / "truth"
    for annotator in ("anna", "ben"):
        (truth / annotator).mkdir(parents=True)
    predictions.mkdir()
    for i, name in enumerate(("cat", "dog", "owl")):
        labels = labelling(i, 8, 9, 3)
        np.save(predictions / f"{name}.regions.npy", labels)
        if name != "owl":
            (truth / "anna" / f"{name}.png").write_bytes(png(labels.astype(np.uint8)))
            (truth / "ben" / f"{name}.png").write_bytes(png(labels.astype(np.uint8) // 2))
    table = tmp_path / "scores.csv"
    status, out, err = run(predictions, truth, "--csv", table)
    assert status == 0, err
    assert "2 images" in out
    assert "owl" in err
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["image"] for row in rows] == ["cat", "dog"]
    assert rows[0]["annotators"] == "2"
    assert 0.5 < float(rows[0]["covering"]) < 1
    status, _, err = run(predictions, truth, "--csv", table)
    assert status == 1
    assert "would be overwritten" in err
    status, out, _ = run(predictions / "cat.regions.npy", truth / "anna" / "cat.png", "--json")
    assert status == 0
    assert json.loads(out)["summary"]["covering"] == 1


def test_the_command_refuses_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    np.save(tmp_path / "a" / "x.npy", np.ones((3, 3), int))
    np.save(tmp_path / "b" / "y.npy", np.ones((3, 4), int))
    for arguments, said in (
        ((tmp_path / "a", tmp_path / "b"), "partner"),
        ((tmp_path / "a", tmp_path / "b" / "y.npy"), "both"),
        ((tmp_path / "a" / "x.npy", tmp_path / "b" / "y.npy"), "one shape"),
        ((tmp_path / "a" / "x.npy", tmp_path / "b" / "z.npy"), "z.npy"),
    ):
        status, _, err = run(*arguments)
        assert status == 1
        assert said in err
        assert len(err.strip().splitlines()) == 1
