"""The notebook examples/tutorial.ipynb as a page: Sphinx reads what lies below docs/, so it gets a copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

NAME = "tutorial.ipynb"


def copy(app: Sphinx) -> None:
    """Copy the notebook beside the pages, unless the same is there already."""
    docs = Path(app.srcdir)
    content = (docs.parent / "examples" / NAME).read_bytes()
    target = docs / NAME
    if not target.exists() or target.read_bytes() != content:
        target.write_bytes(content)


def setup(app: Sphinx) -> dict[str, Any]:
    """Copy before any page is looked for."""
    app.connect("builder-inited", copy)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
