"""What the web server is told besides: when to end, and that a client that is not there is broken off."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from pixture import stopping

LARGEST = 16 * 2**20
"""Bytes of a message."""

PING = 20.0
"""Seconds between questions whether a client is there, and in which it answers."""


CLOSING = 2.0
"""Seconds in which a client confirms that a connection is closed."""

FIRST_REQUEST = 10.0
"""Seconds in which who connects says what is asked for."""

MOST_CONNECTIONS = 512
"""Connections that are served at once; others are told that there are too many."""


class HttpProtocol(H11Protocol):
    """HTTP whose client is broken off where it asks for nothing: connections are few."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as there
        """Give the client some time to ask."""
        super().connection_made(transport)
        self.loop.call_later(FIRST_REQUEST, self._end_unless_asked)

    def _end_unless_asked(self) -> None:
        # the scope is that of the first request, once it is whole
        if cast(Any, self.scope) is None:
            self.transport.abort()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket whose client is broken off where it does not answer.

    Closing waits until everything is read that was sent; a client that never reads would be kept for ever.
    """

    async def run_asgi(self) -> None:
        """Run the application, which is given a way to break the connection off."""
        self.scope["extensions"]["pixture.break_off"] = {"call": self.transport.abort}
        await super().run_asgi()

    async def send(self, message: Any) -> None:
        """Send what the application says; who does not confirm that it is closed is not waited for long.

        Raises
        ------
        ClientDisconnected
            The connection was closed meanwhile: after a frame that the protocol forbids, or as its client did
            not answer. The application hears of that a moment later, and uvicorn would blame it.
        """
        if self.close_sent and message["type"] == "websocket.send":
            raise ClientDisconnected
        await super().send(message)
        if message["type"] == "websocket.close" and self.close_timer is not None:
            self.close_timer.cancel()
            self.close_timer = self.loop.call_later(CLOSING, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """End a connection whose client did not answer."""
        super().keepalive_timeout()
        self.transport.abort()


class Server(uvicorn.Server):
    """A server that ends when a signal asked pixture to; it handles none itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `pixture.stopping`."""
        yield

    async def on_tick(self, counter: int) -> bool:
        """Whether to end; asked ten times a second."""
        return await super().on_tick(counter) or stopping.asked() is not None


def server(app: ASGIApp) -> Server:
    """Return a web server of an application."""
    return Server(
        uvicorn.Config(
            app,
            http=HttpProtocol,
            ws=WebSocketProtocol,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws_max_size=LARGEST,
            ws_ping_interval=PING,
            ws_ping_timeout=PING,
            ws_per_message_deflate=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=1,
        )
    )
