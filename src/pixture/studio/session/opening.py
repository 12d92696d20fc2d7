"""Images come into a session: by a path on this computer, or sent in parts."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from pixture import stopping
from pixture.errors import ChoiceError, ImageError, remarks_taken
from pixture.options.classes import NO_CLASSES, NO_OBJECTS
from pixture.options.reading import Reading
from pixture.options.times import ONE_FOR_ALL
from pixture.scale.memory import memory_allowed, memory_of_whole
from pixture.scale.sources.opened_source import source_of_windows
from pixture.scale.sources.source import Source
from pixture.scale.watched import Watched
from pixture.scale.workers import Threads
from pixture.studio.runs.fitting import segment_document
from pixture.studio.runs.large_run import SayPasses
from pixture.studio.session.document import MOST_SEEN, Document, OpenedImage
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.result_state import COLOURS, image_state, palette
from pixture.studio.session.sent_files import WAITING, file_name, forget_files, new_folder
from pixture.studio.session.session import Run, Session
from pixture.studio.session_file.reopening import forget_image, open_session
from pixture.studio.session_file.session_file import is_session_file
from pixture.studio.tiles.large_image import looked_at
from pixture.wording import shown

PART = 4 * 2**20
"""Bytes of a file that are sent at once, at most."""


def _about(opened: OpenedImage, before: Document) -> Document:
    """Return a document about another image than one before it."""
    chosen = before.chosen
    if before.opened is not None:  # its labels are not those of this one: nor is what they were called
        chosen = replace(chosen, classes=NO_CLASSES, objects=NO_OBJECTS)
    if not opened.image.has_times:
        chosen = replace(chosen, times=ONE_FOR_ALL)
    return Document(opened=opened, chosen=chosen)


About: TypeAlias = Callable[[OpenedImage, Document], Document]
"""Returns a document about an image that was opened, given the one before."""


def open_path(session: Session, question: Question) -> Answer:
    """Open the image in a file of this computer."""
    path = Path(question.text("path"))
    if path == Path():
        raise ChoiceError("path must name a file or a folder; got nothing.")
    with suppress(RuntimeError):  # there is no such user: the file is not there
        path = path.expanduser()
    session.begin("Opening", lambda run: open_place(session, path, run))
    return Answer()


def open_place(session: Session, path: Path, run: Run, about: About = _about) -> str:
    """Open the image at a path that a person has named, and segment it: in pieces, if it is large."""
    with remarks_taken() as remarks:
        source = _large_source(session, path)
    if source is None:  # what is to be remarked is said where all of it is read
        return open_file(session, path, path.name, run, about)
    passes = SayPasses(session, run)
    workers = Watched(Threads(None, passes.part_done), passes)
    with remarks_taken() as more:
        large, seen = looked_at(source, workers, MOST_SEEN)
    remarks += more
    opened = OpenedImage(path.name, seen, _following(session), large, tuple(remarks))
    return _open(session, opened, run, about)


def _large_source(session: Session, path: Path) -> Source | None:
    """Return the image at a path as a source, if it is larger than may be held in memory; else None."""
    if not path.exists() or is_session_file(path):  # what is not there is said where it is read
        return None
    source = source_of_windows(path, Reading())
    if source is None:
        return None
    description, components = source.description, session.document.chosen.choices.components
    needed = memory_of_whole(description, components, smooth=True)
    return source if description.size > session.limits.pixels or needed > memory_allowed(None) else None


def open_sample(session: Session, question: Question) -> Answer:
    """Open one of the demo's photographs: {name}."""
    from pixture.demo import PHOTOGRAPHS, photograph  # brings all that writes files; asked for rarely

    name = question.text("name", longest=255)
    if name not in PHOTOGRAPHS:
        raise ChoiceError(f"name must be {' or '.join(PHOTOGRAPHS)}; got {shown(name)}.")
    path = photograph(name)
    session.begin("Opening", lambda run: open_file(session, path, path.name, run))
    return Answer()


