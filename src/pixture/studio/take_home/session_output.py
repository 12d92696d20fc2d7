"""A session is taken home as a file."""

from __future__ import annotations

from typing import IO

from pixture.files.output_files import stem_of
from pixture.studio.runs.fitting import opened_in
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import Session
from pixture.studio.session_file.saved_sessions import MEMORY as SAVING
from pixture.studio.session_file.saved_sessions import Saving
from pixture.studio.session_file.session_file import SUFFIX, write_session
from pixture.studio.take_home.shelf import shelf_of


def write_session_of(session: Session, file: IO[bytes], with_image: bool | None = None) -> None:
    """Write a session's file into one that is open.

    Where None is said, the image's own file goes into it if it was sent to the studio: it is nowhere else
    then, but for a copy that goes with the session that was saved by itself.

    Raises
    ------
    ChoiceError
        There is no image yet.
    WriteError
        The image's file is to go along, and has changed or is none.
    """
    origin = opened_in(session).image.origin
    if with_image is None:
        saving = session.memory.get(SAVING)
        ours = [session.folder, *([saving.folder] if isinstance(saving, Saving) else [])]
        with_image = origin is not None and any(folder in origin.place.parents for folder in ours)
    write_session(file, session.document, colours=session.state("palette"), with_image=with_image)


def save_session(session: Session, question: Question) -> Answer:
    """Make the session's file: {"image"}, whether the image's own file goes along; `output` then sends it."""
    origin = opened_in(session).image.origin
    asked = question.says.get("image")
    folder = session.folder / "outputs" / "session"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem_of(origin.path) if origin is not None else 'image'}{SUFFIX}"
    with path.open("wb") as file:
        write_session_of(session, file, asked if isinstance(asked, bool) else None)
    shelf = shelf_of(session)
    shelf.number += 1
    shelf.asked = {shelf.number: (path,)}
    return Answer({"number": shelf.number, "files": [{"name": path.name, "bytes": path.stat().st_size}]})
