"""Images come into a session: by a path on this computer, or sent in parts."""

from __future__ import annotations

import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pixture.errors import ChoiceError, ImageError, remarks_taken
from pixture.mixture.model.mixture import Mixture
from pixture.options.reading import Reading
from pixture.scale.memory import memory_allowed, memory_of_whole
from pixture.scale.sources.opened_source import source_of_windows
from pixture.scale.sources.source import Source
from pixture.scale.watched import Watched
from pixture.scale.workers import Threads
from pixture.studio.marks.strokes import NOTHING_DRAWN
from pixture.studio.runs.fitting import segment_document
from pixture.studio.runs.large_run import SayPasses
from pixture.studio.session.document import MOST_SEEN, OpenedImage
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.result_state import image_state, palette
from pixture.studio.session.session import Run, Session
from pixture.studio.session_file.reopening import forget_image, open_session
from pixture.studio.session_file.session_file import is_session_file
from pixture.studio.tiles.large_image import looked_at
from pixture.wording import shown

MOST_NAME = 200
"""Bytes of a file's name; file systems take 255, of which results take some."""

PART = 4 * 2**20
"""Bytes of a file that are sent at once, at most."""


def open_path(session: Session, question: Question) -> Answer:
    """Open the image in a file of this computer."""
    path = Path(question.text("path"))
    with suppress(RuntimeError):  # there is no such user: the file is not there
        path = path.expanduser()
    session.begin("Opening", lambda run: open_place(session, path, run))
    return Answer()


@dataclass(frozen=True, eq=False)
class Edits:
    """How components were edited before: as `Document.start` and `Document.locked`."""

    start: Mixture | None = None
    locked: frozenset[int] = frozenset()


NO_EDITS = Edits()


def open_place(session: Session, path: Path, run: Run, edits: Edits = NO_EDITS) -> str:
    """Open the image at a path that a person has named, and segment it: in pieces, if it is large.

    `edits` are those of a session that is opened again, whose image is large.
    """
    source = _large_source(session, path)
    if source is None:
        return open_file(session, path, path.name, run)
    passes = SayPasses(session, run)
    workers = Watched(Threads(None, passes.part_done), passes)
    large, seen = looked_at(source, workers, MOST_SEEN)
    return _open(session, OpenedImage(path.name, seen, _following(session), large), run, edits)


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
    size = question.whole("bytes", 1, 2**53)
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
    with path.open("ab") as file:
        file.write(part)
    if arrived < size:
        return Answer({"arrived": arrived})
    del session.memory[f"upload {number}"]
    # a folder of its own, so that the file has its own name, which results and messages are called after
    folder = session.folder / number
    folder.mkdir()
    whole = path.rename(folder / name)
    session.begin("Opening", lambda run: open_file(session, whole, name, run))
    return Answer({"arrived": arrived})


def file_name(given: str) -> str:
    r"""Return the name of a file that is sent under some name: no folders, and no more than disks take.

    >>> file_name("C:\\pictures\\a.png"), file_name("../.."), file_name("a\0b")
    ('a.png', 'image', 'ab')
    """
    name = "".join(letter for letter in given.replace("\\", "/") if letter.isprintable()).rpartition("/")[2]
    while len(name.encode(errors="replace")) > MOST_NAME:  # the end says what it is
        name = name[1:]
    return "image" if name.strip(". ") == "" else name


def _forget(session: Session, number: str) -> None:
    path, _, _ = session.memory.pop(f"upload {number}")
    path.unlink(missing_ok=True)


def open_file(session: Session, path: Path, name: str, run: Run) -> str:
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
    return _open(session, OpenedImage(name, image, _following(session), None, tuple(remarks)), run)


def _following(session: Session) -> int:
    """Return the number of the next image."""
    before = session.document.opened
    return 0 if before is None else before.number + 1


def _open(session: Session, opened: OpenedImage, run: Run, edits: Edits = NO_EDITS) -> str:
    """Put an image in the place of the one before it, and segment it."""
    if not session.is_current(run):
        return ""
    forget_image(session)
    before = session.document.opened
    session.change(opened=opened, drawn=NOTHING_DRAWN, start=edits.start, locked=edits.locked, found=None)
    session.publish(
        image=image_state(opened), result=None, selection=None, regions=None, objects=None, drawn=None,
        palette=palette(64),
    )  # fmt: skip
    for path in () if before is None or before.large is None else before.large.files:
        path.unlink(missing_ok=True)
    return segment_document(session, run)
