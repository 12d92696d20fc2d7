"""The files of the page, found once: what is asked for is looked up, and no path is made of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PAGE = Path(__file__).parent.parent / "page"
KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@dataclass(frozen=True, eq=False)
class PageFile:
    """A file of the page.

    Attributes
    ----------
    address
        Where browsers find it, such as "/page/core/studio.js".
    content
        What it holds.
    kind
        The media type.
    """

    address: str
    content: bytes
    kind: str

    @cached_property
    def tag(self) -> str:
        """What tells its content from another's (ETag)."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'


@dataclass(frozen=True, eq=False)
class Page:
    """The page and its files, by their addresses."""

    html: bytes
    files: dict[str, PageFile]


def load_page(folder: Path = PAGE) -> Page:
    """Return the page, with links to every style and module, so that a browser asks for all of them at once.

    >>> page = load_page()
    >>> page.files["/page/index.js"].kind
    'text/javascript; charset=utf-8'
    >>> b'<link rel="modulepreload" href="/page/core/studio.js">' in page.html
    True
    """
    files: dict[str, PageFile] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in KINDS and path.is_file():
            address = f"/page/{path.relative_to(folder).as_posix()}"
            files[address] = PageFile(address, path.read_bytes(), KINDS[path.suffix])
    styles = [address for address in files if address.endswith(".css")]
    # the style that says the colours comes first
    styles.sort(key=lambda address: (not address.endswith("/studio.css"), address))
    modules = [address for address in files if address.endswith(".js")]
    links = [f'<link rel="stylesheet" href="{address}">' for address in styles]
    links += [f'<link rel="modulepreload" href="{address}">' for address in modules]
    html = (folder / "page.html").read_text(encoding="utf-8").replace("{links}", "\n".join(links))
    return Page(html.encode(), files)
