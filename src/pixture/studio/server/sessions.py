"""The sessions of a server: a page's lives on when its connection ends, for an hour."""

from __future__ import annotations

import re
import shutil
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pixture.studio.session.messages import Question, said_of
from pixture.studio.session.outbox import Outbox
from pixture.studio.session.session import Session

NAME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What a session is called: a UUID, as the page makes one."""


class NotTaken(Exception):  # noqa: N818 - said to a page, not an error of ours
    """A view is not taken; the sentence says why.

    Attributes
    ----------
    code
        With what its WebSocket is closed: 1008, it is asked wrongly; 1013, another time it may be.
    """

    def __init__(self, sentence: str, code: int = 1013) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Bounds:
    """How many sessions there may be, and how long.

    Attributes
    ----------
    sessions
        How many at once.
    views
        How many views of all of them.
    views_of_one
        How many views of each.
    hours
        How long one is kept that nobody looks at.
    seconds
        How long at least, where another needs its place: a page that is loaded anew is back by then.
    """

    sessions: int = 16
    views: int = 64
    views_of_one: int = 8
    hours: float = 1.0
    seconds: float = 60.0


@dataclass(eq=False)
class Sessions:
    """The sessions, by their names.

    Attributes
    ----------
    new
        Returns a new session that keeps its files in a folder.
    folder
        What has a folder for each.
    opened
        The image that each begins with, if any.
    """

    new: Callable[[Path], Session]
    folder: Path
    opened: Path | None = None
    bounds: Bounds = Bounds()
    _all: dict[str, Session] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, name: str | None, view: Outbox) -> Session:
        """Return the session of a name, new or not, and have a view look at it.

        Raises
        ------
        NotTaken
            The name is none, or there are too many already.
        """
        if name is None or not NAME.fullmatch(name):
            raise NotTaken("A session is called by a UUID: /socket?session=UUID.", 1008)
        bounds = self.bounds
        with self._lock:
            if sum(len(one.views) for one in self._all.values()) >= bounds.views:
                raise NotTaken(f"{bounds.views} pages are connected already; close some of them.")
            session = self._all.get(name)
            if session is not None and len(session.views) >= bounds.views_of_one:
                raise NotTaken(f"{bounds.views_of_one} pages show this session already; close some of them.")
            if session is None:
                session = self._begin(name)
            session.attach(view)
        return session

    def there(self, name: str | None) -> Session | None:
        """Return the session of a name, if there is one."""
        with self._lock:
            return None if name is None else self._all.get(name)

    def _begin(self, name: str) -> Session:
        if len(self._all) >= self.bounds.sessions:
            self._make_room()
        folder = self.folder / name
        try:
            folder.mkdir(exist_ok=True)  # of one that has ended a file may be left that was in use
        except OSError as error:
            raise NotTaken(f"No session can begin: {said_of(error)}") from error
        session = self._all[name] = self.new(folder)
        # a page that comes back after this one has ended is told that it is another
        session.publish(session=uuid.uuid4().hex)
        if self.opened is not None:
            session.ask(Question("open-path", {"path": str(self.opened)}))
        return session

    def _make_room(self) -> None:
        """End the session that was left first; where sessions are saved, it can be opened again."""
        since = time.monotonic() - self.bounds.seconds
        left = [(one.last_used, name) for name, one in self._all.items() if not one.views]
        for last_used, name in sorted(left):
            if last_used < since or self._all[name].document.opened is None:
                self._end(name)
                return
        raise NotTaken(
            f"There are {self.bounds.sessions} sessions already. Go on in one of their pages, or start "
            "another pixture studio."
        )

    def end_old_ones(self) -> None:
        """End the sessions that nobody has looked at for so long that nobody comes back."""
        with self._lock:
            since = time.monotonic() - 3600 * self.bounds.hours
            for name in [name for name, one in self._all.items() if not one.views and one.last_used < since]:
                self._end(name)

    def cancel(self) -> None:
        """Cancel what runs in any of them."""
        for session in list(self._all.values()):
            session.cancel()

    def end(self) -> None:
        """End all of them."""
        with self._lock:
            for name in list(self._all):
                self._end(name)

    def _end(self, name: str) -> None:
        try:
            self._all.pop(name).close()
        finally:
            shutil.rmtree(self.folder / name, ignore_errors=True)
