"""One view of a session over a WebSocket: what waits for it is sent, and what it says is received."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any

from starlette.websockets import WebSocket

from pixture.studio.server.message_frames import MalformedMessage, framed, read_frame
from pixture.studio.server.sessions import NotTaken, Sessions
from pixture.studio.session.messages import Answer
from pixture.studio.session.outbox import Outbox, TooManyAnswers

MOST_QUESTIONS = 256
"""Questions that may wait for their answers; a page of ours asks a few at a time."""

MOST_ASKED = 64 * 2**20
"""Bytes of them."""

MOST_ANSWERED = 256 * 2**20
"""Bytes of answers that may wait to be read, but for one that is larger alone."""

LONGEST_REASON = 123
"""Bytes of the reason with which a WebSocket is closed: the protocol allows no more."""

PATIENCE = 5.0
"""Seconds that a client is given to take the reason why it is closed."""


class View(Outbox):
    """An outbox that knows how much was asked, and how much of what is answered waits."""

    def __init__(self, wake: Callable[[], object]) -> None:
        super().__init__(wake)
        self._count = threading.Lock()
        self.questions: dict[int, int] = {}
        self.answered = 0

    def asks(self, number: Any, size: int) -> None:
        """Note a question of so many bytes.

        Raises
        ------
        TooManyAnswers
            Too many are not answered yet.
        """
        with self._count:
            if isinstance(number, int):
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
    await socket.accept()
    woken = asyncio.Event()

    def wake() -> None:
        with contextlib.suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(woken.set)

    view = View(wake)
    try:
        session = await asyncio.to_thread(sessions.look, socket.query_params.get("session"), view)
    except NotTaken as refused:
        await close(socket, refused.code, str(refused))
        return
    overrun = asyncio.Event()

    def overran() -> None:
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(overrun.set)

    async def receive() -> tuple[int, str]:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return 0, ""
            frame = message.get("bytes")
            frame = message["text"] if frame is None else frame
            try:
                says, buffers = read_frame(frame)
                if "ask" in says:
                    view.asks(says.get("id"), len(frame))
            except MalformedMessage as malformed:
                return malformed.code, str(malformed)
            except TooManyAnswers:
                return TOO_MANY
            session.receive(says, buffers, view, overran)

    async def overrunning() -> tuple[int, str]:
        await overrun.wait()
        return TOO_MANY

    tasks = [asyncio.create_task(one) for one in (receive(), send_all(socket, view, woken), overrunning())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        code, reason = done.pop().result()
    finally:
        for task in tasks:
            task.cancel()
        session.detach(view)
    if code:
        await close(socket, code, reason)


TOO_MANY = 1008, "More was asked than is answered, without reading the answers."


async def send_all(socket: WebSocket, view: View, woken: asyncio.Event) -> tuple[int, str]:
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
            view.sent(sum(memoryview(buffer).nbytes for buffer in message.buffers))


async def close(socket: WebSocket, code: int, reason: str) -> None:
    """Close a WebSocket with a reason; one that does not take it is broken off."""
    short = reason.encode()[:LONGEST_REASON].decode(errors="ignore")
    try:
        await asyncio.wait_for(socket.close(code, short), PATIENCE)
    except Exception:  # noqa: BLE001 - it is closed in one way or the other
        break_off = socket.scope["extensions"].get("pixture.break_off")
        if break_off is not None:
            break_off["call"]()
