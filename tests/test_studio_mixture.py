"""The studio's mixture, steps and choices: edits, what is scrubbed, the form, equivalents."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

import pixture
from pixture.arrays import Array, Floats, Integers
from pixture.commands.app import app
from pixture.imaging.feature_space.lab_colour import lab
from pixture.imaging.image_from_array import image_from_array
from pixture.mixture.extensions.fixed_parameters import Frozen, fit_within
from pixture.mixture.model.posterior import responsibilities
from pixture.mixture.model.weighted_sample import WeightedSample
from pixture.options.classes import Classes
from pixture.options.fitting import Choices
from pixture.options.option import option_in
from pixture.segmentation.component_count.image_components import select_image
from pixture.studio.choices.chosen import Chosen, options_by_part
from pixture.studio.choices.equivalent_command import command_line, left_out, python
from pixture.studio.choices.options_form import options_form
from pixture.studio.components.edited import classes_from, groups_in, labels_after, renumbered
from pixture.studio.marks.strokes import Drawn, Stroke
from pixture.studio.runs import selecting
from pixture.studio.session.document import Document, Found, OpenedImage
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.outbox import Outbox
from pixture.studio.session.questions import new_session
from pixture.studio.session.session import Session
from pixture.studio.session_file.from_segmentation import chosen_by


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = new_session(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four colours that overlap little, in blocks."""
    random = np.random.default_rng(5)
    colours = np.array([[40, 50, 60], [200, 60, 60], [70, 190, 90], [225, 220, 235]])
    blocks = np.repeat(np.repeat(colours.reshape(2, 2, 3), 24, axis=0), 32, axis=1)
    pixels = (blocks + random.normal(0, 11, blocks.shape)).clip(0, 255).astype(np.uint8)
    path = tmp_path_factory.mktemp("picture") / "two words.png"
    Pillow.fromarray(pixels).save(path)
    return path


def ask(session: Session, name: str, /, *buffers: bytes, **says: Any) -> Answer:
    return session.ask(Question(name, says, buffers))


def done(session: Session, answer: Answer) -> None:
    assert "error" not in answer.says, answer.says
    assert session.wait(60)
    assert session.state("run")["status"] == "done", session.state("run")


def opened(session: Session, path: Path, **choices: Any) -> Session:
    assert ask(session, "choose", choices={"smooth": "off", **choices}).says == {}
    done(session, ask(session, "open-path", path=str(path)))
    return session


def found_in(session: Session) -> Found:
    assert session.document.found is not None
    return session.document.found


def floats(buffer: bytes | memoryview, *shape: int) -> Floats:
    return np.frombuffer(buffer, "<f4").reshape(shape).astype(float)


# --- steps


def test_steps_are_the_way_of_the_fit(session: Session, picture: Path) -> None:
    opened(session, picture)
    answer = ask(session, "steps", run=found_in(session).run)
    recorded = pixture.segment(picture, smooth="off").record().steps
    said = answer.says["steps"]
    assert [one["iteration"] for one in said] == [step.iteration for step in recorded]
    assert [one["components"] for one in said] == [step.components.tolist() for step in recorded]
    at = 0
    for step in recorded:
        K = step.mixture.components
        weights = floats(answer.buffers[0], -1)[at : at + K]
        means = floats(answer.buffers[1], -1, 3)[at : at + K]
        spreads = floats(answer.buffers[2], -1, 3, 3)[at : at + K]
        np.testing.assert_allclose(weights, step.mixture.weights, rtol=1e-6)
        np.testing.assert_allclose(means, step.mixture.means, rtol=1e-6)
        np.testing.assert_allclose(spreads, step.mixture.matrices(), rtol=1e-5, atol=1e-4)
        at += K
    assert said[-1]["log_likelihood"] == pytest.approx(found_in(session).segmentation.fit.log_likelihood)
    assert "out of date" in ask(session, "steps", run=10_000).says["error"]


