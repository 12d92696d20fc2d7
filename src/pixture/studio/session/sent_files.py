"""Files that are sent to a session: what they are called, where they are kept, and how long."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from pixture.studio.session.session import Session

MOST_NAME = 200
"""Bytes of a file's name; file systems take 255, of which results take some."""

KEPT, WAITING = "folders of files", "folder that waits"
"""Under which names a session keeps the folders of files, and that of the one which is to be opened next."""


def file_name(given: str) -> str:
    r"""Return the name of a file that is sent under some name: no folders, and no more than disks take.

    >>> file_name("C:\\pictures\\a.png"), file_name("../.."), file_name("a\0b")
    ('a.png', 'image', 'ab')
    """
    name = "".join(letter for letter in given.replace("\\", "/") if letter.isprintable()).rpartition("/")[2]
    while len(name.encode(errors="replace")) > MOST_NAME:  # the end says what it is
        name = name[1:]
    return "image" if name.strip(". ") == "" else name


def new_folder(session: Session) -> Path:
    """Return a new folder for one file, which has its own name there: results are called after it."""
    folder = session.folder / uuid.uuid4().hex
    folder.mkdir()
    session.memory[KEPT] = (*session.memory.get(KEPT, ()), folder)
    return folder


def forget_files(session: Session) -> None:
    """Remove the files of which none is that of the session's image, or waits to be opened."""
    opened = session.document.opened
    origin = None if opened is None else opened.image.origin
    needed: set[Path | None] = {session.memory.get(WAITING)}
    if origin is not None:
        needed |= set(origin.place.parents)
    for folder in session.memory.get(KEPT, ()):
        if folder not in needed:
            shutil.rmtree(folder, ignore_errors=True)
    session.memory[KEPT] = tuple(one for one in session.memory.get(KEPT, ()) if one.exists())
