"""Docstrings as they are written: bars are bars, `text` is code; scikit-learn's own methods are left out."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

import pixture

ALIAS = re.compile(r"TypeAliasForwardRef\('(\w+)'\)")
"""How Sphinx writes the short name of a type within a union."""
CODE = re.compile(r"(`[^`]*`)")


def without_bars(lines: list[str]) -> list[str]:
    r"""Return the lines of a docstring with the bars of |x| escaped; examples and code stay as they are.

    Bars would name a substitution, of which docstrings have none.

    >>> without_bars(["log |S|", "", ">>> 1 | 2", "3"])
    ['log \\|S\\|', '', '>>> 1 | 2', '3']
    """
    found, example = [], False
    for line in lines:
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        parts = CODE.split(line)
        parts[::2] = [part if example else part.replace("|", "\\|") for part in parts[::2]]
        found.append("".join(parts))
    return found


def on_docstring(
    app: Sphinx, what: str, name: str, subject: object, options: object, lines: list[str]
) -> None:
    """Change a docstring where it lies."""
    lines[:] = without_bars(lines)
    if what in ("attribute", "data", "property"):
        # what stands before a colon in the first line would be read as a type: begin with an empty comment
        lines[:0] = ["..", ""]


def readable(
    app: Sphinx,
    what: str,
    name: str,
    subject: object,
    options: object,
    arguments: str | None,
    result: str | None,
) -> tuple[str | None, str | None]:
    """Return a signature in which a type's short name stands by itself."""
    return tuple(text and ALIAS.sub(r"\1", text) for text in (arguments, result))


class NameRole(SphinxRole):
    """The role of `text` in a docstring: code, and a link where it is one of the package's public names."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the code, within a link that is only made if there is something at its end."""
        code = nodes.literal(self.rawtext, self.text)
        name = self.text.removeprefix("pixture.").removesuffix("()")
        if name.split(".")[0] not in pixture.__all__:
            return [code], []
        link = addnodes.pending_xref(
            self.rawtext,
            code,
            refdomain="py",
            reftype="obj",
            reftarget=f"pixture.{name}",
            refexplicit=True,
            refwarn=False,
        )
        self.set_source_info(link)
        link["refdoc"] = self.env.docname
        return [link], []


def is_skipped(
    app: Sphinx, what: str, name: str, subject: object, skip: bool, options: object
) -> bool | None:
    """Whether a member is left out: what scikit-learn adds to every estimator is described there."""
    home = getattr(subject, "__module__", None) or ""
    if home.startswith("sklearn.") or re.fullmatch(r"set_\w+_request", name):
        return True
    return None  # as it would be


def setup(app: Sphinx) -> dict[str, Any]:
    """Listen to the docstrings, before they are read as NumPy's; offer the role "name"."""
    app.connect("autodoc-process-docstring", on_docstring, priority=100)
    app.connect("autodoc-process-signature", readable)
    app.connect("autodoc-skip-member", is_skipped)
    app.add_role("name", NameRole())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
