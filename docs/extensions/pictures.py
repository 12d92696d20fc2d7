"""The site's pictures, made by the program itself when the site is built, into docs/_made/."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import gallery_pictures  # whose pictures join the others
import make_pictures
from sphinx.application import Sphinx
from sphinx.util import logging

import pixture

logger = logging.getLogger(__name__)


def newest_source() -> float:
    """Return when anything that a picture depends on was last changed."""
    makers = [Path(make_pictures.__file__), Path(gallery_pictures.__file__)]
    sources = [*makers, *Path(pixture.__file__).parent.rglob("*.py")]
    return max(path.stat().st_mtime for path in sources)


def make(app: Sphinx) -> None:
    """Make every picture that is missing, or older than what it is made by."""
    folder = Path(app.srcdir) / "_made"
    folder.mkdir(exist_ok=True)
    changed = newest_source()
    for name, picture in make_pictures.PICTURES.items():
        path = folder / f"{name}.png"
        if picture.committed or (path.exists() and path.stat().st_mtime > changed):
            continue
        logger.info("making the picture %s", name)
        content = picture.png()
        # two builds may run at once: each file is whole at any moment
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_bytes(content)
        partial.replace(path)


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the pictures before any page is read."""
    app.connect("builder-inited", make)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
