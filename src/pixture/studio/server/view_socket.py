"""One view of a session over a WebSocket: what waits for it is sent, and what it says is received."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from pixture.studio.server.message_frames import MalformedMessage, framed, read_frame
from pixture.studio.server.sessions import NotTaken, Sessions
from pixture.studio.session.messages import Answer
from pixture.studio.session.outbox import Outbox, TooManyAnswers
from pixture.studio.session.session import FAULT, Session

MOST_QUESTIONS = 256
"""Questions that may wait for their answers; a page of ours asks a few at a time."""

MOST_ASKED = 64 * 2**20
"""Bytes of them."""

MOST_ANSWERED = 256 * 2**20
"""Bytes of answers that may wait to be read, but for one that is larger alone."""

LONGEST_REASON = 123
"""Bytes of the reason with which a WebSocket is closed: the protocol allows no more."""

PATIENCE = 2.0
"""Seconds that a client is given to take the reason why it is closed."""


class View(Outbox):
    """An outbox that knows how much was asked, and how much of what is answered waits."""

    def __init__(self, wake: Callable[[], object]) -> None:
        super().__init__(wake)
        self._count = threading.Lock()
        self.questions: dict[int, int] = {}
        self.answered = 0

    def asks(self, number: Any, size: int) -> None:
        """Note a question of so many bytes; one without a number is refused, and waits for nothing.

        Raises
        ------
        MalformedMessage
            Another that is not answered yet has its number: an answer would be one to either.
        TooManyAnswers
            Too many are not answered yet.
        """
        if isinstance(number, bool) or not isinstance(number, int):
            return
        with self._count:
            if number in self.questions:
                raise MalformedMessage("A question has a number of its own, until it is answered.", 1008)
            self.questions[number] = size
            if len(self.questions) > MOST_QUESTIONS or sum(self.questions.values()) > MOST_ASKED:
                raise TooManyAnswers

    def answer(self, number: int, answer: Answer) -> None:
        """Have an answer sent, as `Outbox` does; too many bytes that nobody reads are too many answers."""
        size = sum(memoryview(buffer).nbytes for buffer in answer.buffers)
        with self._count:
            self.questions.pop(number, None)
            if self.answered and self.answered + size > MOST_ANSWERED:
                raise TooManyAnswers
            self.answered += size
        super().answer(number, answer)

    def sent(self, size: int) -> None:
        """Note that an answer of so many bytes is sent."""
        with self._count:
            self.answered -= size


async def serve_view(socket: WebSocket, sessions: Sessions) -> None:
    """Connect a WebSocket with the session that it names, until one of them ends."""
    loop = asyncio.get_running_loop()
    woken, overrun = asyncio.Event(), asyncio.Event()

    def from_any_thread(event: asyncio.Event) -> None:
        with contextlib.suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(event.set)

    view = View(lambda: from_any_thread(woken))
    await socket.accept()
    try:
        session = await asyncio.to_thread(sessions.look, socket.query_params.get("session"), view)
    except NotTaken as refused:
        await close(socket, refused.code, str(refused))
        return
    parts = (
        receive_all(socket, session, view, lambda: from_any_thread(overrun)),
        send_all(socket, view, woken),
        wait_for_too_many(overrun),
    )
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        session.detach(view)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    ends = [end for end in ended if isinstance(end, End)]
    for fault in ended:
        if isinstance(fault, Exception) and not isinstance(fault, WebSocketDisconnect):
            traceback.print_exception(fault)
            ends.append(End(1011, FAULT))
    if ends and ends[0].code:
        await close(socket, ends[0].code, ends[0].reason)


@dataclass(frozen=True)
class End:
    """Why a WebSocket is closed: the protocol's code and a sentence; 0, the client has closed it."""

    code: int
    reason: str = ""


TOO_MANY = End(1008, "More was asked than is answered, or than is read of the answers.")


async def receive_all(socket: WebSocket, session: Session, view: View, overran: Callable[[], object]) -> End:
    """Give the session one message after the other, until something is wrong with one."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return End(0)
        frame = message.get("bytes")
        frame = message["text"] if frame is None else frame
        try:
            says, buffers = read_frame(frame)
            if isinstance(says.get("ask"), str):  # what else is none is refused, and waits for nothing
                view.asks(says.get("id"), len(frame))
        except MalformedMessage as malformed:
            return End(malformed.code, str(malformed))
        except TooManyAnswers:
            return TOO_MANY
        session.receive(says, buffers, view, overran)


async def wait_for_too_many(overrun: asyncio.Event) -> End:
    """Wait until the client does not read what it is answered."""
    await overrun.wait()
    return TOO_MANY


async def send_all(socket: WebSocket, view: View, woken: asyncio.Event) -> End:
    """Send one message after the other as they come; a client that does not read is waited for."""
    while True:
        woken.clear()
        message = view.take()
        if message is None:
            await woken.wait()
            continue
        frame = framed(message.says, message.buffers)
        if isinstance(frame, str):
            await socket.send_text(frame)
        else:
            await socket.send_bytes(frame)
        if "answer" in message.says:
            view.sent(message.bytes)


async def close(socket: WebSocket, code: int, reason: str) -> None:
    """Close a WebSocket with a reason; one that does not take it is broken off."""
    short = reason.encode()[:LONGEST_REASON].decode(errors="ignore")
    try:
        await asyncio.wait_for(socket.close(code, short), PATIENCE)
    except Exception:  # noqa: BLE001 - it is closed in one way or the other
        break_off = socket.scope["extensions"].get("pixture.break_off")
        if break_off is not None:
            break_off["call"]()
