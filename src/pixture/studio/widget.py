"""The studio in a notebook: a session behind a widget.

The page is that of the server; its messages go through the notebook's own connection to Python.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import shlex
import shutil
import tempfile
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from pixture.arrays import Integers
from pixture.errors import PixtureError
from pixture.files.atomic_writing import write_whole
from pixture.files.input_files import Inputs
from pixture.segmentation.segmentation import Segmentation
from pixture.studio.marks.guided import marks_in
from pixture.studio.marks.strokes import Drawn
from pixture.studio.modules import one_module, one_style
from pixture.studio.runs.fitting import segment_document
from pixture.studio.session.document import Document
from pixture.studio.session.messages import finite
from pixture.studio.session.outbox import Outbox
from pixture.studio.session.questions import new_session
from pixture.studio.session.session import Run
from pixture.studio.session_file.from_segmentation import show
from pixture.studio.session_file.reopening import open_session
from pixture.studio.take_home.session_output import write_session_of

BURST = 16
"""Messages that are sent in a row."""

PAUSE = 0.02
"""Seconds between such bursts, so that fewer go out than Jupyter lets pass (1000 a second)."""


class StudioWidget(anywidget.AnyWidget):
    """The studio in a cell of a notebook; Python sees what is done in it.

    Parameters
    ----------
    document
        What it shows at first.
    file
        A session's file, which is opened instead.

    Attributes
    ----------
    segmentation
        What was found last, as `pixture.segment` returns it; None before. `widget.observe(f, "segmentation")`
        has f called with each new one.
    drawn
        What is marked by hand: strokes, and a box. It can be observed too; `scribbles` has it as an array.
    session
        What stands behind the page.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    segmentation = traitlets.Instance(Segmentation, allow_none=True, read_only=True)
    drawn = traitlets.Instance(Drawn, args=(), read_only=True)

    def __init__(self, document: Document, file: Path | None = None) -> None:
        folder = tempfile.mkdtemp(prefix="pixture-studio-")
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._loop = _running_loop()
        self._lock = threading.Lock()
        self._due = False
        self._outbox = Outbox(self._wake)
        self.session = new_session(Path(folder))
        show(self.session, document)
        super().__init__(_esm=one_module(), _css=one_style())
        self.on_msg(self._received)
        self._follow()
        self.session.attach(self._outbox)
        self.session.on_change.append(self._wake)
        if document.opened is not None and document.found is None:  # as where an image is opened in the page
            self.session.begin("Segmenting", lambda run: segment_document(self.session, run))
        if file is not None:
            self._open(file)

    def __repr__(self) -> str:
        """What is seen where no widget is: in a terminal, and where notebooks are but read."""
        opened = self.session.document.opened
        origin = None if opened is None else opened.image.origin
        command = "pixture studio" if origin is None else f"pixture studio {shlex.quote(str(origin.path))}"
        about = "" if opened is None else f" about {opened.name}"
        return (
            f"The studio{about}: shown by a notebook, where this is the last line of a cell.\n"
            f"Without a notebook, run in a terminal: {command}"
        )

    @property
    def scribbles(self) -> Integers | None:
        """What is marked with the brush, of the image's shape, uint8; None where nothing is.

        0 where nothing is known, c where class c is marked, as `pixture.segment(scribbles=…)` takes it.
        """
        document = self.session.document
        if document.opened is None or not document.drawn.strokes:
            return None
        return marks_in(self.session.memory, document.drawn, document.opened).classes.copy()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing runs; return whether that came within so many seconds.

        After it `segmentation` is the one that was found, within the same cell of a notebook, too.
        """
        done = self.session.wait(timeout)
        self._follow()
        return done

    def save(
        self, path: str | os.PathLike[str], *, with_image: bool | None = None, overwrite: bool = False
    ) -> Path:
        """Write the session to a file that opens again as it was; return its path.

        It holds the choices, the marks, the names and every iteration. `open_studio` opens it, and so do the
        command `pixture studio` and the page. An image that was an array goes into it. What still runs does
        not: `wait` for it first.

        Parameters
        ----------
        path
            Any name; ".pixture-session" is customary. The folder is made if it is not there.
        with_image
            Whether the image's own file goes into it, too, so that it opens elsewhere; else its path does.
            None: if it was opened in the page, whose copy goes with the studio.
        overwrite
            Whether a file that is there already may be replaced.

        Raises
        ------
        ChoiceError
            There is no image yet.
        WriteError
            The file is there already, or cannot be written; or the image is to go along, and has changed or
            is no single file.

        Examples
        --------
        >>> import tempfile, numpy as np, pixture
        >>> widget = pixture.segment(np.eye(40, dtype=np.uint8), 2).studio()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     again = pixture.open_studio(widget.save(f"{folder}/eye.pixture-session"))
        >>> np.array_equal(again.segmentation.labels, widget.segmentation.labels)
        True
        >>> again.close(), widget.close()
        (None, None)
        """
        content, place = io.BytesIO(), Path(path)
        write_session_of(self.session, content, with_image)
        opened = self.session.document.opened
        origin = None if opened is None else opened.image.origin
        inputs = Inputs.of([] if origin is None else [origin.place])
        write_whole({place: content.getvalue()}, overwrite=overwrite, inputs=inputs)
        return place

    def close(self) -> None:
        """End what runs, and take the studio out of its cells."""
        self.session.detach(self._outbox)
        self.session.close()
        super().close()
        self._remove()

    def _open(self, file: Path) -> None:
        """Open a session's file; what is wrong with it is raised here, as with an image's."""
        refused: list[PixtureError] = []

        def work(run: Run) -> str:
            try:
                return open_session(self.session, file, run)
            except PixtureError as error:
                refused.append(error)
                raise

        self.session.begin("Opening", work)
        try:
            self.wait()
            if refused:
                raise refused[0]
        except BaseException:
            self.close()
            raise

    def _received(self, _: object, says: Any, buffers: Sequence[memoryview] | None) -> None:
        if isinstance(says, dict):
            if says.get("ask") == "look":  # a page that was not there: no frame is being drawn in it
                self._outbox.drawn()
            # who asks without reading the answers is left without some
            self.session.receive(says, buffers or (), self._outbox, lambda: None)

    # Comms belong to the thread of the kernel's loop, where cells run and messages arrive; there alone hosts
    # know whom a message is for. While a cell runs, messages wait, of each thing the latest.

    def _wake(self) -> None:
        """Have what waits sent by the loop's thread, or at once where there is no loop."""
        with self._lock:
            if self._due:
                return
            self._due = True
        if self._loop is None:
            self._deliver()
            return
        with contextlib.suppress(RuntimeError):  # the kernel ends: its loop is closed
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        """Send what waits, then note what has changed."""
        sent = 0
        while self._loop is None or sent < BURST:
            message = self._outbox.take()
            if message is None:
                with self._lock:
                    self._due = False
                message = self._outbox.take()  # one that came before that was noted
                if message is None:
                    break
            self.send(finite(message.says), list(message.buffers))
            sent += 1
        else:
            self._loop.call_later(PAUSE, self._deliver)
        self._follow()

    def _follow(self) -> None:
        document = self.session.document
        self.set_trait("segmentation", None if document.found is None else document.found.segmentation)
        self.set_trait("drawn", document.drawn)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop of the thread that this is called in: in a notebook, the kernel's."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
