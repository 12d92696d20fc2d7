"""The studio as an application of a web server: the page, its files, and the socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from pixture.errors import ChoiceError
from pixture.studio.server.access import Access
from pixture.studio.server.gate import Gate
from pixture.studio.server.page_files import Page, PageFile
from pixture.studio.server.refusal_page import refusal_page
from pixture.studio.server.sessions import Sessions
from pixture.studio.server.view_socket import serve_view
from pixture.studio.session.messages import Question
from pixture.studio.take_home.outputs import made_file

TAKE_HOME = "/output"
"""Where files are that were made: /output?session=UUID&number=…&file=…, as the question "output" has them."""

BYTES = "application/octet-stream"


def application(access: Access, sessions: Sessions, page: Page) -> Starlette:
    """Return the application; everything passes the gate first."""

    async def show_page(request: Request) -> Response:
        return Response(page.html, headers={"cache-control": "no-store"}, media_type="text/html")

    async def socket(websocket: WebSocket) -> None:
        await serve_view(websocket, sessions)

    async def take_home(request: Request) -> Response:
        path = await asyncio.to_thread(file_asked, request.query_params, sessions)
        if path is None:
            return refusal_page("This file is not there any more", "Make it again: Take home.", status=404)
        return FileResponse(path, filename=path.name, media_type=BYTES, headers={"cache-control": "no-store"})

    async def not_found(request: Request, error: Exception) -> Response:
        return refusal_page("There is nothing here", "The studio's page is at /.", status=404)

    async def not_allowed(request: Request, error: Exception) -> Response:
        return refusal_page("Not this way", "The studio's page is at /, by GET.", status=405)

    app = Starlette(
        routes=[
            Route("/", show_page),
            *(Route(file.address, _shown(file)) for file in page.files.values()),
            Route(TAKE_HOME, take_home, methods=["GET"]),
            WebSocketRoute("/socket", socket),
        ],
        middleware=[Middleware(Gate, access=access)],
        exception_handlers={404: not_found, 405: not_allowed},
    )
    app.router.redirect_slashes = False  # what is not there is not near it either
    return app


def file_asked(asked: Mapping[str, str], sessions: Sessions) -> Path | None:
    """Return the file that is asked for, None where there is none: no path is made of what is asked."""
    session = sessions.there(asked.get("session"))
    if session is None or not all(asked.get(one, "").isascii() for one in ("number", "file")):
        return None
    try:
        says = {"number": int(asked.get("number", "")), "file": int(asked.get("file", ""))}
        path = made_file(session, Question("output", says))
    except (ValueError, ChoiceError):
        return None
    session.last_used = time.monotonic()
    return path if path.is_file() else None


def _shown(file: PageFile) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers with a file; a browser that has it already is told so."""
    headers = {"etag": file.tag, "cache-control": "no-cache"}

    async def show(request: Request) -> Response:
        if file.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(file.content, headers={**headers, "content-type": file.kind})

    return show