def begin_upload(session: Session, question: Question) -> Answer:
    """Make room for a file that is sent in parts."""
    size = question.whole("bytes", 0, 2**53)
    if size == 0:
        raise ImageError("The file is empty: it has no bytes.")
    if size > session.limits.upload:
        raise ImageError(
            f"The file has {size / 1e6:,.0f} MB; the studio takes files of up to "
            f"{session.limits.upload / 1e6:,.0f} MB. Open a larger one by its path: pixture studio FILE."
        )
    if size > shutil.disk_usage(session.folder).free:
        raise ImageError(
            f"The file has {size / 1e6:,.0f} MB, for which there is no room where files are kept that are "
            "sent. Open it by its path: pixture studio FILE."
        )
    name = file_name(question.text("name", longest=4096))
    for other in [key.removeprefix("upload ") for key in session.memory if key.startswith("upload ")]:
        _forget(session, other)  # it was left off, or another page has begun anew
    number = uuid.uuid4().hex
    path = session.folder / f"{number}.part"
    path.touch()
    session.memory[f"upload {number}"] = (path, name, size)
    return Answer({"upload": number, "part": PART})


def upload_part(session: Session, question: Question) -> Answer:
    """Take a part of a file; with the last one the file is opened."""
    number = question.text("upload", longest=32)
    kept = session.memory.get(f"upload {number}")
    if kept is None or len(question.buffers) != 1:
        raise ChoiceError(f"There is no upload {shown(number)} that waits for a part.")
    path, name, size = kept
    part = question.buffers[0]
    arrived = path.stat().st_size + len(part)
    if arrived > size or len(part) > PART:
        _forget(session, number)
        raise ImageError(f"More came than the {size:,} bytes that were announced; nothing was opened.")
    try:
        with path.open("ab") as file:
            file.write(part)
    except OSError:  # the disk is full
        _forget(session, number)
        raise
    if arrived < size:
        return Answer({"arrived": arrived})
    del session.memory[f"upload {number}"]
    folder = new_folder(session)
    whole = path.rename(folder / name)
    session.memory[WAITING] = folder
    session.begin("Opening", lambda run: _open_sent(session, whole, run))
    return Answer({"arrived": arrived})


def _open_sent(session: Session, path: Path, run: Run) -> str:
    """Open a file that was sent; where that is refused, it is not kept."""
    try:
        return open_file(session, path, path.name, run)
    finally:
        if session.memory.get(WAITING) == path.parent:
            del session.memory[WAITING]
        forget_files(session)


def _forget(session: Session, number: str) -> None:
    path, _, _ = session.memory.pop(f"upload {number}")
    path.unlink(missing_ok=True)


def open_file(session: Session, path: Path, name: str, run: Run, about: About = _about) -> str:
    """Open the image in a file, and segment it; return what came of it, in a sentence."""
    if is_session_file(path):
        return open_session(session, path, run)
    with remarks_taken() as remarks:
        image = session.read(path)
    if image.size > session.limits.pixels:
        raise ImageError(
            f"The image has {image.size / 1e6:,.0f} million pixels; the studio takes up to "
            f"{session.limits.pixels / 1e6:,.0f}."
        )
    return _open(session, OpenedImage(name, image, _following(session), None, tuple(remarks)), run, about)


def _following(session: Session) -> int:
    """Return the number of the next image."""
    before = session.document.opened
    return 0 if before is None else before.number + 1


def _open(session: Session, opened: OpenedImage, run: Run, about: About) -> str:
    """Put an image in the place of the one before it, and segment it."""
    stopping.check()
    forget_image(session)
    before = session.document.opened
    session.edit(lambda document: about(opened, document))
    forget_files(session)
    session.publish(
        image=image_state(opened), result=None, selection=None, regions=None,
        objects=None, drawn=None, palette=palette(COLOURS),
    )  # fmt: skip
    for path in () if before is None or before.large is None else before.large.files:
        path.unlink(missing_ok=True)
    return segment_document(session, run)
