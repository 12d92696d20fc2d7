"""What waits to be sent to one view, of each thing the latest: one that does not read costs little."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pixture.studio.session.messages import Answer, Json

MOST_ANSWERS = 256
"""Answers that may wait. Who asks more without reading is no page of ours."""

MOST_STEPS = 1000
"""Steps of a fit that may wait; a view asks for all of them when the fit is done."""

MOST_STEP_BYTES = 32 * 2**20
"""Bytes of them: of many bands and components one step has millions."""


@dataclass(frozen=True)
class Message:
    """Something to be sent.

    Attributes
    ----------
    says
        Ready for JSON: {"state": …} changes parts of the state, {"answer": id, …} answers a question, and
        {"step": …} and {"frame": …} tell of a fit.
    buffers
        What goes with it, as bytes.
    """

    says: Mapping[str, Json]
    buffers: Sequence[bytes | memoryview] = ()

    @property
    def bytes(self) -> int:
        """Of its buffers."""
        return sum(memoryview(buffer).nbytes for buffer in self.buffers)


class TooManyAnswers(Exception):  # noqa: N818 - what a view does, not an error of ours
    """A view asks and does not read what it is answered."""


class Outbox:
    """What waits for a view, which takes one message after the other (`take`).

    Parts of the state wait once each, with their latest value. One frame waits, the latest, and only when the
    view has drawn the one before it (`drawn`).
    """

    def __init__(self, wake: Callable[[], object]) -> None:
        """`wake` is called, from any thread, when there is something to take."""
        self._wake = wake
        self._lock = threading.Lock()
        self._state: dict[str, Json] = {}
        self._answers: deque[Message] = deque()
        self._steps: deque[Message] = deque()
        self._step_bytes = 0
        self._frame: Message | None = None
        self._drawing = False

    def change(self, parts: Mapping[str, Json]) -> None:
        """Have parts of the state sent."""
        with self._lock:
            self._state |= parts
        self._wake()

    def answer(self, number: int, answer: Answer) -> None:
        """Have an answer sent to the question of a number.

        Raises
        ------
        TooManyAnswers
            So many wait already that nobody reads them.
        """
        with self._lock:
            if len(self._answers) >= MOST_ANSWERS:
                raise TooManyAnswers
            self._answers.append(Message({"answer": number, **answer.says}, answer.buffers))
        self._wake()

    def step(self, message: Message) -> None:
        """Have a step of a fit sent; where those that wait are too many or too large, the oldest go."""
        with self._lock:
            self._steps.append(message)
            self._step_bytes += message.bytes
            while len(self._steps) > 1 and (
                len(self._steps) > MOST_STEPS or self._step_bytes > MOST_STEP_BYTES
            ):
                self._step_bytes -= self._steps.popleft().bytes
        self._wake()

    def frame(self, message: Message) -> None:
        """Have a picture of a fit sent, in place of one that waits."""
        with self._lock:
            self._frame = message
        self._wake()

    @property
    def wants_frame(self) -> bool:
        """Whether a picture would be sent at once."""
        return not self._drawing and self._frame is None

    def drawn(self) -> None:
        """Note that the view has drawn the frame that it was sent."""
        with self._lock:
            self._drawing = False
        self._wake()

    def take(self) -> Message | None:
        """Return what is sent next; None where nothing waits."""
        with self._lock:
            if self._state:
                parts, self._state = self._state, {}
                return Message({"state": parts})
            if self._answers:
                return self._answers.popleft()
            if self._steps:
                step = self._steps.popleft()
                self._step_bytes -= step.bytes
                return step
            if self._frame is not None and not self._drawing:
                frame, self._frame, self._drawing = self._frame, None, True
                return frame
        return None
