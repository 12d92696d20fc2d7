"""The page's modules as one text, for hosts that load one: a notebook's.

Each module stays as it is, but for the names of those that it imports, which become addresses when the text
is loaded (`notebook_host.js`): each is made a blob, in the order in which they import each other. So nothing
is built, and errors name the module that they are in. Modules import each other by
`import … from "./NAME.js"` alone, and never in a circle.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

ENTRY = "index.js"
"""The module whose default export hosts are given."""

FIRST_STYLE = "studio.css"
"""The styles that the others build on."""

HOST, HOST_STYLE = "notebook_host.js", "notebook_host.css"
"""What makes modules of the texts, beside this file; how large the page is in a cell."""

_NAMES = r"(?:[\w$]+|\{[^{}]*\}|\*\s*as\s+[\w$]+|\*)"
_IMPORT = re.compile(
    rf"""^((?:import|export)\s+{_NAMES}(?:\s*,\s*{_NAMES})?\s+from\s*)(["'])(\.[^"']+)\2""", re.MULTILINE
)


def page() -> Traversable:
    """Return the folder of the page's files."""
    return files("pixture.studio") / "page"


def imported(name: str, source: str) -> Iterator[str]:
    """Yield what a module imports, by paths from the page's folder.

    >>> list(imported("teach/panel.js", 'import { made } from "../core/elements.js";'))
    ['core/elements.js']
    """
    for found in _IMPORT.finditer(source):
        yield normpath(join(dirname(name), found[3]))


def modules(entry: str = ENTRY, folder: Traversable | None = None) -> dict[str, str]:
    """Return the source of a module and of all that it needs, each after those that it imports.

    Raises
    ------
    ValueError
        Modules import each other in a circle.
    """
    folder = page() if folder is None else folder
    sources: dict[str, str] = {}
    needs: dict[str, list[str]] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in sources:
            sources[name] = folder.joinpath(name).read_text(encoding="utf-8")
            needs[name] = list(imported(name, sources[name]))
            waiting += needs[name]
    try:
        order = TopologicalSorter(needs).static_order()
        return {name: sources[name] for name in order}
    except CycleError as circle:
        raise ValueError(f"modules import each other in a circle: {' -> '.join(circle.args[1])}") from circle


def one_module() -> str:
    """Return a module, as text, whose default export is that of the page's entry."""
    taken = [(name, list(_parts(name, source))) for name, source in modules().items()]
    return f"const entry = {_quoted(ENTRY)};\nconst modules = {_quoted(taken)};\n{_beside(HOST)}"


def _parts(name: str, source: str) -> Iterator[str]:
    """Yield a module's text and the names of those that it imports, by turns."""
    at = 0
    for found in _IMPORT.finditer(source):
        yield source[at : found.start(3)]
        yield normpath(join(dirname(name), found[3]))
        at = found.end(3)
    yield source[at:]


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def style_names() -> list[str]:
    """Return the names of the files of styles, in the order in which they are applied."""
    names = sorted(file.name for file in (page() / "styles").iterdir() if file.name.endswith(".css"))
    return [FIRST_STYLE, *(name for name in names if name != FIRST_STYLE)]


def one_style() -> str:
    """Return all of the page's styles as one text."""
    texts = [page().joinpath("styles", name).read_text(encoding="utf-8") for name in style_names()]
    return "\n".join([*texts, _beside(HOST_STYLE)])


def _beside(name: str) -> str:
    return files("pixture.studio").joinpath(name).read_text(encoding="utf-8")
