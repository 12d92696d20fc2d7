"""Equations as MathML, made by docutils from TeX when the site is built.

Every browser draws MathML itself, as sharp as text, in the text's colour, and screen readers read it; so a
page needs no script, no font and no network for its equations.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.writers.html5 import HTML5Translator


def math_element(tex: str, *, block: bool) -> str:
    r"""Return an equation as a math element, on one line.

    >>> math_element(r"\alpha_k", block=False)[-40:]
    '<msub><mi>α</mi><mi>k</mi></msub></math>'
    """
    try:
        lines = tex2mathml(tex, as_block=block).splitlines()
    except MathError as error:
        raise ExtensionError(f"docutils cannot read the equation {tex!r}: {error}") from error
    return "".join(line.strip() for line in lines)


def visit_math(translator: HTML5Translator, node: nodes.math) -> None:
    """Write an equation within a line."""
    translator.body.append(math_element(node.astext(), block=False))
    raise nodes.SkipNode


def visit_displaymath(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write an equation on a line of its own; a wide one scrolls by itself, not with the page."""
    translator.body.append(translator.starttag(node, "div", CLASS="equation", tabindex="0"))
    translator.body.append(math_element(node.astext(), block=True))
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Offer the renderer "mathml"."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displaymath, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