def test_the_labels_of_the_last_step_are_those_found(session: Session, picture: Path) -> None:
    opened(session, picture)
    segmentation = found_in(session).segmentation
    last = len(segmentation.fit.steps) - 1
    answer = ask(session, "labels-at", at=last)
    seen = np.frombuffer(answer.buffers[0], np.uint8).reshape(answer.says["height"], answer.says["width"])
    np.testing.assert_array_equal(seen, segmentation.labels)
    assert ask(session, "labels-at", at=last).buffers[0] is answer.buffers[0]  # it was kept
    ask(session, "merge", labels=[0, 2])
    merged = ask(session, "labels-at", at=last)
    np.testing.assert_array_equal(
        np.frombuffer(merged.buffers[0], np.uint8), found_in(session).segmentation.labels.ravel()
    )
    assert "at must be a whole number" in ask(session, "labels-at", at=last + 1).says["error"]


# --- edits


def test_a_locked_component_stays_and_the_others_move_on(session: Session, picture: Path) -> None:
    opened(session, picture, components=3)
    before = found_in(session).segmentation.fit.mixture
    ask(session, "lock", label=2, locked=True)
    assert [one["locked"] for one in session.state("result")["components"]] == [False, False, True]
    done(session, ask(session, "delete", label=0))
    segmentation = found_in(session).segmentation
    (at,) = session.document.locked
    assert session.state("result")["components"][at]["locked"]
    np.testing.assert_array_equal(segmentation.fit.mixture.means[at], before.means[2])
    np.testing.assert_array_equal(segmentation.fit.mixture.covariances[at], before.covariances[2])
    assert not np.allclose(segmentation.fit.mixture.means[1 - at], before.means[1], atol=0.5)
    ask(session, "lock", label=at, locked=False)
    done(session, ask(session, "run"))
    assert not session.document.locked
    assert found_in(session).segmentation.fit.log_likelihood >= segmentation.fit.log_likelihood


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), locked=st.sets(st.integers(0, 2), max_size=3))
def test_a_fit_with_fixed_components_is_what_a_naive_twin_gives(seed: int, locked: set[int]) -> None:
    random = np.random.default_rng(seed)
    values = np.concatenate([random.normal(mean, 1.0, (40, 2)) for mean in (0, 4, 9)])
    start = pixture.fit(values[::3], 3, seed=seed).mixture
    choices = Choices(components=3, tol=0, max_iter=8)
    found = fit_within(WeightedSample(values), start, Frozen.shapes(3, locked), choices)
    weights, means, matrices = start.weights, start.means.copy(), start.matrices().copy()
    for _ in range(found.iterations):
        joint = np.stack([
            w * np.exp(-0.5 * np.einsum("nd,de,ne->n", values - m, np.linalg.inv(S), values - m))
            / np.sqrt(np.linalg.det(S))
            for w, m, S in zip(weights, means, matrices, strict=True)
        ])  # fmt: skip
        r = joint / joint.sum(axis=0)
        weights = r.mean(axis=1)
        for k in range(3):
            if k not in locked:
                means[k] = r[k] @ values / r[k].sum()
                matrices[k] = (r[k] * (values - means[k]).T) @ (values - means[k]) / r[k].sum()
    np.testing.assert_allclose(found.mixture.weights, weights, rtol=1e-4)
    np.testing.assert_allclose(found.mixture.means, means, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found.mixture.matrices(), matrices, rtol=1e-3, atol=1e-3)
    for k in locked:
        np.testing.assert_array_equal(found.mixture.means[k], start.means[k])
    assert (np.diff(found.history) >= -1e-9).all()


def test_smoothing_keeps_what_is_locked(session: Session, picture: Path) -> None:
    opened(session, picture, components=3)
    ask(session, "lock", label=2, locked=True)
    before = found_in(session).segmentation.mixture.means[2]
    ask(session, "choose", choices={"smooth": 4})
    done(session, ask(session, "run"))
    np.testing.assert_array_equal(found_in(session).segmentation.mixture.means[2], before)
    ask(session, "choose", choices={"bias": True})
    ask(session, "run")
    session.wait(60)
    assert "unlock" in session.state("run")["sentence"]


def test_a_split_adds_a_component_and_names_stay(session: Session, picture: Path) -> None:
    opened(session, picture, components=3)
    segmentation = found_in(session).segmentation
    spread = np.linalg.det(segmentation.mixture.matrices()).argmax()
    for label, name in enumerate(("a", "b", "c")):
        ask(session, "rename", label=label, name=name)
    done(session, ask(session, "split", label=int(spread)))
    after = found_in(session).segmentation
    assert after.mixture.components == 4
    assert after.fit.log_likelihood > segmentation.fit.log_likelihood
    assert session.document.chosen.choices.components == session.state("choices")["components"] == 4
    old = "abc"[spread]
    assert set(after.names) == {"a", "b", "c"} - {old} | {f"{old} 1", f"{old} 2"}
    for k, name in enumerate("abc"):
        if name != old:  # a component that was not split is where it was, under its name
            at = after.names.index(name)
            assert np.linalg.norm(after.mixture.means[at] - segmentation.mixture.means[k]) < 10


