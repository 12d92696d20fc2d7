"""Scores of objects beside plain loops over all pairs; volumes, NIfTI files and the command."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture.arrays import Integers
from pixture.cli import app
from pixture.errors import ImageError, ReadError
from pixture.imaging.encoding.png import png
from pixture.segmentation.evaluation.annotations import read_labels
from pixture.segmentation.evaluation.object_scores import ObjectScores, object_scores

SEEDS = st.integers(0, 2**32 - 1)
THRESHOLDS = [step / 20 for step in range(10, 20)]


def instances(seed: int, shape: tuple[int, ...], count: int) -> Integers:
    """Objects of a few numbers with gaps between them, in blocks, so that some agree well."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, count + 1, shape) * 3
    return np.repeat(coarse, 3, axis=-1)


def by_pairs(labels: Integers, truth: Integers) -> tuple[list[int], int, int]:
    """Matches at every threshold, by looking at all pairs."""
    found = [number for number in np.unique(labels) if number]
    true = [number for number in np.unique(truth) if number]
    ious = [
        [((labels == i) & (truth == j)).sum() / ((labels == i) | (truth == j)).sum() for j in true]
        for i in found
    ]
    matched = [sum(any(iou > t + 1e-9 for iou in row) for row in ious) for t in THRESHOLDS]
    return matched, len(found), len(true)


@settings(deadline=None, max_examples=80)
@given(
    seed=SEEDS,
    shape=st.sampled_from([(1, 1), (3, 4), (6, 5), (2, 3, 4)]),
    counts=st.tuples(*[st.integers(0, 4)] * 2),
    changed=st.integers(0, 6),
)
def test_scores_by_pairs(seed: int, shape: tuple[int, ...], counts: tuple[int, int], changed: int) -> None:
    truth = instances(seed, shape, counts[0])
    labels = truth.copy()  # a few pixels changed, so that many match
    rng = np.random.default_rng(seed + 1)
    labels.reshape(-1)[rng.integers(0, labels.size, changed)] = 7 * rng.integers(0, counts[1] + 1)
    scores = object_scores(labels, truth)
    matched, found, true = by_pairs(labels, truth)
    assert (list(scores.matched), scores.found, scores.true) == (matched, found, true)
    if found and true:
        assert scores.precision == matched[0] / found
        assert scores.recall == matched[0] / true
        assert scores.f1 == pytest.approx(2 * matched[0] / (found + true))
        assert scores.average_precision == pytest.approx(
            np.mean([tp / (found + true - tp) for tp in matched])
        )
    if (labels != 0).any() or (truth != 0).any():
        both = ((labels != 0) & (truth != 0)).sum()
        assert scores.dice == 2 * both / ((labels != 0).sum() + (truth != 0).sum())


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS, count=st.integers(0, 5))
def test_numbers_of_objects_do_not_matter_and_the_same_is_perfect(seed: int, count: int) -> None:
    labels, other = instances(seed, (6, 5), count), instances(seed + 1, (6, 5), 3)
    renamed = np.where(labels, 1000 - labels, 0)
    same = object_scores(renamed, labels)
    assert same.f1 == same.precision == same.recall == same.average_precision == same.dice == 1
    assert object_scores(renamed, other) == object_scores(labels, other)
    there, back = object_scores(labels, other), object_scores(other, labels)
    assert (there.matched, there.precision) == (back.matched, back.recall)


def test_an_iou_of_exactly_the_threshold_is_no_match() -> None:
    assert object_scores([[1, 1, 0]], [[1, 0, 0]]).matched[0] == 0
    assert object_scores([[1, 1, 1, 0]], [[1, 1, 0, 0]]).matched == (1, 1, 1, 1, 0, 0, 0, 0, 0, 0)
    fifths = object_scores([[1] * 5], [[1] * 4 + [0]])  # .8, which floats would round
    assert sum(fifths.matched) == 6


def test_nothing_on_either_side() -> None:
    nothing = np.zeros((3, 4), int)
    assert object_scores(nothing, nothing) == ObjectScores((0,) * 10, 0, 0, 0, 0, 0)
    assert object_scores(nothing, nothing).average_precision == 1
    one = nothing.copy()
    one[0, 0] = 1
    for scores in (object_scores(one, nothing), object_scores(nothing, one)):
        assert (scores.f1, scores.average_precision, scores.dice) == (0, 0, 0)


def test_ignored_pixels_and_other_shapes() -> None:
    truth, labels = np.array([[1, 1, 9, 9]]), np.array([[4, 4, 4, 5]])
    scores = object_scores(labels, truth, ignore=9)
    assert (scores.f1, scores.dice, scores.found) == (1, 1, 1)
    with pytest.raises(ImageError, match="one shape"):
        object_scores(truth, truth.T)


