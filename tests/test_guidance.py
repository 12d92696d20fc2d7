"""Guidance: the minimum cut against every labelling, laws of marks, and what a person sees of them."""

from __future__ import annotations

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
from pixture import ChoiceError, Guidance, ImageError, image_from_array
from pixture.arrays import Array, Integers
from pixture.cli import app
from pixture.imaging.histogram.histogram import histogram
from pixture.options.fitting import Choices
from pixture.segmentation.field.contrast import contrast_weights
from pixture.segmentation.field.mean_field import grid_of
from pixture.segmentation.field.minimum_cut import minimum_cut
from pixture.segmentation.field.neighbourhood import neighbourhood
from pixture.segmentation.guidance.guided_start import guided_start
from tests.reference_field import couplings, labellings, log_probabilities

SHAPE = (40, 50)
COLOURS = np.array([[60, 90, 160], [170, 120, 60], [80, 160, 90]])


def areas(seed: int = 0, spread: float = 20, classes: int = 3) -> tuple[Array, Integers]:
    """A disc and a stripe on a ground in three colours with noise, and which pixel is of which."""
    y, x = np.indices(SHAPE)
    truth = np.where((y - 20) ** 2 + (x - 16) ** 2 < 81, 1, 0)
    truth = np.where((x > 32) & (x < 44), 2, truth) if classes == 3 else truth
    noise = np.random.default_rng(seed).normal(0, spread, (*SHAPE, 3))
    return (COLOURS[truth] + noise).round().clip(0, 255).astype(np.uint8), truth


def marks(order: tuple[int, ...] = (1, 2, 3)) -> Integers:
    """Scribbles on the ground, the disc and the stripe, numbered in an order."""
    found = np.zeros(SHAPE, np.uint8)
    found[2, 2:30] = order[0]
    found[19:22, 12:20] = order[1]
    if len(order) > 2:
        found[5:35, 37] = order[2]
    return found


# --- the cut


