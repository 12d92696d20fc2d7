"""A session is taken home as a file."""

from __future__ import annotations

from pixture.files.output_files import stem_of
from pixture.studio.runs.fitting import opened_in
from pixture.studio.session.messages import Answer, Question
from pixture.studio.session.session import Session
from pixture.studio.session_file.saved_sessions import MEMORY as SAVING
from pixture.studio.session_file.saved_sessions import Saving
from pixture.studio.session_file.session_file import SUFFIX, write_session
from pixture.studio.take_home.shelf import shelf_of


def save_session(session: Session, question: Question) -> Answer:
    """Make the session's file: {"image"}, whether the image's own file goes into it; `output` then sends it.

    Where nothing is said, it does if it was sent to the studio: it is nowhere else then, but for a copy that
    goes with the session that was saved by itself.
    """
    opened = opened_in(session)
    origin = opened.image.origin
    saving = session.memory.get(SAVING)
    ours = [session.folder, *([saving.folder] if isinstance(saving, Saving) else [])]
    sent = origin is not None and any(folder in origin.place.parents for folder in ours)
    asked = question.says.get("image")
    with_image = asked if isinstance(asked, bool) else sent
    folder = session.folder / "outputs" / "session"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem_of(origin.path) if origin is not None else 'image'}{SUFFIX}"
    with path.open("wb") as file:
        write_session(file, session.document, colours=session.state("palette"), with_image=with_image)
    shelf = shelf_of(session)
    shelf.number += 1
    shelf.asked = {shelf.number: (path,)}
    return Answer({"number": shelf.number, "files": [{"name": path.name, "bytes": path.stat().st_size}]})
