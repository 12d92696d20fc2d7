"""Sessions that are saved by themselves, so that none is lost when a browser or a computer goes down."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import sys
import threading
import time
import traceback
import uuid
import weakref
from pathlib import Path
from typing import Any

from pixture.errors import ChoiceError, PixtureError, WriteError
from pixture.files.atomic_writing import write_whole
from pixture.studio.choices.chosen import Chosen
from pixture.studio.marks.strokes import NOTHING_DRAWN
from pixture.studio.session.document import Document, OpenedImage
from pixture.studio.session.messages import Answer, Question, said_of
from pixture.studio.session.session import FAULT, Session
from pixture.studio.session_file.reopening import open_session
from pixture.studio.session_file.session_file import SUFFIX, image_named_in, write_session

PAUSE = 2.0
"""Seconds after a change until it is saved, with those that came meanwhile."""

MOST_KEPT, MOST_BYTES = 12, 2 * 10**9
"""Sessions, and bytes of all of them with the images that were sent; the oldest go."""

MOST_IMAGE = 500_000_000
"""Bytes of an image that was sent to the studio, up to which a copy of it is kept with the session."""

NEW = 600.0
"""Seconds for which the copy of an image is kept that no session has: one may be about to."""

MEMORY, IMAGES, OFF = "saving", "images", "off"
"""The name in a session's memory, of the folder of images, and of the file that turns all of it off."""

NAME = re.compile(r"[0-9a-f]{32}")


def sessions_folder() -> Path | None:
    """Return where this user's sessions are kept; None for a user without a home."""
    named = {"win32": "LOCALAPPDATA", "darwin": ""}.get(sys.platform, "XDG_DATA_HOME")
    data = Path(os.environ.get(named) or "")
    if not data.is_absolute():
        try:
            home = Path.home()
        except RuntimeError:
            return None
        if not home.is_absolute() or not os.access(home, os.X_OK):  # a home that is not there is not made
            return None
        usual = {"win32": "AppData/Local", "darwin": "Library/Application Support"}
        data = home / usual.get(sys.platform, ".local/share")
    return data / "pixture" / "sessions"


class Saving:
    """Saves a session a moment after it has changed."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session, self.folder = session, folder
        # each image has a file of its own, under one name as long as it is open: its number, and that
        self._called: tuple[int, str] | None = None
        self._lock, self._waits = threading.Lock(), threading.Lock()
        self._timer: threading.Timer | None = None
        self._saved: weakref.ref[Document] | None = None  # not kept for its sake: it has an image

    @property
    def is_on(self) -> bool:
        """Whether sessions are saved by themselves."""
        return not (self.folder / OFF).exists()

    def changed(self) -> None:
        """Note that the session has changed: it is saved soon, unless that is turned off."""
        with self._waits:
            if self._timer is None and self.is_on:
                self._timer = threading.Timer(PAUSE, self.save)
                self._timer.daemon = True
                self._timer.start()

    def end(self) -> None:
        """Save what waits to be saved."""
        with self._waits:
            if self._timer is not None:
                self._timer.cancel()
        self.save()  # waits for a save that is under way

    def save(self) -> None:
        """Save the session now, if it has an image and has changed; what prevents it is told in the state."""
        with self._waits:
            self._timer = None
        document = self.session.document
        with self._lock:
            if document.opened is None or not self.is_on:
                return
            if self._saved is not None and self._saved() is document:
                return
            if not self._is_worth_it(document):
                return
            name = self.name_of(document.opened)
            try:
                self._write(document, name)
            except Exception as error:  # noqa: BLE001 - there is nobody else to tell
                self.session.publish(saved={"on": True, "name": name, "error": f"Not saved: {_said(error)}"})
                return
            self._saved = weakref.ref(document)
        self.session.publish(saved={"on": True, "name": name, "at": time.time()})

    def turn(self, *, on: bool) -> None:
        """Have sessions saved by themselves, or not; off removes what was saved of this one."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if on:
            (self.folder / OFF).unlink(missing_ok=True)
            self.changed()
            return
        (self.folder / OFF).touch()
        with self._lock:  # a save that is under way ends first
            self._saved = None
            if self.name:
                remove(self.folder, self.name)

    def name_of(self, opened: OpenedImage) -> str:
        """Return under which name the session on an image is saved."""
        if self._called is None or self._called[0] != opened.number:
            self._called = opened.number, uuid.uuid4().hex
        return self._called[1]

    def call(self, opened: OpenedImage, name: str) -> None:
        """Save the session on an image under the name that it was saved under before."""
        self._called = opened.number, name

    @property
    def name(self) -> str:
        """That of the session as it is now; "" where it has no image."""
        opened = self.session.document.opened
        return "" if opened is None else self.name_of(opened)

    def _is_worth_it(self, document: Document) -> bool:
        """Whether there is more to be lost than a path, by which the image is opened again."""
        assert document.opened is not None
        origin = document.opened.image.origin
        untouched = (document.chosen, document.drawn, document.start) == (Chosen(), NOTHING_DRAWN, None)
        return not untouched or origin is None or self.session.folder in origin.place.parents

    def _write(self, document: Document, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = io.BytesIO()
        write_session(
            content,
            document,
            colours=self.session.state("palette"),
            with_image=False,
            path=self._kept_image(document, name),
        )
        write_whole({self.folder / f"{name}{SUFFIX}": content.getvalue()}, overwrite=True)
        prune(self.folder, keep=name)

    def _kept_image(self, document: Document, name: str) -> Path | None:
        """Return a copy of an image that was sent to the session, whose own folder goes with the server."""
        assert document.opened is not None
        origin = document.opened.image.origin
        if origin is None or self.session.folder not in origin.place.parents:
            return None
        if not origin.place.is_file() or origin.place.stat().st_size > MOST_IMAGE:
            raise WriteError(
                f"{document.opened.name} has over {MOST_IMAGE / 1e6:,.0f} MB, so no copy of it is kept: "
                "save the session as a file, or open the image by its path."
            )
        copy = self.folder / IMAGES / name / origin.place.name
        if not copy.exists() or copy.stat().st_size != origin.place.stat().st_size:
            shutil.rmtree(copy.parent, ignore_errors=True)
            copy.parent.mkdir(parents=True)
            try:
                os.link(origin.place, copy)
            except OSError:
                shutil.copyfile(origin.place, copy)
        return copy


def keep_saved(session: Session, folder: Path) -> None:
    """Have a session saved by itself in a folder."""
    saving = Saving(session, folder)
    session.memory[MEMORY] = saving
    session.on_change.append(saving.changed)
    session.on_close.append(saving.end)
    session.publish(saved={"on": saving.is_on, "name": saving.name})


def saved_in(folder: Path) -> list[Path]:
    """Return the files of saved sessions, the latest first.

    Raises
    ------
    OSError
        The folder is there, and cannot be looked into.
    """
    found: list[tuple[float, Path]] = []
    with contextlib.suppress(FileNotFoundError):  # nothing was saved yet
        for path in folder.iterdir():
            if path.suffix == SUFFIX and NAME.fullmatch(path.stem):
                with contextlib.suppress(FileNotFoundError):  # another session removes one meanwhile
                    found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found, reverse=True)]


