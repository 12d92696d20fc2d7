"""Files that stand beside docs/ and are shown here, such as CHANGELOG.md.

A page that includes such a file stands for it. Links are written for whoever reads the files where they lie,
on a forge or in an editor: relative to the file that holds them. So a link to a file that a page stands for
becomes one to that page, and pictures are found from docs/.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from extensions import notebook

INCLUDE = re.compile(r"^```\{include\} (\S+)", re.MULTILINE)
LINK = re.compile(r"(\]\()([^)\s#:]+)((?:#[^)\s]*)?\))")


def pages(docs: Path) -> dict[Path, str]:
    """Return which page stands for a file outside: the one that includes it."""
    found = {(docs.parent / "examples" / notebook.NAME).resolve(): f"/{notebook.NAME}"}
    for page in sorted(docs.glob("*.md")):
        for path in INCLUDE.findall(page.read_text(encoding="utf-8")):
            found[(docs / path).resolve()] = f"/{page.name}"
    return found


def from_here(text: str, holder: Path, docs: Path) -> str:
    """Return Markdown whose relative links, written for the folder of `holder`, hold in a page of docs/."""
    standing = pages(docs)

    def changed(match: re.Match[str]) -> str:
        before, target, after = match.groups()
        path = (holder.parent / target).resolve()
        if path in standing:
            return f"{before}{standing[path]}{after}"
        if holder.parent == docs or not path.exists():
            return match.group()
        return f"{before}{Path(os.path.relpath(path, docs)).as_posix()}{after}"

    return LINK.sub(changed, text)


def on_source(app: Sphinx, page: str, content: list[str]) -> None:
    """Change the links of a page of docs/."""
    holder = Path(app.env.doc2path(page))
    if holder.suffix == ".md" and holder.parent == Path(app.srcdir):
        content[0] = from_here(content[0], holder, Path(app.srcdir))


def on_include(app: Sphinx, path: Path, page: str, content: list[str]) -> None:
    """Change the links of a file that a page includes."""
    content[0] = from_here(content[0], (Path(app.srcdir) / path).resolve(), Path(app.srcdir))


def setup(app: Sphinx) -> dict[str, Any]:
    """Listen to what is read."""
    app.connect("source-read", on_source)
    app.connect("include-read", on_include)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