def test_classes_are_merged_named_and_taken_apart(session: Session, picture: Path) -> None:
    opened(session, picture)
    assert ask(session, "rename", label=3, name="snow").says == {}
    assert session.document.chosen.classes == Classes(names="0,1,2,snow")
    ask(session, "merge", labels=[3, 1])
    segmentation = found_in(session).segmentation
    assert segmentation.groups == ((0,), (1, 3), (2,))
    expected = pixture.segment(picture, smooth="off").merged("1+3")
    np.testing.assert_array_equal(segmentation.labels, expected.labels)
    assert session.document.chosen.classes.merge == session.state("choices")["merge"] == "1+3"
    assert "unmerge it first" in ask(session, "split", label=1).says["error"]
    ask(session, "merge", labels=[0, 1])
    assert found_in(session).segmentation.groups == ((0, 1, 3), (2,))
    ask(session, "rename", label=0, name="")
    ask(session, "unmerge", label=0)
    assert found_in(session).segmentation.mixture.components == 4
    for name, says in (("rename", {"name": "a,b"}), ("rename", {"name": 3}), ("delete", {"label": 4})):
        assert "error" in ask(session, name, **{"label": 0, **says}).says
    assert "error" in ask(session, "merge", labels=[1, 1]).says
    assert "error" in ask(session, "colour", label=0, colour="red").says
    ask(session, "colour", label=0, colour="#ABCDEF")
    assert session.state("palette")[0] == "#abcdef"


def test_classes_that_are_shown_can_be_named_after_other_choices(session: Session, picture: Path) -> None:
    opened(session, picture)
    assert ask(session, "merge", labels=[1, 2]).says == {}
    assert ask(session, "choose", choices={"components": 2}).says == {}  # and nothing is run
    assert ask(session, "rename", label=1, name="sky").says == {}
    assert [one["name"] for one in session.state("result")["components"]] == ["0", "sky", "2"]
    assert ask(session, "unmerge").says == {}
    names = [one["name"] for one in session.state("result")["components"]]
    assert names == ["0", "sky 1", "sky 2", "3"]


def test_two_classes_of_one_name_are_refused(session: Session, picture: Path) -> None:
    opened(session, picture)
    assert ask(session, "rename", label=0, name="sky").says == {}
    answer = ask(session, "rename", label=1, name="sky")
    assert answer.says["error"].startswith("Names differ from each other")
    assert session.document.chosen.classes.named[:2] == ("sky", "1")
    assert [one["name"] for one in session.state("result")["components"]] == ["sky", "1", "2", "3"]


def test_parts_of_a_class_have_names_that_none_has(session: Session, picture: Path) -> None:
    opened(session, picture)
    ask(session, "rename", label=0, name="sky 1")
    ask(session, "rename", label=1, name="sky")
    done(session, ask(session, "split", label=1))
    names = {one["name"] for one in session.state("result")["components"]}
    assert {name for name in names if not name.isdigit()} == {"sky 1", "sky 2", "sky 3"}
    assert not session.state("result")["warnings"]
    at = next(one["label"] for one in session.state("result")["components"] if one["name"] == "sky 2")
    ask(session, "merge", labels=[at, (at + 1) % 5])
    assert ask(session, "unmerge").says == {}
    called = [one["name"] for one in session.state("result")["components"] if one["name"]]
    assert len(set(called)) == len(called)