@given(
    st.sampled_from([(3, 4), (1, 9), (2, 2, 3)]),
    st.sampled_from([0, 1]),
    st.floats(0, 8),
    st.integers(0, 999),
)
@settings(max_examples=40)
def test_a_cut_is_the_best_of_all_labellings(
    shape: tuple[int, ...], more: int, strength: float, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    near = neighbourhood({2: (4, 8), 3: (6, 26)}[len(shape)][more], (1.0,) * len(shape))
    pixels = generator.integers(0, 255, shape, dtype=np.uint8)
    image = image_from_array(pixels, axes="zyx"[-len(shape) :])
    grid = grid_of(histogram(image), near, contrast_weights(image, near)[:0])
    odds = generator.normal(0, 2, (1, *shape)[-3:])
    cut = minimum_cut(odds, grid, np.ones(grid.rows.shape, bool), strength)
    steps = {4: 1, 8: 2, 6: 1, 26: 3}[2 * len(near.offsets)]
    coupling = strength * couplings(shape, steps, (1.0,) * len(shape))
    joint = np.stack([np.zeros(odds.size), odds.ravel()])
    best = log_probabilities(labellings(odds.size, 2), joint, coupling).max()
    assert log_probabilities(cut.reshape(1, -1).astype(int), joint, coupling)[0] == pytest.approx(
        best, abs=1e-3
    )


def test_a_cut_leaves_out_masked_pixels_and_counts_contrast() -> None:
    generator = np.random.default_rng(2)
    pixels, mask = generator.integers(0, 255, (3, 4), dtype=np.uint8), np.ones((3, 4), bool)
    mask[1, 1:3] = False
    image = image_from_array(pixels, mask=mask)
    near = neighbourhood(8, (1.0, 1.0))
    contrast = contrast_weights(image, near)
    grid = grid_of(histogram(image), near, contrast)
    odds = generator.normal(0, 1, (1, 3, 4))
    cut = minimum_cut(odds, grid, mask[None], 3.0)
    coupling = np.zeros((12, 12))
    for n, (_, dy, dx) in enumerate(near.offsets):
        for y, x in np.ndindex(3, 4):
            if 0 <= y + dy < 3 and 0 <= x + dx < 4 and mask[y, x] and mask[y + dy, x + dx]:
                a, b = 4 * y + x, 4 * (y + dy) + x + dx
                coupling[min(a, b), max(a, b)] = 3 * near.weights[n] * contrast[n, 0, y, x] / 255
    joint = np.stack([np.zeros(12), np.where(mask, odds[0], 0).ravel()])
    best = log_probabilities(labellings(12, 2), joint, coupling).max()
    assert log_probabilities(cut.reshape(1, -1).astype(int), joint, coupling)[0] == pytest.approx(
        best, abs=1e-3
    )
    assert not cut[0][~mask].any()


def test_a_cut_without_marks_is_the_best_labelling_of_a_mixture() -> None:
    pixels = np.random.default_rng(0).integers(60, 140, (30, 30), dtype=np.uint8)
    two = pixture.Mixture([0.5, 0.5], [[80.0], [120.0]], [400.0, 400.0], "spherical")
    field, cut = (pixture.apply(two, pixels, smooth=5, inference=how) for how in ("mean-field", "cut"))
    np.testing.assert_array_equal(field.probabilities(), cut.probabilities())
    assert 0 < (field.labels != cut.labels).sum() < 0.2 * cut.labels.size
    np.testing.assert_array_equal(cut.merged().labels, cut.labels)
    for choices in ({"components": 3}, {"scribbles": marks()}):
        with pytest.raises(ChoiceError, match="A cut is of two labels, and there would be 3: ask for 2"):
            pixture.segment(areas()[0], smooth=3, inference="cut", **choices)


# --- marks


@pytest.mark.parametrize("kind", ["8 bits", "16 bits", "floats", "one channel"])
def test_three_classes_of_any_pixels(kind: str) -> None:
    pixels, truth = areas()
    changed: dict[str, Array] = {
        "8 bits": pixels,
        "16 bits": pixels.astype(np.uint16) * 257,
        "floats": pixels / np.float32(7),
        "one channel": pixels[..., 0],
    }
    result = pixture.segment(changed[kind], 1, scribbles=marks())
    assert (result.labels == truth).mean() > (0.97 if kind != "one channel" else 0.8)
    assert result.guidance is not None
    assert result.guidance.marks == ("1", "2", "3")
    assert len(result.classes) == 3
    assert result.probabilities().shape == (*SHAPE, 3)
    np.testing.assert_allclose(result.probabilities().sum(axis=-1), 1, atol=3e-3)
    assert result.fit.steps[-1].mixture is result.fit.mixture


@pytest.mark.parametrize("smooth", [None, "off", "light", "auto", 3])
@pytest.mark.parametrize("k", [1, 3])
def test_marked_pixels_keep_their_class(smooth: Any, k: int) -> None:
    pixels, _ = areas(spread=60)
    given = np.random.default_rng(0).integers(0, 9, SHAPE) * (np.random.default_rng(1).random(SHAPE) < 0.2)
    given = np.where(given > 3, 0, given)
    result = pixture.segment(pixels, k, scribbles=given, smooth=smooth)
    np.testing.assert_array_equal(result.labels[given > 0], given[given > 0] - 1)
    assert (result.probabilities()[given > 0].max(axis=-1) == 1).all()
    assert len(result.groups) == 3
    two = np.where(given == 3, 0, given)
    cut = pixture.segment(pixels, k, scribbles=two, smooth=smooth, inference="cut")
    np.testing.assert_array_equal(cut.labels[two > 0], two[two > 0] - 1)


def test_marks_that_may_be_wrong_are_overruled() -> None:
    pixels, truth = areas(classes=2)
    given = marks((1, 2))
    given[30:33, 30:33] = 2  # on the ground
    certain, doubted = (
        pixture.segment(pixels, 1, scribbles=given, certainty=certainty) for certainty in (1, 0.8)
    )
    assert (certain.labels[30:33, 30:33] == 1).all()
    assert (doubted.labels[30:33, 30:33] == 0).all()
    assert (doubted.labels == truth).mean() > 0.99


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
def test_labels_follow_the_numbers_of_the_marks(order: tuple[int, ...]) -> None:
    pixels, _ = areas()
    result = pixture.segment(pixels, 1, scribbles=marks(order))
    first = pixture.segment(pixels, 1, scribbles=marks())
    np.testing.assert_array_equal(result.labels, (np.array(order) - 1)[first.labels])


def test_a_volume_a_mask_and_a_line() -> None:
    pixels, truth = areas()
    volume = image_from_array(np.repeat(pixels[None], 3, axis=0), axes="zyxc")
    given = np.zeros((3, *SHAPE), np.int64)
    given[1] = marks()
    mask = np.ones(volume.shape, bool)
    mask[:, :, 46:] = False
    result = pixture.segment(volume, 1, scribbles=given, mask=mask)
    assert (result.labels == truth)[mask].mean() > 0.97
    assert (result.labels[~mask] == result.masked_label).all()
    line = pixture.segment(
        np.array([[0, 1, 2, 90, 91, 93, 94]], np.uint8), 1, scribbles=[[2, 0, 0, 0, 0, 0, 1]]
    )
    np.testing.assert_array_equal(line.labels, [[1, 1, 1, 0, 0, 0, 0]])


def test_the_bits_do_not_depend_on_threads(china: Array) -> None:
    given = np.zeros((90, 100), np.uint8)
    given[10:20, 10:30], given[60:70, 60:90] = 1, 2
    one, other = (
        pixture.segment(china[:90, :100], 2, scribbles=given, inference="cut", threads=threads)
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_array_equal(one.probabilities(), other.probabilities())
    np.testing.assert_array_equal(one.fit.history, other.fit.history)


def test_classes_merge_and_have_names() -> None:
    pixels, truth = areas()
    result = pixture.segment(pixels, 2, scribbles=marks())
    both = result.merged("1+2").named("ground", "things")
    np.testing.assert_array_equal(both.labels == 1, result.labels > 0)
    assert (result.named("a", "b", "c").foreground("c") == (truth == 2)).mean() > 0.97
    assert result.objects("1,2").count == 2
    assert (result.painted() != 0).any()
    assert result._repr_html_()
    assert result.animate().captions[0][0].startswith("EM iteration 0 of")


def test_of_few_values_there_are_fewer_components() -> None:
    pixels, _ = areas()
    given = marks()
    given[19:22, 12:20] = 0
    given[20, 15] = 2
    few = guided_start(histogram(image_from_array(pixels)), given, Choices(4))
    assert [len(group) for group in few.groups] == [1, 1, 1]
    given[15:25, 12:20] = 2
    more = guided_start(histogram(image_from_array(pixels)), given, Choices(4))
    assert len(more.groups[1]) == 4
    assert more.mixtures[-1].weights.sum() == pytest.approx(1)
    np.testing.assert_array_equal(more.components[0], np.arange(6))


# --- a box


@pytest.mark.parametrize("how", ["mean-field", "cut"])
def test_what_a_box_holds_is_cut_out(how: str) -> None:
    pixels, truth = areas(classes=2)
    result = pixture.segment(pixels, 2, box=(9, 5, 32, 28), inference=how)
    found = result.foreground("object")
    assert (found == truth).mean() > 0.98
    assert not found[:9].any()
    assert result.names == ("background", "object")
    touched = marks((1, 0))
    touched[19:22, 12:20] = 2
    again = pixture.segment(pixels, 2, box="9,5,32,28", scribbles=touched)
    assert (again.labels[touched == 2] == 1).all()


# --- what is refused


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.zeros((3, 4)), "The scribbles are 3 x 4, the image 40 x 50; they must agree."),
        (
            marks().T,
            r"The scribbles are 50 x 40, the image 40 x 50; they must agree. They would .*scribbles\.T",
        ),
        (np.zeros(SHAPE, int), "The scribbles mark nothing; mark pixels of at least two"),
        (marks((1, 1)), r"The scribbles mark one class only \(1\); mark"),
        (-marks().astype(int), r"Scribbles are whole numbers: 0 where nothing is known, .*; got -3\."),
        (marks() / 2, r"Scribbles are whole numbers: .*; got 0\.5\."),
        (np.arange(2000).reshape(SHAPE), "The scribbles hold 1,999 values, .*draw with a hard brush"),
        (marks() + 1, "Every pixel is marked, so nothing is left to find"),
        (np.full(SHAPE, 1j), "Pixels must be booleans, integers, or floats"),
    ],
)
def test_scribbles_that_are_refused(given: Any, said: str) -> None:
    with pytest.raises(ImageError, match=said):
        pixture.segment(areas()[0], 2, scribbles=given)


