"""Labels made classes, named, made a foreground and objects; in Python and as commands."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import pixture
from pixture import ChoiceError, Mixture, Segmentation
from pixture.arrays import Array
from pixture.cli import app
from pixture.imaging.encoding.png import png
from pixture.mixture.comparison.moment_matching import moment_matched
from pixture.segmentation.classes.class_choice import foreground_labels, groups_of, names_of


def cells() -> Array:
    """Four bright discs, two of which touch, on a dark ground with a grey border; noise."""
    y, x = np.mgrid[:80, :120]
    pixels = np.full((80, 120), 30.0)
    pixels[:, 100:] = 100
    for row, column in ((20, 20), (20, 60), (55, 30), (55, 50)):
        pixels[np.hypot(y - row, x - column) < 11] = 200
    return (
        (pixels + np.random.default_rng(0).normal(0, 4, pixels.shape)).round().clip(0, 255).astype(np.uint8)
    )


@pytest.fixture(scope="module", params=["off", "light"])
def result(request: pytest.FixtureRequest) -> Segmentation:
    return pixture.segment(cells(), 3, smooth=request.param)


def test_a_merged_class_has_the_probability_of_both(result: Segmentation) -> None:
    merged = result.merged("0+2")
    assert merged.groups == ((0, 2), (1,))
    apart, together = result.probabilities(), merged.probabilities()
    np.testing.assert_allclose(together[..., 0], apart[..., 0] + apart[..., 2], atol=1e-3)
    np.testing.assert_allclose(together[..., 1], apart[..., 1], atol=1e-3)
    np.testing.assert_array_equal(merged.labels, together.argmax(axis=-1))
    np.testing.assert_allclose(merged.shares, np.bincount(merged.labels.ravel()) / merged.labels.size)
    assert (merged.entropy() <= result.entropy() + 2e-3).all()
    assert (merged.uncertain_shares() <= 1).all()
    assert merged.fit is result.fit
    assert merged.mixture.components == 2
    for found in merged.classes:
        values = cells()[merged.labels == found.label].astype(float)
        assert found.mean[0] == pytest.approx(values.mean())
        assert found.standard_deviation[0] == pytest.approx(values.std())


def test_merging_again_merges_the_classes(result: Segmentation) -> None:
    assert result.merged("1+2").merged([0, 1]).groups == ((0, 1, 2),)
    assert (result.merged("1+2").merged([0, 1]).labels == 0).all()
    four = pixture.segment(cells(), 4)
    np.testing.assert_array_equal(four.merged("1+2").merged("1+2").labels, four.merged([1, 2, 3]).labels)
    np.testing.assert_array_equal(four.merged("0+1", "2+3").labels, four.merged([2, 3], (1, 0)).labels)


@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 1000))
@settings(max_examples=25)
def test_a_class_s_gaussian_has_the_moments_of_its_components(K: int, d: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    weights, means = generator.dirichlet(np.ones(K)), generator.normal(0, 5, (K, d))
    roots = generator.normal(0, 1, (K, d, d))
    covariances = roots @ roots.swapaxes(1, 2) + 0.1 * np.eye(d)
    mixture = Mixture(weights, means, covariances)
    (one,) = [moment_matched(mixture, [range(K)])]
    mean = weights @ means
    second = np.einsum("k,kij->ij", weights, covariances + means[:, :, None] * means[:, None, :])
    np.testing.assert_allclose(one.means[0], mean, atol=1e-9)
    np.testing.assert_allclose(one.covariances[0], second - np.outer(mean, mean), atol=1e-8)
    same = moment_matched(mixture, [[k] for k in range(K)])
    np.testing.assert_allclose(same.covariances, covariances, atol=1e-9)


@given(st.integers(1, 7), st.data())
def test_groups_hold_each_label_once(count: int, data: st.DataObject) -> None:
    labels = data.draw(st.permutations(range(count)))
    group = labels[: data.draw(st.integers(0, count))]
    found = groups_of(["+".join(map(str, group))] if len(group) > 1 else [], count)
    assert sorted(label for one in found for label in one) == list(range(count))
    assert [one[0] for one in found] == sorted(one[0] for one in found)
    assert all(list(one) == sorted(one) for one in found)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda r: r.merged("1+7"), "There is no label 7: there are labels 0 to 2."),
        (lambda r: r.merged("0+1", "1+2"), "Label 1 is to be merged twice"),
        (lambda r: r.merged("sky"), "numbers with \\+ between them"),
        (lambda r: r.merged(1), "Two labels or more are merged"),
        (lambda r: r.named("a", "b"), "expected 3 names, got 2"),
        (lambda r: r.named("a", "b", "a"), "Names differ"),
        (lambda r: r.named("a", "", "b"), "none is empty"),
        (lambda r: r.foreground("7"), "There is no label 7"),
        (lambda r: r.foreground("0,1,2"), "would be all of the image"),
        (lambda r: r.foreground("brihgt"), "'brihgt'.*bright"),
        (lambda r: r.foreground(1.5), "labels such as 2,3"),
        (lambda r: r.merged("0+1+2").objects("bright"), "the only label there is"),
        (lambda r: r.objects("bright", split="maybe"), "maybe"),
    ],
)
def test_what_is_refused(call: Any, said: str, result: Segmentation) -> None:
    with pytest.raises(ChoiceError, match=said):
        call(result)


def test_names_are_where_labels_are(result: Segmentation, tmp_path: Path) -> None:
    named = result.named("ground", "border", "cell")
    assert [found.name for found in named.classes] == ["ground", "border", "cell"]
    np.testing.assert_array_equal(named.foreground("cell"), named.labels == 2)
    np.testing.assert_array_equal(named.foreground(["cell", 0]), named.labels != 1)
    named.save(tmp_path, stem="a")
    with (tmp_path / "a.classes.csv").open(newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["ground", "border", "cell"]
    assert named.merged("0+1").names == ()
    assert names_of([" a", "b "], 2) == ("a", "b")


def test_objects_of_a_class_are_counted(result: Segmentation) -> None:
    found = result.objects("bright")
    assert found.count == 4
    assert result.objects("bright", split="none").count == 3
    assert result.objects("bright", min_size=10_000).count == 0
    assert set(found.columns["class"].tolist()) == {2}
    assert foreground_labels("bright,0", 3) == (0, 2)
    both = result.objects([1, 2])
    assert sorted(set(both.columns["class"].tolist())) == [1, 2]


def test_the_command_writes_objects(tmp_path: Path) -> None:
    PIL.Image.fromarray(cells()).save(tmp_path / "a.png")
    words = ["-k", "3", "--merge", "0+1", "--names", "ground,cell", "--foreground", "cell"]
    out = tmp_path / "out"
    run = CliRunner().invoke(app, ["segment", str(tmp_path / "a.png"), *words, "-o", str(out)])
    assert run.exit_code == 0, run.output
    assert "4 objects" in run.stderr + run.stdout
    ids = np.asarray(PIL.Image.open(out / "a.objects.png"))
    with (out / "a.objects.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == ids.max() == 4
    assert all(int(row["pixels"]) == (ids == int(row["object"])).sum() for row in rows)
    assert {row["class_name"] for row in rows} == {"cell"}
    assert json.loads((out / "a.json").read_text())["merged"] == [[0, 1], [2]]
    words = [str(tmp_path / "a.png"), *words, "-o", str(out), "--skip-existing"]
    before = (out / "a.json").stat().st_mtime_ns
    assert CliRunner().invoke(app, ["segment", *words]).exit_code == 0
    assert (out / "a.json").stat().st_mtime_ns == before
    (out / "a.objects.csv").unlink()
    lacking = CliRunner().invoke(app, ["segment", *words])
    assert lacking.exit_code == 1
    assert "a.objects.csv" in lacking.stderr


def test_apply_finds_objects_too(tmp_path: Path) -> None:
    PIL.Image.fromarray(cells()).save(tmp_path / "a.png")
    model, out = tmp_path / "m.pixture", tmp_path / "out"
    assert (
        CliRunner().invoke(app, ["fit", str(tmp_path / "a.png"), "-k", "3", "-o", str(model)]).exit_code == 0
    )
    words = ["--foreground", "2", "--min-size", "50", "-o", str(out), "--json"]
    run = CliRunner().invoke(app, ["apply", str(model), str(tmp_path / "a.png"), *words])
    assert run.exit_code == 0, run.output
    assert '"objects": 4' in run.stdout


def test_several_images_have_a_table_of_their_objects(tmp_path: Path) -> None:
    scene = np.full((40, 60), 20, np.uint8)
    scene[5:15, 5:15] = scene[20:30, 30:50] = 200
    for name in ("a", "b"):
        (tmp_path / f"{name}.png").write_bytes(png(np.roll(scene, 3 * (name == "b"), axis=1)))
    out = tmp_path / "out"
    images = [str(tmp_path / f"{name}.png") for name in ("a", "b")]
    words = ["segment", *images, "-k", "2", "--foreground", "bright", "-o", str(out)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.stderr
    assert "2 objects covering 12.5 %" in " ".join(done.stderr.split())
    lines = (out / "summary.objects.csv").read_text().splitlines()
    assert lines == ["image,objects,dropped,pixels,share", "a,2,0,300,0.125", "b,2,0,300,0.125"]
    (out / "summary.objects.csv").write_text("mine")
    (out / "a.json").unlink()
    refused = CliRunner().invoke(app, [*words, "--skip-existing"])
    assert refused.exit_code == 1
    assert "not a summary that pixture wrote" in " ".join(refused.stderr.split())