@pytest.mark.parametrize(("choice", "value"), [("smooth", "light"), ("covariance", "tied")])
def test_what_is_chosen_while_an_edit_is_fitted_stays_chosen(
    session: Session, picture: Path, monkeypatch: pytest.MonkeyPatch, choice: str, value: str
) -> None:
    opened(session, picture)
    tell = Session.tell_step

    def choose_meanwhile(self: Session, *step: Any) -> None:
        monkeypatch.setattr(Session, "tell_step", tell)
        assert ask(session, "choose", choices={choice: value}).says == {}

    monkeypatch.setattr(Session, "tell_step", choose_meanwhile)
    done(session, ask(session, "split", label=0))
    assert session.document.chosen.as_dict()[choice] == session.state("choices")[choice] == value
    assert found_in(session).segmentation.mixture.components == 5
    if choice == "smooth":
        assert session.document.chosen.choices.components == 5
        assert session.document.start is not None
    else:  # a fit begins elsewhere then
        assert session.document.start is None


def test_each_time_has_a_mixture_as_the_library_has_it(session: Session, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    levels = [random.choice([40 + 20 * time, 160], (30, 40)) for time in range(3)]
    series = np.stack(levels) + random.normal(0, 5, (3, 30, 40))
    path, pixels = tmp_path / "series.tif", series.round().astype(np.uint8)
    tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": "TYX"})
    opened(session, path, components=2, per_time=True)
    found = found_in(session).segmentation
    expected = pixture.segment(path, 2, smooth="off", per_time=True)
    assert len(found.per_time) == 3
    np.testing.assert_array_equal(found.labels, expected.labels)
    assert "--per-time" in ask(session, "equivalent").says["command"]
    assert "leave per_time out" in ask(session, "lock", label=0, locked=True).says["error"]
    # it opens as it was, in a file and of a segmentation
    assert chosen_by(found).times == session.document.chosen.times
    ask(session, "save-session", image=True)
    (saved,) = session.folder.glob("outputs/session/*")
    done(session, ask(session, "open-path", path=str(saved)))
    np.testing.assert_array_equal(found_in(session).segmentation.labels, expected.labels)
    # an image without times has one mixture
    tifffile.imwrite(path.with_name("one.tif"), pixels[0])
    done(session, ask(session, "open-path", path=str(path.with_name("one.tif"))))
    assert session.state("choices")["per_time"] is False


def test_a_segmentation_without_bias_is_shown_with_what_it_was_chosen_by(picture: Path) -> None:
    assert chosen_by(pixture.segment(picture, 2, bias=True)).scan.bias
    assert not chosen_by(pixture.segment(picture, 2)).scan.bias


def test_more_labels_than_a_byte_holds_are_seen_as_the_last(session: Session, picture: Path) -> None:
    frames: list[Array] = []
    view = Outbox(lambda: None)
    session.attach(view)
    opened(session, picture, components=300, max_iter=2, accelerate=False)
    while (message := view.take()) is not None:
        if "frame" in message.says:
            frames.append(np.frombuffer(message.buffers[0], np.uint8))
    segmentation = found_in(session).segmentation
    last = len(segmentation.fit.steps) - 1
    seen = np.frombuffer(ask(session, "labels-at", at=last).buffers[0], np.uint8)
    np.testing.assert_array_equal(seen, np.minimum(segmentation.labels, 254).ravel())
    assert all((frame == 254).sum() > 10 for frame in frames)
    assert frames


def test_a_comparison_that_is_out_of_date_when_it_is_done_is_not_shown(
    session: Session, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(session, picture)

    def select_slowly(*given: Any, **more: Any) -> Any:
        found = select_image(*given, **more)
        assert ask(session, "choose", choices={"covariance": "tied"}).says == {}
        return found

    monkeypatch.setattr(selecting, "select_image", select_slowly)
    done(session, ask(session, "select"))
    assert session.state("selection") is None
    assert "out of date" in session.state("run")["sentence"]


def test_the_last_class_stays(session: Session, picture: Path) -> None:
    opened(session, picture, components=1)
    assert "last class" in ask(session, "delete", label=0).says["error"]


def test_a_cancelled_edit_changes_nothing(session: Session, picture: Path) -> None:
    opened(session, picture)
    before = session.document
    ask(session, "split", label=0)
    ask(session, "cancel")
    session.wait(60)
    if session.state("run")["status"] == "cancelled":  # else it was quicker
        assert session.document.start is before.start
        assert session.document.chosen == before.chosen


def test_classes_that_do_not_fit_are_left_with_a_warning(session: Session, picture: Path) -> None:
    opened(session, picture)
    ask(session, "choose", choices={"names": "a,b"})
    done(session, ask(session, "run"))
    assert found_in(session).segmentation.names == ()
    assert any("expected 4 names" in one for one in session.state("result")["warnings"])
    ask(session, "choose", choices={"components": 2})
    assert session.document.chosen.classes == Classes()


def test_choices_say_where_a_fit_starts(session: Session, picture: Path) -> None:
    opened(session, picture)
    ask(session, "lock", label=0, locked=True)
    ask(session, "choose", choices={"tol": 1e-3})
    starts = [session.document.start]
    ask(session, "choose", choices={"seed": 3})
    starts.append(session.document.start)
    assert starts[0] is not None
    assert starts[1] is None
    assert not session.document.locked


@given(st.permutations(range(5)), st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_classes_follow_their_labels(new: list[int], classes: list[int]) -> None:
    groups = [([k for k in range(5) if classes[k] == one], f"kind {one}") for one in sorted(set(classes))]
    after = groups_in(renumbered(classes_from(groups), new), 5)
    for labels, name in groups:
        assert (tuple(sorted(new[label] for label in labels)), name) in after


def test_a_class_without_a_name_keeps_none() -> None:
    """A number that stands for a name is that of the class as it is now, not as it was."""
    classes = Classes("0+3", "0,sea,2")
    assert renumbered(classes, [3, 0, 1, 4]) == Classes("3+4", "sea,1,2")
    assert renumbered(Classes(names="0,1"), [1, 0]) == Classes()


def test_components_are_found_again_after_a_fit() -> None:
    values = np.random.default_rng(1).normal(0, 1, (300, 1)) + np.repeat([[0], [8], [30]], 100, axis=0)
    mixture = pixture.fit(values, 3).mixture
    start = mixture.permuted([2, 0, 1])
    assert labels_after(start, pixture.fit(values, init=start)) == (2, 0, 1)


# --- the density


def test_the_density_counts_every_pixel(session: Session, picture: Path) -> None:
    opened(session, picture)
    assert ask(session, "axes").says == {"names": ["R", "G", "B"], "lab": ["L*", "a*", "b*"]}
    pixels = np.asarray(Pillow.open(picture)).reshape(-1, 3)
    answer = ask(session, "density", x=0, y=2)
    shape = answer.says["height"], answer.says["width"]
    grid = floats(answer.buffers[0], *shape)
    (left, right), (low, high) = answer.says["x"], answer.says["y"]
    expected = np.histogram2d(pixels[:, 2], pixels[:, 0], bins=shape, range=((low, high), (left, right)))[0]
    np.testing.assert_array_equal(grid, expected)
    assert len(answer.buffers[1]) == 3 * grid.size
    line = ask(session, "density", x=1)
    assert floats(line.buffers[0], -1).sum() == len(pixels)
    assert "error" in ask(session, "density", x=3, y=0).says


def test_components_in_lab_are_what_they_answer_for(session: Session, picture: Path) -> None:
    opened(session, picture)
    mixture = found_in(session).segmentation.fit.mixture
    pixels = np.asarray(Pillow.open(picture)).reshape(-1, 3)
    in_lab = lab(pixels / 255)
    r = responsibilities(mixture, WeightedSample(pixels, resolution=1)).astype(float)
    means = (r @ in_lab) / r.sum(axis=1, keepdims=True)
    last = len(found_in(session).segmentation.fit.steps) - 1
    answer = ask(session, "components-in-lab", at=last)
    np.testing.assert_allclose(floats(answer.buffers[1], 4, 3), means, rtol=1e-3, atol=0.02)
    apart = in_lab - means[0]
    spread = (r[0] * apart.T) @ apart / r[0].sum()
    np.testing.assert_allclose(floats(answer.buffers[2], 4, 3, 3)[0], spread, rtol=2e-2, atol=0.1)
    parts = (mixture.weights, mixture.means, mixture.matrices())
    told = ask(session, "components-in-lab", *(one.astype("<f4").tobytes() for one in parts))
    np.testing.assert_allclose(floats(told.buffers[1], 4, 3), means, rtol=1e-3, atol=0.02)
    assert "error" in ask(session, "components-in-lab", b"abcd").says


# --- choices


def test_the_form_has_every_option() -> None:
    form = {one["name"]: one for one in options_form()}
    assert list(form) == [one.name for _, one in options_by_part()]
    for _, one in options_by_part():
        about, said = option_in(one), form[one.name]
        assert (said["help"], said["more"], said["default"]) == (about.help, about.more, one.default)
        assert said["values"]["kind"] != "text" or said["panel"] != "choices", one.name


def test_numbers_of_components_are_compared(session: Session, picture: Path) -> None:
    opened(session, picture)
    done(session, ask(session, "select"))
    said = session.state("selection")
    assert said["components"] == 4
    assert said["candidates"][3]["bic"] == pixture.select(picture).candidates[3].bic
    ask(session, "choose", choices={"components": 5})
    assert session.state("selection") is not None
    ask(session, "choose", choices={"covariance": "tied"})
    assert session.state("selection") is None


def parsed(line: str) -> dict[str, Any]:
    program, name, *arguments = shlex.split(line)
    assert (program, name) == ("pixture", "segment")
    found = app.commands["segment"]
    return found.make_context("segment", arguments, parent=click.Context(app)).params


CHANGES: list[dict[str, Any]] = [
    {},
    {"components": "auto"},
    {"components": 7, "covariance": "tied", "init": "greedy", "n_init": 3, "seed": 9, "accelerate": False},
    {"tol": 1e-6, "max_iter": 12, "covariance_floor": 0.5, "shrinkage": "off", "threads": 1},
    {"smooth": "auto", "neighbours": 4, "inference": "icm"},
    {"smooth": 2.5, "features": "lab,position:0.3"},
    {"per_time": True},
    {"bias": True, "merge": "0+1", "names": "sea side,land,it's"},
    {"objects": True, "foreground": "bright", "min_size": 5, "split": "none"},
]


@pytest.mark.parametrize("changes", CHANGES)
def test_the_command_says_the_same_choices(changes: dict[str, Any]) -> None:
    chosen = Chosen().changed_by(changes)
    said = parsed(command_line(Document(chosen=chosen)))
    for part, one in options_by_part():
        expected = getattr(getattr(chosen, part), one.name)
        if one.name == "components" and chosen.auto:
            expected = "auto"
        value = one.default if said[one.name] is None else said[one.name]
        if isinstance(value, list | str) and one.name == "features":
            value = one.metadata["option"].kind.check("features", value)
        assert value == expected, one.name


def test_the_python_finds_the_same(session: Session, picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(session, picture, components=3, covariance="tied", features="lab", merge="0+1", names="dark,light")
    monkeypatch.chdir(picture.parent)
    answer = ask(session, "equivalent").says
    scope: dict[str, Any] = {}
    exec(answer["python"], scope)
    labels: Integers = found_in(session).segmentation.labels
    np.testing.assert_array_equal(scope["result"].labels, labels)
    assert scope["result"].names == ("dark", "light")
    assert answer["command"].endswith("'two words.png' -k 3 --covariance tied --features lab --smooth off "
                                      "--merge 0+1 --names dark,light")  # fmt: skip
    assert answer["left_out"] == []
    ask(session, "lock", label=0, locked=True)
    assert "locked" in ask(session, "equivalent").says["left_out"][0]
    assert "box=(1, 2, 3, 4)" in python(
        replace(session.document, drawn=replace(session.document.drawn, box=(1, 2, 3, 4)))
    )


def test_the_command_says_what_is_drawn_as_it_takes_it() -> None:
    drawn = Drawn(box=(1, 2, 5, 6), certainty=0.9)
    volume = OpenedImage("-scan.nii", image_from_array(np.zeros((3, 8, 9), np.uint8), axes="zyx"))
    document = Document(opened=volume, drawn=drawn)
    said = parsed(command_line(document))
    assert tuple(said["box"]) == (0, 1, 2, 3, 5, 6)
    assert said["certainty"] == 0.9
    assert said["images"] == (Path("-scan.nii"),)
    assert "box=(0, 1, 2, 3, 5, 6), certainty=0.9" in python(document)
    stroke = Stroke(1, 3.0, ((2.0, 2.0),))
    (sentence,) = left_out(Document(opened=volume, drawn=Drawn((stroke,), certainty=0.9)))
    assert "--certainty 0.9" in sentence


def test_every_field_of_the_chosen_is_known_to_the_form() -> None:
    parts = {part for part, _ in options_by_part()}
    assert parts <= {one.name for one in fields(Chosen)}
