"""What is taken home from the studio is what the command writes; sessions open again as they were."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image as Pillow

import pixture
from pixture.commands.app import app
from pixture.errors import ReadError
from pixture.imaging.image_from_array import image_from_array
from pixture.studio.session.questions import new_session
from pixture.studio.session.session import FAULT, Limits, Session
from pixture.studio.session_file import saved_sessions
from pixture.studio.session_file.session_file import NUMBERS, SAYS, SUFFIX, is_session_file, read_session
from tests.studio_session import SKY, THINGS, ask, done, fetched, sent, taken, write_picture


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "session").mkdir()
    session = new_session(tmp_path / "session", limits=Limits(upload=10_000_000, pixels=1_000_000))
    yield session
    session.close()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_picture(tmp_path_factory.mktemp("picture") / "cat.png")


def command(*arguments: str) -> None:
    """Run a command, as a terminal does."""
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output


# --- taken home ---------------------------------------------------------------------------------------------


def test_files_are_those_of_the_command(session: Session, picture: Path, tmp_path: Path) -> None:
    wanted = ["--components", "3", "--smooth", "2", "--merge", "0+1", "--names", "dark,bright"]
    folder = tmp_path / "of the command"
    command("segment", str(picture), "-o", str(folder), "--maps", "probabilities,uncertainty", *wanted)
    done(session, "open-path", path=str(picture))
    done(session, "choose", choices={"components": 3, "smooth": 2.0, "merge": "0+1", "names": "dark,bright"})
    done(session, "run")
    names = [
        "labels",
        "overlay",
        "painted",
        "classes",
        "convergence",
        "record",
        "probabilities",
        "uncertainty",
    ]
    done(session, "make-output", names=names)
    told = session.state("outputs")["files"]
    assert {one["name"] for one in told} == {path.name for path in folder.iterdir()}
    for at, one in enumerate(told):
        assert taken(session, at) == (folder / one["name"]).read_bytes(), one["name"]


def test_marks_taken_home_guide_the_command_too(session: Session, picture: Path, tmp_path: Path) -> None:
    done(session, "open-path", path=str(picture))
    done(session, "draw", strokes=[SKY, THINGS])
    done(session, "make-output", names=["scribbles", "labels", "painted"])
    for at, one in enumerate(session.state("outputs")["files"]):
        (tmp_path / one["name"]).write_bytes(taken(session, at))
    folder, scribbles = tmp_path / "of the command", tmp_path / "cat.scribbles.png"
    command(
        "segment", str(picture), "-o", str(folder), "--scribbles", str(scribbles), "--inference", "mean-field"
    )
    for name in ("cat.labels.png", "cat.painted.png"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_an_archive_holds_the_files(session: Session, picture: Path) -> None:
    done(session, "open-path", path=str(picture))
    done(session, "measure", foreground="bright")
    done(session, "regions")
    done(session, "make-output", names=["labels", "objects", "regions", "model"], archive=True, regions=3)
    with zipfile.ZipFile(io.BytesIO(taken(session))) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        table = archive.read("cat.regions.csv").decode().splitlines()
        content = archive.read("cat.pixture")
    assert {"cat.labels.png", "cat.objects.csv", "cat.regions.png", "cat.pixture"} <= set(names)
    assert len(table) == 1 + 3
    model = picture.parent / "cat.pixture"
    model.write_bytes(content)
    found = session.document.found
    assert found is not None
    np.testing.assert_array_equal(pixture.apply(model, picture).labels, found.segmentation.labels)
    model.unlink()


def test_only_what_was_made_is_sent(session: Session, picture: Path) -> None:
    assert "Nothing is segmented yet" in ask(session, "make-output", names=["labels"]).says["error"]
    done(session, "open-path", path=str(picture))
    assert "nothing called" in ask(session, "make-output", names=["../../etc"]).says["error"]
    assert "no longer there" in ask(session, "output", number=1, file=0, offset=0).says["error"]
    ask(session, "make-output", names=["objects"])
    assert "measure it first" in session.state("run")["sentence"]


# --- session files ------------------------------------------------------------------------------------------


def session_file(session: Session, **says: Any) -> bytes:
    told = done(session, "save-session", **says).says
    return fetched(session, told["number"], 0, told["files"][0]["bytes"])


@pytest.mark.parametrize(
    "choices",
    [
        {"components": 3, "merge": "0+2", "names": "sky,tree"},
        {"components": "auto"},
        {"components": 2, "smooth": 3.0},
        {"components": 2, "features": "lab", "smooth": "off"},
        {"components": 3, "covariance": "tied"},
    ],
    ids=str,
)
@pytest.mark.parametrize("is_sent", [True, False])
def test_a_session_opens_as_it_was(
    tmp_path: Path, picture: Path, choices: dict[str, Any], is_sent: bool
) -> None:
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    one, other = (new_session(folder) for folder in folders)
    if is_sent:
        sent(one, picture)
    else:
        done(one, "open-path", path=str(picture))
    done(one, "choose", choices=choices)
    done(one, "run")
    file = tmp_path / "whatever.bin"
    file.write_bytes(session_file(one))
    assert is_session_file(file)
    sent(other, file)
    assert other.state("run")["sentence"] == "The session on cat.png is open, as it was."
    before, after = one.document.found, other.document.found
    assert before is not None
    assert after is not None
    np.testing.assert_array_equal(after.segmentation.labels, before.segmentation.labels)
    assert other.state("choices") == one.state("choices")
    told, kept = dict(one.state("result")), dict(other.state("result"))
    assert {name for name in told if told[name] != kept[name]} <= {"run", "seconds"}
    assert [step.log_likelihood for step in after.segmentation.fit.steps] == [
        step.log_likelihood for step in before.segmentation.fit.steps
    ]
    one.close()
    other.close()


def test_a_session_with_marks_opens_as_it_was(session: Session, picture: Path, tmp_path: Path) -> None:
    done(session, "open-path", path=str(picture))
    done(session, "draw", strokes=[SKY, THINGS], names=["sky"], certainty=0.9)
    before, drawn = session.document.found, session.document.drawn
    assert before is not None
    file = tmp_path / f"cat{SUFFIX}"
    file.write_bytes(session_file(session, image=True))
    done(session, "draw", strokes=[])
    done(session, "open-path", path=str(file))
    after = session.document.found
    assert after is not None
    np.testing.assert_array_equal(after.segmentation.labels, before.segmentation.labels)
    assert session.document.drawn == drawn


def test_an_array_goes_into_the_file(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 999, (4, 20, 30)).astype(np.uint16)
    image = image_from_array(pixels, axes="zyx")
    session = new_session(tmp_path, read=lambda path: image)
    done(session, "open-path", path="scan")
    before = session.document.found
    assert before is not None
    file = tmp_path / "scan.bin"
    file.write_bytes(session_file(session))
    done(session, "open-path", path=str(file))
    after = session.document.found
    assert after is not None
    np.testing.assert_array_equal(after.segmentation.image.pixels, pixels)
    np.testing.assert_array_equal(after.segmentation.labels, before.segmentation.labels)
    session.close()


def test_another_image_in_the_place_of_the_sessions_is_refused(
    session: Session, picture: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there.png"
    shutil.copy(picture, there)
    done(session, "open-path", path=str(there))
    file = tmp_path / "there.bin"
    file.write_bytes(session_file(session))
    Pillow.fromarray(np.zeros((9, 9), np.uint8)).save(there)
    ask(session, "open-path", path=str(file))
    assert "is another image than the session's" in session.state("run")["sentence"]
    there.unlink()
    ask(session, "open-path", path=str(file))
    assert "is no longer at" in session.state("run")["sentence"]


@pytest.mark.parametrize(
    "damage", ["cut", "flip", "json", "empty", "newer", "numbers", "choices", "seconds", "warnings"]
)
def test_a_damaged_session_is_refused_in_a_sentence(
    session: Session, picture: Path, tmp_path: Path, damage: str
) -> None:
    done(session, "open-path", path=str(picture))
    content = session_file(session)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        says, numbers = json.loads(archive.read(SAYS)), archive.read(NUMBERS)
    members: dict[str, bytes] = {SAYS: json.dumps(says).encode(), NUMBERS: numbers}
    if damage == "json":
        members[SAYS] = b"{"
    elif damage == "empty":
        members[SAYS] = b"{}"
    elif damage == "newer":
        members[SAYS] = json.dumps({**says, "format": 99}).encode()
    elif damage == "numbers":
        members[NUMBERS] = numbers[: len(numbers) // 2]
    elif damage in ("seconds", "warnings"):
        members[SAYS] = json.dumps({**says, "found": {**says["found"], damage: {"a": 1}}}).encode()
    elif damage == "choices":
        members[SAYS] = json.dumps({**says, "choices": {"components": -3}}).encode()
    file = tmp_path / "damaged.bin"
    with zipfile.ZipFile(file, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    if damage == "cut":
        file.write_bytes(content[:-30])
    elif damage == "flip":
        file.write_bytes(content[:200] + bytes([content[200] ^ 255]) + content[201:])
    ask(session, "open-path", path=str(file))
    run_state = session.state("run")
    assert run_state["status"] == "failed"
    assert "inside pixture" not in run_state["sentence"]
    assert session.document.found is not None  # what was there before is as it was


def test_what_is_no_session_is_none(picture: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert not is_session_file(other)
    assert not is_session_file(picture)
    assert not is_session_file(tmp_path)
    with pytest.raises(ReadError):
        read_session(other)


# --- saved by itself ----------------------------------------------------------------------------------------


def test_a_session_is_saved_by_itself_and_outlives_its_folder(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_sessions, "PAUSE", 0.01)
    kept, folder = tmp_path / "kept", tmp_path / "first"
    folder.mkdir()
    first = new_session(folder, saved=kept)
    sent(first, picture)
    done(first, "draw", strokes=[SKY, THINGS])
    before = first.document.found
    assert before is not None
    first.close()
    shutil.rmtree(folder)
    (tmp_path / "second").mkdir()
    second = new_session(tmp_path / "second", saved=kept)
    (listed,) = ask(second, "saved-sessions").says["sessions"]
    assert listed["image"] == "cat.png"
    done(second, "open-saved", name=listed["name"])
    after = second.document.found
    assert after is not None
    np.testing.assert_array_equal(after.segmentation.labels, before.segmentation.labels)
    # it goes on under its name, and off takes its copy away
    second.close()
    assert [path.stem for path in saved_sessions.saved_in(kept)] == [listed["name"]]
    third = new_session(tmp_path / "second", saved=kept)
    assert ask(third, "forget-saved", name=listed["name"]).says == {}
    assert not saved_sessions.saved_in(kept)
    assert not list((kept / "images").iterdir())
    third.close()


def test_saving_by_itself_can_be_turned_off(tmp_path: Path, picture: Path) -> None:
    kept = tmp_path / "kept"
    session = new_session(tmp_path, saved=kept)
    ask(session, "save-by-itself", on=False)
    done(session, "open-path", path=str(picture))
    done(session, "choose", choices={"components": 3})
    session.close()
    assert session.state("saved")["on"] is False
    assert not saved_sessions.saved_in(kept)
    # the next one is not saved either, until it is turned on again
    other = new_session(tmp_path, saved=kept)
    assert other.state("saved")["on"] is False
    ask(other, "save-by-itself", on=True)
    done(other, "open-path", path=str(picture))
    done(other, "choose", choices={"components": 3})
    other.close()
    assert len(saved_sessions.saved_in(kept)) == 1


def test_an_image_that_was_only_looked_at_is_not_saved(tmp_path: Path, picture: Path) -> None:
    session = new_session(tmp_path, saved=tmp_path / "kept")
    done(session, "open-path", path=str(picture))
    session.close()
    assert not saved_sessions.saved_in(tmp_path / "kept")


def test_the_oldest_saved_sessions_go(tmp_path: Path) -> None:
    for number in range(saved_sessions.MOST_KEPT + 3):
        (tmp_path / f"{number:032x}{SUFFIX}").write_bytes(b"x")
    keep = f"{1:032x}"
    saved_sessions.prune(tmp_path, keep=keep)
    left = {path.stem for path in saved_sessions.saved_in(tmp_path)}
    assert keep in left
    assert saved_sessions.MOST_KEPT <= len(left) <= saved_sessions.MOST_KEPT + 1


def test_a_session_that_goes_meanwhile_takes_no_images_of_others(tmp_path: Path) -> None:
    (tmp_path / f"{1:032x}{SUFFIX}").write_bytes(b"x")
    (tmp_path / f"{2:032x}{SUFFIX}").symlink_to(tmp_path / "gone")  # listed, and not there
    images = [tmp_path / "images" / f"{number:032x}" for number in (1, 3, 4)]
    for folder in images:
        folder.mkdir(parents=True)
    os.utime(images[2], (0, 0))
    saved_sessions.prune(tmp_path, keep=f"{1:032x}")
    # that of a session that is there, of one that is about to be saved, and one that is nobody's
    assert [folder.exists() for folder in images] == [True, True, False]


def test_saving_that_is_turned_on_again_saves_what_is_there(tmp_path: Path, picture: Path) -> None:
    session = new_session(tmp_path, saved=tmp_path / "kept")
    done(session, "open-path", path=str(picture))
    done(session, "choose", choices={"components": 3})
    saving = session.memory[saved_sessions.MEMORY]
    saving.save()
    assert len(saved_sessions.saved_in(tmp_path / "kept")) == 1
    ask(session, "save-by-itself", on=False)
    assert not saved_sessions.saved_in(tmp_path / "kept")
    ask(session, "save-by-itself", on=True)
    session.close()
    assert len(saved_sessions.saved_in(tmp_path / "kept")) == 1


def test_an_image_whose_labels_are_found_anew_is_saved_under_one_name(tmp_path: Path, picture: Path) -> None:
    session = new_session(tmp_path, saved=tmp_path / "kept")
    done(session, "open-path", path=str(picture))
    saving = session.memory[saved_sessions.MEMORY]
    for components in (3, 4):
        done(session, "choose", choices={"components": components})
        saving.save()
        opened = session.document.opened
        assert opened is not None
        session.change(opened=replace(opened))  # as runs of images larger than memory do
    session.close()
    assert len(saved_sessions.saved_in(tmp_path / "kept")) == 1


def test_what_prevents_a_session_from_being_saved_is_told(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = new_session(tmp_path, saved=tmp_path / "kept")
    done(session, "open-path", path=str(picture))
    done(session, "choose", choices={"components": 3})
    saving = session.memory[saved_sessions.MEMORY]
    for fault, sentence in (
        (OSError(28, "No space left on device"), "Not saved: No space left on device."),
        (ValueError("Out of range float values"), f"Not saved: {FAULT}"),
    ):

        def write(*_: object, fault: Exception = fault, **__: object) -> None:
            raise fault

        monkeypatch.setattr(saved_sessions, "write_session", write)
        saving.save()
        assert session.state("saved")["error"] == sentence
    assert "Out of range" in capsys.readouterr().err
    session.close()


def test_a_session_that_was_saved_by_itself_is_taken_home_with_its_image(
    tmp_path: Path, picture: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    session = new_session(first, saved=tmp_path / "kept")
    sent(session, picture)
    session.close()
    session = new_session(second, saved=tmp_path / "kept")
    (listed,) = ask(session, "saved-sessions").says["sessions"]
    done(session, "open-saved", name=listed["name"])
    says = ask(session, "save-session").says
    content = fetched(session, says["number"], 0, says["files"][0]["bytes"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "image/cat.png" in archive.namelist()
    session.close()


def test_names_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    session = new_session(tmp_path, saved=tmp_path / "kept")
    for name in ("../../etc/passwd", "", "a" * 33):
        assert "error" in ask(session, "open-saved", name=name).says
        assert "error" in ask(session, "forget-saved", name=name).says
    session.close()