def prune(folder: Path, *, keep: str) -> None:
    """Remove the oldest sessions where there are too many, and images that no session has any longer."""
    total = 0
    for number, path in enumerate(saved_in(folder)):
        images = folder / IMAGES / path.stem
        with contextlib.suppress(OSError):
            total += path.stat().st_size + sum(one.stat().st_size for one in images.glob("*"))
        if path.stem != keep and (number >= MOST_KEPT or total > MOST_BYTES):
            remove(folder, path.stem)
    known = {path.stem for path in saved_in(folder)}
    with contextlib.suppress(OSError):
        for left in (folder / IMAGES).iterdir():
            # an image is there before its session is, which another studio may be saving
            if left.name not in known and time.time() - left.stat().st_mtime > NEW:
                shutil.rmtree(left, ignore_errors=True)


def remove(folder: Path, name: str) -> None:
    """Remove a saved session, with its image."""
    (folder / f"{name}{SUFFIX}").unlink(missing_ok=True)
    shutil.rmtree(folder / IMAGES / name, ignore_errors=True)


def _said(error: Exception) -> str:
    """Return in a sentence why a session is not saved; of a fault of ours the terminal says more."""
    if isinstance(error, PixtureError):
        return str(error)
    if isinstance(error, OSError):
        return said_of(error)
    traceback.print_exception(error)
    return FAULT


# --- questions ---------------------------------------------------------------------------------------------


def saved_sessions(session: Session, question: Question) -> Answer:
    """List what was saved by itself: {"on", "sessions": [{"name", "image", "at", "bytes"}]}."""
    saving = session.memory.get(MEMORY)
    if not isinstance(saving, Saving):
        return Answer({"on": None, "sessions": []})
    listed: list[dict[str, Any]] = []
    for path in saved_in(saving.folder):
        if path.stem == saving.name:
            continue
        try:
            image, status = image_named_in(path), path.stat()
        except (PixtureError, OSError):
            continue  # damaged, or removed meanwhile: nothing to be offered
        listed.append({"name": path.stem, "image": image, "at": status.st_mtime, "bytes": status.st_size})
    return Answer({"on": saving.is_on, "sessions": listed})


def open_saved(session: Session, question: Question) -> Answer:
    """Open a session that was saved by itself: {"name"}; it is saved under that name from now on."""
    saving, path = _asked(session, question)

    def call(opened: OpenedImage) -> None:
        saving.call(opened, path.stem)

    session.begin("Opening", lambda run: open_session(session, path, run, call))
    return Answer()


def forget_saved(session: Session, question: Question) -> Answer:
    """Remove a session that was saved by itself: {"name"}."""
    saving, path = _asked(session, question)
    remove(saving.folder, path.stem)
    return Answer()


def save_by_itself(session: Session, question: Question) -> Answer:
    """Turn on or off that sessions are saved by themselves: {"on"}; off removes this one's copy."""
    saving = session.memory.get(MEMORY)
    if not isinstance(saving, Saving):
        raise ChoiceError("There is no place where sessions could be saved by themselves.")
    saving.turn(on=question.says.get("on") is True)
    session.publish(saved={"on": saving.is_on, "name": saving.name})
    return Answer()


def _asked(session: Session, question: Question) -> tuple[Saving, Path]:
    saving, name = session.memory.get(MEMORY), question.text("name", longest=64)
    if not isinstance(saving, Saving) or not NAME.fullmatch(name):
        raise ChoiceError("There is no such saved session.")
    path = saving.folder / f"{name}{SUFFIX}"
    if not path.is_file():
        raise ChoiceError("This session is no longer there.")
    return saving, path
