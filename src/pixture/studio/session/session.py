"""A session: one document, the views that look at it, and one run at a time.

It knows neither who carries its messages, nor what any question means: the table of questions does.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from pixture.errors import ChoiceError, PixtureError
from pixture.imaging.image import Image
from pixture.imaging.readers.read import read
from pixture.stopping import GivenUp, Stopped, given_up_when
from pixture.studio.session.document import Document
from pixture.studio.session.freed_memory import give_back_freed_memory
from pixture.studio.session.messages import Answer, Json, Question, said_of
from pixture.studio.session.outbox import Message, Outbox, TooManyAnswers
from pixture.wording import nearest, shown

Handler: TypeAlias = "Callable[[Session, Question], Answer]"

Work: TypeAlias = "Callable[[Run], str]"
"""What a run does; returns what came of it, in a sentence."""

FRAMES = 15.0
"""Pictures a second while a mixture is fitted, at most."""

FAULT = "Something went wrong inside pixture; where it was started, the terminal says what. Please report it."
"""What is said of a fault of ours."""

IDLE, RUNNING, DONE, CANCELLED, FAILED = "idle", "running", "done", "cancelled", "failed"
"""What a run can be."""


@dataclass(frozen=True)
class Limits:
    """What a session takes at most.

    Attributes
    ----------
    upload
        Bytes of a file that is sent to it.
    pixels
        Pixels of an image.
    """

    upload: int = 2**31
    pixels: int = 400_000_000


@dataclass(frozen=True, eq=False)
class Run:
    """A piece of work that may be cancelled."""

    number: int
    name: str
    began: float = field(default_factory=time.monotonic)
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self.began


class Session:
    """One document, its views, and one run at a time.

    Parameters
    ----------
    questions
        What can be asked: a name each, and what answers it.
    looks
        Names of those that change nothing, so that several are answered at once; the others are answered one
        after the other, in the order in which they are asked.
    folder
        For files that are sent to the session, and made by it; whoever made it removes it.
    limits
        What it takes at most.
    read
        Reads an image; a server does so in another process.
    """

    def __init__(
        self,
        questions: Mapping[str, Handler],
        folder: Path,
        *,
        looks: frozenset[str] = frozenset(),
        limits: Limits = Limits(),
        read: Callable[[Path], Image] = read,
    ) -> None:
        self.questions, self.folder, self.limits, self.read = questions, folder, limits, read
        self._looks = looks
        self.document = Document()
        self.last_used = time.monotonic()
        self.memory: dict[str, Any] = {}  # what handlers keep beside the document, by their own names
        self.on_change: list[Callable[[], object]] = []  # told when the document has changed
        self.on_close: list[Callable[[], object]] = []  # told when the session is about to end
        self._lock = threading.RLock()
        self._state: dict[str, Json] = {"run": {"status": IDLE, "number": 0}}
        self._views: list[Outbox] = []
        self._run: Run | None = None
        self._runs = 0
        self._next: tuple[Run, Work] | None = None  # what runs once the run before it has ended
        self._worker: threading.Thread | None = None
        self._looking = ThreadPoolExecutor(max_workers=4, thread_name_prefix="studio")
        self._changing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="studio-changes")
        self._last_frame = 0.0

    # --- views ---------------------------------------------------------------------------------------------

    def attach(self, view: Outbox) -> None:
        """Have a view told of everything from now on, beginning with the state as it is."""
        with self._lock:
            self._views.append(view)
            view.change(dict(self._state))

    def detach(self, view: Outbox) -> None:
        """Have a view told of nothing more."""
        with self._lock:
            self._views = [one for one in self._views if one is not view]
            self.last_used = time.monotonic()

    @property
    def views(self) -> tuple[Outbox, ...]:
        """Those who look."""
        return tuple(self._views)

    def publish(self, **parts: Json) -> None:
        """Change parts of the state, and tell all views."""
        with self._lock:
            self._state |= parts
            for view in self._views:
                view.change(parts)

    def state(self, part: str) -> Json:
        """Return a part of the state; None where nothing was said of it."""
        return self._state.get(part)

    def tell_step(self, says: Mapping[str, Json], buffers: Sequence[bytes | memoryview] = ()) -> None:
        """Tell all views of a step of a fit."""
        for view in self.views:
            view.step(Message({"step": says}, buffers))

    @property
    def wants_frame(self) -> bool:
        """Whether some view would draw a picture now, and the last one is long enough ago."""
        late = time.monotonic() - self._last_frame >= 1 / FRAMES
        return late and any(view.wants_frame for view in self.views)

    def tell_frame(self, says: Mapping[str, Json], buffers: Sequence[bytes | memoryview]) -> None:
        """Show all views a picture of a fit."""
        self._last_frame = time.monotonic()
        for view in self.views:
            view.frame(Message({"frame": says}, buffers))

    # --- the document --------------------------------------------------------------------------------------

    def change(self, **parts: Any) -> Document:
        """Replace parts of the document; return it."""
        return self.edit(lambda document: replace(document, **parts))

    def edit(self, edit: Callable[[Document], Document]) -> Document:
        """Put another document in the place of this one, which nobody else changes meanwhile; return it.

        Where other choices are in it, the page is told.
        """
        with self._lock:
            before = self.document
            changed = self.document = edit(before)
            if changed.chosen is not before.chosen:
                self.publish(choices=changed.chosen.as_dict())
        for listener in self.on_change:
            listener()
        return changed

    # --- questions -----------------------------------------------------------------------------------------

    def ask(self, question: Question) -> Answer:
        """Answer a question; what is refused is answered too, by its sentence under "error"."""
        self.last_used = time.monotonic()
        handler = self.questions.get(question.name)
        try:
            if handler is None:
                raise ChoiceError(
                    f"There is no question {shown(question.name)}.{nearest(question.name, self.questions)}"
                )
            return handler(self, question)
        except PixtureError as refused:
            return Answer({"error": str(refused)})
        except MemoryError:
            return Answer({"error": "There is not enough memory for that; close other images or programs."})
        except GivenUp:
            return Answer({"error": "Something else was asked for meanwhile."})
        except OSError as error:  # such as a disk that is full
            return Answer({"error": said_of(error)})
        except Exception:  # noqa: BLE001 - a fault of ours ends this answer, not the session
            traceback.print_exc()
            return Answer({"error": FAULT})

    def receive(
        self,
        says: Mapping[str, Json],
        buffers: Sequence[bytes | memoryview],
        view: Outbox,
        overrun: Callable[[], object],
    ) -> None:
        """Take a message of a view: a question, to be answered in another thread, or that it drew a frame.

        The question "look" has the whole state sent, too.

        `overrun` is called where the view asks without reading its answers. What is neither is refused in a
        sentence that the view is told.
        """
        if says.get("drawn"):
            view.drawn()
            return
        name, number = says.get("ask"), says.get("id")
        if not isinstance(name, str) or isinstance(number, bool) or not isinstance(number, int):
            view.change({"refused": "A message asks by a name (ask) and a whole number (id)."})
            return
        if name == "look":  # a host that keeps no state between its views
            view.change(dict(self._state))

        def answer() -> None:
            if name in self._looks and view not in self._views:
                return  # it has gone, and nothing is left to be changed
            try:
                view.answer(number, self.ask(Question(name, says, buffers)))
            except TooManyAnswers:
                overrun()

        (self._looking if name in self._looks else self._changing).submit(answer)

    # --- runs ----------------------------------------------------------------------------------------------

    def begin(self, name: str, work: Work) -> Run:
        """Begin a run, in a thread of its own; what runs already is cancelled, and ends first.

        `work` ends where it asks `stopping.check`. Of runs that wait for one to end, the last alone begins.
        """
        with self._lock:
            if self._run is not None:
                self._run.cancelled.set()
            self._runs += 1
            run = self._run = Run(self._runs, name)
            self._next = run, work
            self.say_run(run, RUNNING, f"{name} …")
            if self._worker is None:
                self._worker = threading.Thread(target=self._work_off, name="studio-run", daemon=True)
                self._worker.start()
        return run

    def cancel(self) -> None:
        """Cancel what runs, if something does."""
        with self._lock:
            if self._run is not None:
                self._run.cancelled.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing runs; return whether that came within so many seconds."""
        worker = self._worker
        if worker is not None:
            worker.join(timeout)
        return worker is None or not worker.is_alive()

    def say_run(self, run: Run, status: str, sentence: str, **more: Json) -> None:
        """Say how a run is doing, unless another has taken its place."""
        with self._lock:
            if self._run is run:
                said = {"status": status, "number": run.number, "name": run.name, "sentence": sentence}
                self.publish(run={**said, "seconds": round(run.seconds, 3), **more})

    def is_current(self, run: Run) -> bool:
        """Whether no other run has taken its place, and it is not cancelled."""
        return self._run is run and not run.cancelled.is_set()

    def _work_off(self) -> None:
        """Do what is to be done, until there is no more."""
        while True:
            with self._lock:
                waiting, self._next = self._next, None
                if waiting is None:
                    self._worker = None
                    break
            self._do(*waiting)
        give_back_freed_memory()

    def _do(self, run: Run, work: Work) -> None:
        try:
            with given_up_when(run.cancelled.is_set):
                if run.cancelled.is_set():
                    raise GivenUp
                sentence = work(run)
        except GivenUp:
            self.say_run(run, CANCELLED, "Cancelled. What was there before is as it was.")
        except Stopped:  # the process ends: there is nobody to tell
            return
        except OSError as error:  # such as a disk that is full
            self.say_run(run, FAILED, said_of(error))
        except PixtureError as refused:
            self.say_run(run, FAILED, str(refused))
        except MemoryError:
            self.say_run(run, FAILED, "There is not enough memory for that; close other images or programs.")
        except Exception:  # noqa: BLE001 - a fault of ours ends this run, not the session
            traceback.print_exc()
            self.say_run(run, FAILED, FAULT)
        else:
            self.say_run(run, DONE, sentence)

    def close(self) -> None:
        """End what runs, and answer nothing more."""
        self.cancel()
        self.wait(10)
        for listener in self.on_close:
            try:
                listener()
            except Exception:  # noqa: BLE001 - a fault of ours; the others are to be told still
                traceback.print_exc()
        for pool in (self._looking, self._changing):
            pool.shutdown(wait=False, cancel_futures=True)
