"""matplotlib's figures as SVG that stands within a page, in the page's own ink."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pixture.view.panels.palette import CHANGING, FALLING, INK, RISING

COLOURS = {
    INK: "currentColor",
    RISING: "var(--rising)",
    FALLING: "var(--falling)",
    CHANGING: "var(--changing)",
}
"""What a page may show otherwise, by light or by night, and what it is written as."""


INKS = ("text.color", "axes.labelcolor", "axes.titlecolor", "axes.edgecolor", "xtick.color", "ytick.color")
"""matplotlib's settings that are black unless something is said."""


def inline_svg(
    name: str, draw: Callable[[Axes], object], *, width: float = 5.0, height: float = 3.7
) -> Markup:
    """Return a plot as an SVG element: no background, text as text, the ink that of the page.

    Parameters
    ----------
    name
        Begins every id, so that several plots can stand in one page.
    draw
        Draws onto the Axes it is given.
    width, height
        In inches; the page scales it.

    Examples
    --------
    >>> plot = inline_svg("line", lambda axes: axes.plot([1, 2], [3, 4]))
    >>> plot.startswith("<svg"), 'id="line-axes_1"' in plot
    (True, True)
    """
    settings: Any = dict.fromkeys(INKS, INK) | {"svg.fonttype": "none", "svg.hashsalt": name}
    # text as text, in the page's font; ids from the name, not from chance. matplotlib hears of that by its
    # settings alone, which are the process's: for as long as one plot is drawn
    with rc_context(settings):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.subplots())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    # its style would be the whole page's; its font is to be the page's
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", svg)
    for colour, written in COLOURS.items():
        svg = svg.replace(colour, written)
    head, rest = svg.split(">", 1)
    # the size comes from the page; who cannot see the plot is told in words beside it
    head = re.sub(r' (width|height)="[^"]*"', "", head) + ' aria-hidden="true"'
    svg = f"{head}>{rest}"
    return Markup(svg)