@pytest.mark.parametrize(
    ("choices", "kind", "said"),
    [
        ({"box": (0, 0, 50, 20)}, ChoiceError, r"lies within the image, 40 x 50, .*; got 0,0,50,20\."),
        ({"box": (5, 5, 5, 20)}, ChoiceError, "and holds some of it; got 5,5,5,20"),
        ({"box": (-1, 5, 9, 20)}, ChoiceError, "got -1,5,9,20"),
        ({"box": (0, 0, 40, 50)}, ChoiceError, "is the whole image, so nothing is background"),
        ({"box": (0, 0, 0, 1, 1, 1)}, ChoiceError, "A box in an image is TOP,LEFT,BOTTOM,RIGHT, 4 numbers"),
        ({"box": (1, 2, 3)}, ChoiceError, "box must be whole numbers TOP,LEFT,BOTTOM,RIGHT, or .*; got"),
        ({"box": (1, 2, 3, 4.5)}, ChoiceError, "box must be whole numbers"),
        ({"box": "a,b,c,d"}, ChoiceError, "box must be whole numbers"),
        (
            {"box": (9, 5, 32, 28), "scribbles": marks()},
            ImageError,
            "Beside a box, scribbles are 1 .*; got 3",
        ),
        (
            {"box": (30, 5, 38, 28), "scribbles": marks((1, 2))},
            ImageError,
            r"mark pixels of the object \(2\) outside",
        ),
        ({"certainty": 0.5}, ChoiceError, "A certainty goes with scribbles or a box"),
        (
            {"scribbles": marks(), "certainty": 0},
            ChoiceError,
            "certainty must be a finite number above 0; got 0",
        ),
        (
            {"scribbles": marks(), "certainty": 1.5},
            ChoiceError,
            "certainty must be above 0 and at most 1; got",
        ),
        (
            {"scribbles": marks(), "certainty": 0.3},
            ChoiceError,
            "no better than a guess; give more than 0.333",
        ),
        ({"scribbles": marks(), "components": "auto"}, ChoiceError, "components is the number of each class"),
        (
            {"scribbles": marks(), "init": pixture.Mixture([1], [[0.0] * 3], [1.0], "spherical")},
            ChoiceError,
            "A mixture to start from does not go with marked pixels",
        ),
        (
            {"scribbles": marks(), "mask": marks() != 2},
            ImageError,
            r"leaves no pixel of what is marked as class 2 \(2\)",
        ),
    ],
)
def test_guidance_that_is_refused(choices: dict[str, Any], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        pixture.segment(areas()[0], **choices)


def test_other_numbers_are_classes_in_ascending_order() -> None:
    pixels, truth = areas()
    with pytest.warns(pixture.UnclearScribblesWarning, match=r"hold the numbers 50, 128, 255: in this order"):
        result = pixture.segment(pixels, 1, scribbles=np.array([0, 50, 128, 255], np.uint8)[marks()])
    assert (result.labels == truth).mean() > 0.97
    missing = np.where(marks() == 0, np.nan, marks())
    np.testing.assert_array_equal(pixture.segment(pixels, 1, scribbles=missing).labels, result.labels)


# --- the command


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_follows_scribbles(tmp_path: Path) -> None:
    pixels, truth = areas()
    PIL.Image.fromarray(pixels).save(tmp_path / "a.png")
    PIL.Image.fromarray(marks()).save(tmp_path / "marks.png")
    out = tmp_path / "out"
    done = run(
        "segment", tmp_path / "a.png", "-k", 1, "--scribbles", tmp_path / "marks.png", "-o", out, "--report"
    )
    assert done.exit_code == 0, done.output
    said = json.loads((out / "a.json").read_text())
    assert said["guidance"]["files"] == [str(tmp_path / "marks.png")]
    assert [one["mark"] for one in said["guidance"]["classes"]] == ["1", "2", "3"]
    assert [one["pixels"] for one in said["guidance"]["classes"]] == [28, 24, 30]
    assert said["stop"]["reason"] == "converged"
    assert (np.asarray(PIL.Image.open(out / "a.labels.png")) == truth).mean() > 0.97
    PIL.Image.fromarray(marks()).save(tmp_path / "a.labels.png")
    over = run(
        "segment", tmp_path / "a.png", "--scribbles", tmp_path / "a.labels.png", "-o", tmp_path, "--overwrite"
    )
    assert (over.exit_code, "a.labels.png" in over.stderr) == (1, True)
    other = run(
        "segment", tmp_path / "a.png", "--scribbles", tmp_path / "absent.png", "-o", out, "--overwrite"
    )
    assert (other.exit_code, "absent.png" in other.stderr) == (1, True)


def test_colours_and_transparency_are_marks(tmp_path: Path) -> None:
    pixels, truth = areas()
    painted = np.zeros((*SHAPE, 4), np.uint8)
    for mark, colour in ((1, (0, 0, 255)), (2, (0, 200, 0)), (3, (255, 0, 0))):
        painted[marks() == mark] = (*colour, 255)
    painted[0, 0] = (9, 9, 9, 0)
    PIL.Image.fromarray(painted).save(tmp_path / "marks.png")
    result = pixture.segment(pixels, 1, scribbles=tmp_path / "marks.png")
    assert result.guidance is not None
    assert result.guidance.marks == ("#0000ff", "#00c800", "#ff0000")
    assert (result.labels == truth).mean() > 0.97
    np.testing.assert_array_equal(pixture.segment(pixels, 1, scribbles=painted).labels, result.labels)


def test_the_command_takes_a_box(tmp_path: Path) -> None:
    pixels, truth = areas(classes=2)
    PIL.Image.fromarray(pixels).save(tmp_path / "a.png")
    done = run("segment", tmp_path / "a.png", "--box", "9,5,32,28", "-o", tmp_path, "-k", 2)
    assert done.exit_code == 0, done.output
    said = json.loads((tmp_path / "a.json").read_text())
    assert said["guidance"]["box"] == [9, 5, 32, 28]
    assert [one["name"] for one in said["classes"]] == ["background", "object"]
    assert (np.asarray(PIL.Image.open(tmp_path / "a.labels.png")) == truth).mean() > 0.98
    wrong = run("segment", tmp_path / "a.png", "--box", "9,5,x,28", "-o", tmp_path)
    assert (wrong.exit_code, "'9,5,x,28' is not whole numbers TOP,LEFT" in wrong.stderr) == (2, True)


def test_guidance_shows_itself() -> None:
    assert Guidance(box=np.array([1, 2, 3, 4])).box == (1, 2, 3, 4)
    found = pixture.segment(areas()[0], 1, scribbles=marks()).guidance
    assert repr(found) == "<Marks: 82 pixels of 3 classes, certainty 1>"
    assert found is not None
    assert found.in_words == "marks of 3 classes"


def test_a_nucleus_is_cut_out_by_its_box(data: Path) -> None:
    folder = data / "dsb2018"
    if not folder.is_dir():
        pytest.skip(f"the nuclei are not in {folder}")
    path = sorted((folder / "labels").glob("*.png"))[0]
    labels = pixture.read(path).pixels
    truth = labels == np.bincount(labels[labels > 0].ravel()).argmax()
    rows, columns = (np.flatnonzero(truth.any(axis=axis)) for axis in (1, 0))
    box = (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)
    found = pixture.segment(folder / "images" / path.name, 2, box=box).foreground("object")
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.8
