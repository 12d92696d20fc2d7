"""Files that come into the studio: what is said of them, and that those that are no longer needed go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile

from pixture.studio.session.messages import Question
from pixture.studio.session.questions import new_session
from pixture.studio.session.session import Limits, Session
from pixture.studio.session_file.saved_sessions import MEMORY as SAVING
from pixture.studio.session_file.saved_sessions import saved_in
from pixture.studio.tiles.tiles import MAPS
from tests.studio_session import ask, done, sent, write_picture


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "session").mkdir()
    session = new_session(tmp_path / "session", limits=Limits(upload=10_000_000, pixels=1_000_000))
    yield session
    session.close()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_picture(tmp_path_factory.mktemp("picture") / "cat.png")


def files_of(session: Session) -> set[str]:
    return {path.name for path in session.folder.rglob("*") if path.is_file()}


def test_a_file_that_was_sent_goes_when_another_image_is_opened(
    session: Session, picture: Path, tmp_path: Path
) -> None:
    other, none = write_picture(tmp_path / "dog.png"), tmp_path / "none.png"
    none.write_bytes(b"hello")
    for path in (picture, other, picture, other):
        sent(session, path)
        assert files_of(session) == {path.name}
    sent(session, none)  # refused: what is open stays
    assert session.state("run")["status"] == "failed"
    assert files_of(session) == {"dog.png"}
    done(session, "open-path", path=str(picture))
    assert files_of(session) == set()


def test_a_file_that_waits_while_another_is_opened_is_kept(
    session: Session, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = session.read

    def read_slowly(path: Path) -> object:
        monkeypatch.setattr(session, "read", read)
        sent_meanwhile(session, picture)  # another page sends one, and its run waits for this one
        return read(path)

    monkeypatch.setattr(session, "read", read_slowly)
    sent(session, picture)
    assert session.state("run")["status"] == "done"
    assert files_of(session) == {"cat.png"}


def sent_meanwhile(session: Session, path: Path) -> None:
    content = path.read_bytes()
    begun = session.ask(Question("begin-upload", {"name": path.name, "bytes": len(content)}))
    answer = session.ask(Question("upload-part", {"upload": begun.says["upload"]}, (content,)))
    assert "error" not in answer.says


def test_what_was_made_of_another_image_goes(session: Session, picture: Path, tmp_path: Path) -> None:
    sent(session, picture)
    done(session, "make-output", names=["probabilities"])
    done(session, "make-output", names=["uncertainty"])
    ask(
        session, "tile", layer="uncertainty", level=0, row=0, column=0, version=session.state("result")["run"]
    )
    assert MAPS in session.memory
    assert any("probabilities" in name for name in files_of(session))
    sent(session, write_picture(tmp_path / "dog.png"))
    # what was asked for last may be on its way
    left = files_of(session)
    assert any("uncertainty" in name for name in left)
    assert not any("probabilities" in name for name in left)
    assert MAPS not in session.memory


def test_a_session_file_that_was_sent_leaves_its_image_alone(
    session: Session, picture: Path, tmp_path: Path
) -> None:
    sent(session, picture)
    ask(session, "save-session", image=True)
    (saved,) = session.folder.glob("outputs/session/*")
    sent(session, saved)
    assert session.state("run")["status"] == "done", session.state("run")
    folders = [path for path in session.folder.iterdir() if path.is_dir() and path.name != "outputs"]
    assert [path.name for folder in folders for path in folder.iterdir()] == ["cat.png"]


def test_an_empty_file_is_refused_as_what_it_is(session: Session) -> None:
    assert ask(session, "begin-upload", name="a.png", bytes=0).says["error"].startswith("The file is empty")


def test_a_disk_that_fills_up_while_a_file_comes_is_told(
    session: Session, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = ask(session, "begin-upload", name="a.png", bytes=100)

    def refuse(self: Path, *_: object) -> object:
        raise OSError(28, "No space left on device", str(self))

    with monkeypatch.context() as full:
        full.setattr(Path, "open", refuse)
        answer = ask(session, "upload-part", b"x", upload=begun.says["upload"])
    assert answer.says["error"].startswith("No space left on device")
    assert files_of(session) == set()
    assert "no upload" in ask(session, "upload-part", b"x", upload=begun.says["upload"]).says["error"]


def test_what_is_warned_of_an_image_is_told_when_its_session_is_opened_again(
    session: Session, tmp_path: Path
) -> None:
    values = np.random.default_rng(0).normal(size=(40, 50)).astype(np.float32)
    values[3:9, 4:9] = np.nan
    tifffile.imwrite(tmp_path / "nan.tif", values)
    done(session, "open-path", path=str(tmp_path / "nan.tif"))
    (warning,) = session.state("result")["warnings"]
    assert "30 of 2,000 pixels are NaN" in warning
    ask(session, "save-session", image=True)
    (saved,) = session.folder.glob("outputs/session/*")
    done(session, "open-path", path=str(saved))  # warnings are errors here, where nobody takes them
    assert session.state("result")["warnings"] == [warning]
    done(session, "run")
    assert session.state("result")["warnings"] == [warning]


def test_what_is_warned_of_a_file_before_it_is_read_is_told(session: Session, tmp_path: Path) -> None:
    pages = np.random.default_rng(0).integers(0, 255, (3, 40, 50), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "pages.tif", pages, photometric="minisblack")
    done(session, "open-path", path=str(tmp_path / "pages.tif"))


def test_what_labels_were_called_is_not_what_those_of_another_image_are(
    session: Session, picture: Path, tmp_path: Path
) -> None:
    sent(session, picture)
    done(session, "choose", choices={"components": 3, "covariance": "tied"})
    done(session, "run")
    done(session, "rename", label=0, name="sky")
    done(session, "merge", labels=[1, 2])
    done(session, "measure")
    sent(session, write_picture(tmp_path / "dog.png"))
    choices = session.state("choices")
    assert choices["components"] == 3
    assert choices["covariance"] == "tied"
    assert choices["merge"] is choices["names"] is choices["foreground"] is None
    assert [one["name"] for one in session.state("result")["components"]] == ["", "", ""]


def test_an_image_whose_opening_is_cancelled_is_not_opened(
    session: Session, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = session.read

    def read_and_cancel(path: Path) -> object:
        image = read(path)
        session.cancel()
        return image

    monkeypatch.setattr(session, "read", read_and_cancel)
    sent(session, picture)
    assert session.state("run")["status"] == "cancelled"
    assert session.document.opened is None
    assert files_of(session) == set()


@pytest.mark.parametrize("path", ["", ".", "no/such/file.png", "a\0b.png", "~nobody/a.png"])
def test_a_path_that_leads_nowhere_is_refused(session: Session, path: str) -> None:
    answer = ask(session, "open-path", path=path)
    run = session.state("run")
    said = answer.says.get("error") or run["sentence"]
    assert "Something went wrong" not in said
    assert session.document.opened is None


def test_an_image_larger_than_memory_leaves_nothing_and_is_saved_under_one_name(
    tmp_path: Path, picture: Path
) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (300, 400), dtype=np.uint8)
    large, kept, folder = tmp_path / "large.tif", tmp_path / "kept", tmp_path / "session"
    tifffile.imwrite(large, pixels, tile=(128, 128))
    folder.mkdir()
    session = new_session(folder, saved=kept, limits=Limits(pixels=10_000))
    ask(session, "choose", choices={"components": 2, "seed": 5})
    done(session, "open-path", path=str(large))
    assert session.document.opened is not None
    assert session.document.opened.large is not None
    done(session, "run")
    assert len(list(folder.glob("labels-*"))) == 1
    session.memory[SAVING].save()
    (listed,) = saved_in(kept)
    done(session, "open-path", path=str(picture))  # small
    assert not list(folder.glob("labels-*"))
    # it is opened again by what it was chosen by, and goes on under its name
    ask(session, "choose", choices={"components": 4, "seed": 0})
    done(session, "open-saved", name=listed.stem)
    assert session.document.chosen.choices.components == 2
    assert session.document.chosen.choices.seed == 5
    done(session, "run")
    session.memory[SAVING].save()
    assert listed in saved_in(kept)
    assert session.memory[SAVING].name == listed.stem
    session.close()
