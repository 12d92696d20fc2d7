"""What the web server is told besides: when to end, and that who does not read is broken off."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from pixture import stopping

LARGEST = 16 * 2**20
"""Bytes of a message."""

PING = 20.0
"""Seconds between questions whether a client is there, and in which it answers."""


class Protocol(WebSocketsSansIOProtocol):
    """A WebSocket whose client is broken off where it does not answer.

    Closing waits until everything is read that was sent; a client that never reads would be kept for ever.
    """

    async def run_asgi(self) -> None:
        """Run the application, which is given a way to break the connection off."""
        self.scope["extensions"]["pixture.break_off"] = {"call": self.transport.abort}
        await super().run_asgi()

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
            http="h11",
            ws=Protocol,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws_max_size=LARGEST,
            ws_ping_interval=PING,
            ws_ping_timeout=PING,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=1,
        )
    )