def test_an_evaluation_pools_and_averages() -> None:
    truth = np.array([[1, 1, 0, 2, 2, 0]])
    found = [
        pixture.evaluate(labels, truth, objects=True) for labels in (truth, np.array([[1, 1, 0, 0, 0, 0]]))
    ]
    both = pixture.Evaluation(tuple(one.images[0] for one in found))
    summary = both.summary()
    assert (summary["objects_found"], summary["objects_true"]) == (3, 4)
    assert (summary["object_precision"], summary["object_recall"]) == (1, 0.75)
    assert summary["object_f1"] == pytest.approx(6 / 7)
    assert summary["object_f1_mean"] == pytest.approx((1 + 2 / 3) / 2)
    assert summary["average_precision"] == pytest.approx(0.75)
    assert "object F1 0.857" in repr(both)
    assert "object F1 1.000" in repr(both.images[0])
    assert both.table()[1]["foreground_dice"] == pytest.approx(2 / 3)
    assert "object_f1" not in pixture.evaluate(truth, truth).summary()
    twice = pixture.evaluate(truth, [truth, truth], objects=True).summary()
    assert twice["objects_true"] == 4  # counts add over annotators


def test_objects_and_regions_are_evaluated_as_their_labels() -> None:
    mask = np.indices((20, 30)).sum(axis=0) % 9 < 4
    found = pixture.find_objects(mask)
    assert pixture.evaluate(found, found.labels, objects=True).summary()["object_f1"] == 1
    regions = pixture.regions(np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8))
    assert pixture.evaluate(regions, regions, objects=True).summary()["average_precision"] == 1


def test_volumes_have_scores_but_of_boundaries() -> None:
    volume = instances(0, (3, 4, 5), 4)
    found = pixture.evaluate(volume, volume, objects=True)
    summary = found.summary()
    assert summary["covering"] == summary["object_f1"] == summary["average_precision"] == 1
    assert "boundary_f" not in summary
    assert "boundary" not in repr(found) + repr(found.images[0])
    assert pixture.evaluate(volume, [volume, volume]).images[0].annotators == 2
    with pytest.raises(ImageError, match="one after the other"):
        pixture.evaluate([volume[0], volume[1]], volume[0])


nibabel: Any = pytest.importorskip("nibabel")


def nifti(path: Path, labels: Integers) -> Path:
    nibabel.Nifti1Image(labels.T, np.eye(4)).to_filename(path)
    return path


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_nifti_files_are_read(tmp_path: Path, suffix: str, dtype: Any) -> None:
    volume = instances(0, (3, 4, 5), 4)
    path = nifti(tmp_path / f"scan{suffix}", volume.astype(dtype))
    np.testing.assert_array_equal(read_labels(path), volume)
    plane = nifti(tmp_path / f"plane{suffix}", volume[:1].astype(dtype))
    np.testing.assert_array_equal(read_labels(plane), volume[0])
    assert pixture.evaluate(path, path, objects=True).summary()["object_f1"] == 1


def test_nifti_files_that_hold_no_labels(tmp_path: Path) -> None:
    path = nifti(tmp_path / "a.nii", np.full((2, 3, 4), 0.5, np.float32))
    with pytest.raises(ReadError, match="whole numbers"):
        read_labels(path)
    whole = path.read_bytes()
    for content in (b"", b"nothing", whole[:-4], whole[:300]):
        path.write_bytes(content)
        with pytest.raises(ReadError, match=r"a\.nii"):
            read_labels(path)
    with pytest.raises(ReadError, match=r"c\.nii"):
        read_labels(tmp_path / "c.nii")


def test_without_nibabel_the_extra_is_named(tmp_path: Path) -> None:
    path = nifti(tmp_path / "a.nii", np.ones((2, 3, 4), np.uint8))
    code = (
        "import sys; sys.modules['nibabel'] = None; import pixture\n"
        f"try: pixture.evaluate({str(path)!r}, {str(path)!r})\n"
        "except pixture.ReadError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert "pip install 'pixture[medical]'" in run.stdout


def test_the_command_scores_objects(tmp_path: Path) -> None:
    predictions, truth = tmp_path / "predictions", tmp_path / "truth"
    predictions.mkdir()
    truth.mkdir()
    for i, name in enumerate(("cat", "dog")):
        labels = instances(i, (8, 9), 3)
        (truth / f"{name}.png").write_bytes(png(labels.astype(np.uint16)))
        (predictions / f"{name}.objects.png").write_bytes(png((labels * (labels != 3)).astype(np.uint16)))
    table = tmp_path / "scores.csv"
    arguments = [str(predictions), str(truth), "--objects"]
    done = CliRunner().invoke(app, ["evaluate", *arguments, "--csv", str(table)])
    assert done.exit_code == 0, done.output
    for said in ("object F1", "average precision", "objects found", "foreground Dice", "boundary F"):
        assert said in done.stdout
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["objects_found"], row["objects_true"]) for row in rows] == [("2", "3")] * 2
    assert [float(row["object_precision"]) for row in rows] == [1, 1]
    done = CliRunner().invoke(app, ["evaluate", *arguments, "--json"])
    summary = json.loads(done.stdout)["summary"]
    assert summary["object_f1"] == pytest.approx(0.8)
    volumes = [tmp_path / "v.npy", tmp_path / "w.npy"]
    for path in volumes:
        np.save(path, instances(0, (2, 3, 4), 3))
    done = CliRunner().invoke(app, ["evaluate", *map(str, volumes), "--objects"])
    assert done.exit_code == 0, done.output
    assert "boundary" not in done.stdout
