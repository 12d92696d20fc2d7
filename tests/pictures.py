"""What a reader would see at once in a figure: texts that run into each other, or out of it."""

from __future__ import annotations

from itertools import combinations
from typing import Any
from unittest.mock import patch

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

ROUNDING = 0.75
"""Pixels that a text's extent may be too large by."""


def drawn_texts(figure: Figure, dpi: float = 100) -> list[tuple[str, Bbox]]:
    """Return the texts that a drawing of the figure shows, and where, in pixels."""
    canvas: Any = FigureCanvasAgg(figure)
    figure.set_dpi(dpi)
    drawn: list[Text] = []
    draw = Text.draw

    def noted(text: Text, renderer: Any, *rest: Any, **options: Any) -> None:
        if text.get_visible() and text.get_text().strip():
            drawn.append(text)
        draw(text, renderer, *rest, **options)

    with patch.object(Text, "draw", noted):
        canvas.draw()
    renderer = canvas.get_renderer()
    # an annotation's extent holds what it points at: it is the text alone that must be free
    return [(text.get_text(), Text.get_window_extent(text, renderer)) for text in dict.fromkeys(drawn)]


def assert_legible(figure: Figure, dpi: float = 100) -> None:
    """Assert that no text of a figure overlaps another, or leaves the figure."""
    texts = drawn_texts(figure, dpi)
    assert texts, "nothing is written"
    width, height = figure.get_size_inches() * dpi
    for said, box in texts:
        within, beyond = min(box.x0, box.y0) + ROUNDING, max(box.x1 - width, box.y1 - height) - ROUNDING
        assert within > 0 > beyond, f"{said!r} leaves the figure"
    for (one, first), (other, second) in combinations(texts, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        up = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across < ROUNDING or up < ROUNDING, f"{one!r} and {other!r} overlap by {across:.1f} × {up:.1f}"
