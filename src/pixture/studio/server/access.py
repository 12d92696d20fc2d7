"""Who may use the studio: whoever has the link, in a browser, at an address that is ours.

Any page that a browser shows can send requests to this computer, and any name can be made to lead to it. So a
request must name us as its host (no other name that leads here is answered), a WebSocket must come from our
own page (browsers name the page in Origin, and let no page lie), and both must show a cookie. A browser is
given the cookie for the token in the link that the terminal shows, once.

>>> access = Access("127.0.0.1", 8421)
>>> [access.is_host(host) for host in ("localhost:8421", "localhost:80", "elsewhere.example:8421")]
[True, False, False]
>>> [access.is_own_page("localhost:8421", origin) for origin in ("http://localhost:8421", "null")]
[True, False]
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
import threading
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

import psutil

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
"""Names of this computer that lead nowhere else."""


class Access:
    """What a request must show.

    Parameters
    ----------
    host
        The address that is listened at, as it was asked for.
    port
        Its port.
    announce
        Told every new link: the first, and one more whenever the last was used and another is needed.
    """

    def __init__(self, host: str, port: int, announce: Callable[[str], object] = lambda link: None) -> None:
        self.host, self.port, self._announce = host, port, announce
        self.hosts = frozenset(with_port(name, port) for name in names_of(host))
        # cookies know no ports: two studios on one computer must not take each other's
        self.cookie = f"pixture-studio-{port}"
        self._secret = secrets.token_urlsafe(32)
        self._token = ""
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """Where the page is."""
        named = "127.0.0.1" if is_anywhere(self.host) else bracketed(self.host)
        return f"http://{named}:{self.port}/"

    def new_link(self) -> str:
        """Return a link that opens the studio in one browser; an older one that was not used is void."""
        with self._lock:
            self._token = secrets.token_urlsafe(32)
            link = f"{self.address}?token={self._token}"
        self._announce(link)
        return link

    def take(self, token: str) -> str | None:
        """Return the cookie's value for the token of a link, which is void from now on; None for another."""
        with self._lock:
            if not self._token or not same(token, self._token):
                return None
            self._token = ""
        return self._secret

    def offer_link(self) -> None:
        """Have a new link announced, unless the last one is still good."""
        if not self._token:
            self.new_link()

    def is_host(self, host: str | None) -> bool:
        """Whether a request's Host is one of our names."""
        return host is not None and host.lower() in self.hosts

    def is_own_page(self, host: str, origin: str | None) -> bool:
        """Whether a request's Origin is a page that was brought from the host that it asks."""
        return origin is not None and origin.lower() == f"http://{host.lower()}"

    def is_known(self, cookies: str) -> bool:
        """Whether the cookies of a request, as its header has them, hold ours."""
        try:
            found = SimpleCookie(cookies).get(self.cookie)
        except CookieError:
            return False
        return found is not None and same(found.value, self._secret)


def same(given: str, known: str) -> bool:
    """Whether two texts are equal, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(given.encode(errors="replace"), known.encode())


def names_of(host: str) -> set[str]:
    """Return the names under which a server is reached that listens at an address, as URLs have them.

    >>> sorted(names_of("127.0.0.1"))
    ['127.0.0.1', '[::1]', 'localhost']
    """
    names = {*LOOPBACK, bracketed(host).lower()}
    if is_anywhere(host):
        names |= {socket.gethostname().lower()}
        for addresses in psutil.net_if_addrs().values():
            names |= {bracketed(one.address.partition("%")[0]) for one in addresses if one.family in FAMILIES}
    return names


FAMILIES = (socket.AF_INET, socket.AF_INET6)


def bracketed(host: str) -> str:
    """Return an address as URLs have it.

    >>> bracketed("::1"), bracketed("127.0.0.1")
    ('[::1]', '127.0.0.1')
    """
    return f"[{host}]" if ":" in host else host


def with_port(name: str, port: int) -> str:
    """Return what browsers send as Host: HTTP's own port is not said."""
    return name if port == 80 else f"{name}:{port}"


def is_anywhere(host: str) -> bool:
    """Whether an address stands for all of the computer's.

    >>> is_anywhere("0.0.0.0"), is_anywhere("::"), is_anywhere("localhost")
    (True, True, False)
    """
    return _is(host, "is_unspecified")


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this computer alone.

    >>> is_loopback("localhost"), is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    return host.lower() == "localhost" or _is(host, "is_loopback")


def _is(host: str, what: str) -> bool:
    try:
        return bool(getattr(ipaddress.ip_address(host), what))
    except ValueError:
        return False
