"""The gate: every request is looked at first, and every answer says what a page may do."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pixture.studio.server.access import Access
from pixture.studio.server.refusal_page import refusal_page

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may load, and from where (Content-Security-Policy): from here alone."""

SAFE = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Headers of every answer."""

LONGEST_QUERY = 256


@dataclass(frozen=True)
class Gate:
    """Lets through what `access` allows, and refuses all else with a page that says what to do."""

    app: ASGIApp
    access: Access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have the application answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        safely = _with_safe_headers(send)
        refused = self._refused(scope)
        if refused is None:
            await self.app(scope, receive, safely)
        else:
            await refused(scope, receive, safely)

    def _refused(self, scope: Scope) -> Response | None:
        """Return what is answered in place of what was asked for; None where nothing speaks against it."""
        access, headers = self.access, Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not access.is_host(hosts[0]):
            return refusal_page(
                "This is not the studio's address",
                f"The studio answers at {access.address} alone. Open it there, by the link in the terminal.",
            )
        if scope["type"] == "websocket":
            origins = headers.getlist("origin")
            if len(origins) != 1 or not access.is_own_page(hosts[0], origins[0]):
                return refusal_page("Not from here", "Only the studio's own page may connect to it.")
        known = access.is_known("; ".join(headers.getlist("cookie")))
        if scope["type"] == "http" and scope["path"] == "/":
            return self._at_the_door(scope, headers, known)
        if not known:
            return refusal_page("The studio does not know this browser", _HOW)
        return None

    def _at_the_door(self, scope: Scope, headers: Headers, known: bool) -> Response | None:
        """Return what is answered to who opens the page, with a link or without; None where he may."""
        asked = scope["query_string"].decode("latin-1")
        tokens = parse_qs(asked).get("token", []) if len(asked) <= LONGEST_QUERY else [""]
        if tokens and not known and scope["method"] == "GET":
            secret = self.access.take(tokens[0])
            if secret is not None:
                answer = RedirectResponse("/", 303, headers={"cache-control": "no-store"})
                answer.set_cookie(self.access.cookie, secret, path="/", httponly=True, samesite="strict")
                return answer
        if known:  # the token has no place in the address that is kept and shown
            return RedirectResponse("/", 303, headers={"cache-control": "no-store"}) if tokens else None
        if headers.get("sec-fetch-site") == "cross-site":
            # a link in another page: browsers keep the cookie back, and send it once the page is ours
            return refusal_page("One moment …", "The studio opens.", refresh=True)
        self.access.offer_link()
        if tokens:
            return refusal_page(
                "This link has been used, or is an old one", f"A link opens the studio once. {_HOW}"
            )
        return refusal_page("The studio does not know this browser", _HOW)


_HOW = (
    "The terminal in which pixture studio runs shows a new link; open that. If it does not run any more, "
    "start it again."
)


def _with_safe_headers(send: Send) -> Send:
    async def safely(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(scope=message)
            for name, value in SAFE.items():
                headers[name] = value
        await send(message)

    return safely
