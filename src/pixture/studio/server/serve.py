"""The studio served to browsers, until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pixture import stopping
from pixture.errors import ChoiceError
from pixture.studio.server.access import Access, bracketed
from pixture.studio.server.application import application
from pixture.studio.server.decoding import Decoder
from pixture.studio.server.page_files import load_page
from pixture.studio.server.protocol import Server, server
from pixture.studio.server.sessions import Sessions
from pixture.studio.server.upload_folder import upload_folder
from pixture.studio.session.questions import new_session
from pixture.studio.session.session import Limits
from pixture.studio.session_file.saved_sessions import sessions_folder

USUAL_PORT = 8421
"""The port that is taken where it is free and none is asked for: addresses stay the same then."""

LOOK = 60.0
"""Seconds between looks for sessions that nobody comes back to."""


def serve(
    host: str,
    port: int | None,
    announce: Callable[[str], object],
    *,
    opened: Path | None = None,
    max_pixels: int | None = None,
    ready: Callable[[], object] = lambda: None,
) -> None:
    """Serve the studio until a signal asks to end.

    Parameters
    ----------
    host, port
        Where to listen; None takes the usual port, or a free one.
    announce
        Told each link that opens it.
    opened
        The image that every session begins with.
    max_pixels
        Of an image; None takes what is usual.
    ready
        Called, in a thread of its own, once browsers are answered: it may have loaded what they will need.

    Raises
    ------
    ChoiceError
        Nothing can listen there.
    Stopped
        A signal asked to end.
    """
    page, kept = load_page(), sessions_folder()
    limits = Limits() if max_pixels is None else Limits(pixels=max_pixels)
    with listening(host, port) as listener, upload_folder() as folder:
        access = Access(host, listener.getsockname()[1], announce)
        decoder = Decoder(max_pixels, sent=folder)
        sessions = Sessions(
            lambda place: new_session(place, limits=limits, saved=kept, read=decoder.read), folder, opened
        )
        web = server(application(access, sessions, page))
        try:
            asyncio.run(_served(web, listener, access, sessions, (decoder.warm, ready)))
        finally:
            signal = stopping.taken()  # what is to be kept still is: `check` would refuse to begin that
            sessions.cancel()
            decoder.end()
            sessions.end()
    if signal is not None:
        raise stopping.Stopped(signal)


async def _served(
    web: Server,
    listener: socket.socket,
    access: Access,
    sessions: Sessions,
    then: Sequence[Callable[[], object]],
) -> None:
    looking = asyncio.create_task(_end_old_sessions(sessions))
    access.new_link()
    for one in then:
        threading.Thread(target=one, daemon=True).start()
    await web.serve(sockets=[listener])
    looking.cancel()


async def _end_old_sessions(sessions: Sessions) -> None:
    while True:
        await asyncio.sleep(LOOK)
        await asyncio.to_thread(sessions.end_old_ones)


@contextlib.contextmanager
def listening(host: str, port: int | None) -> Iterator[socket.socket]:
    """Give a socket that listens.

    Raises
    ------
    ChoiceError
        There is no such address here, or its port is taken.
    """
    with contextlib.ExitStack() as ending:
        if port is None:
            try:
                yield ending.enter_context(_listener(host, USUAL_PORT))
                return
            except OSError:
                port = 0
        try:
            found = ending.enter_context(_listener(host, port))
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ChoiceError(
                f"Nothing can listen at {bracketed(host)}:{port} ({reason}). Choose another --port, or leave "
                "it out; --host is an address of this computer."
            ) from None
        yield found


def _listener(host: str, port: int) -> socket.socket:
    family, kind, number, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    found = socket.socket(family, kind, number)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(128)
        found.setblocking(False)
    except BaseException:
        found.close()
        raise
    return found
