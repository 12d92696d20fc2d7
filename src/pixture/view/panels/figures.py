"""Figures that are made without pyplot, so that nothing of the process's own plotting is touched."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Iterator

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure

from pixture.errors import ChoiceError

SCALE_LABEL = "scale"
"""What Axes are labelled that hold the scale of colours of others."""


class Plot(Figure):
    """A figure that a notebook shows, and that can be unpacked into its panels; `savefig` writes a file.

    Made without pyplot, it belongs to no window and needs no closing.

    >>> plot = Plot()
    >>> left, right = plot.subplots(1, 2)
    >>> plot.panels == (left, right) == tuple(plot), plot._repr_png_()[1:4]
    (True, b'PNG')
    """

    @property
    def panels(self) -> tuple[Axes, ...]:
        """Its Axes in reading order, without scales of colours."""
        return tuple(axes for axes in self.axes if axes.get_label() not in (SCALE_LABEL, "<colorbar>"))

    def __iter__(self) -> Iterator[Axes]:
        return iter(self.panels)

    def _repr_png_(self) -> bytes:
        return figure_png(self, dpi=100)


def figure_png(figure: Figure, dpi: int = 130) -> bytes:
    """Return a figure as a PNG file."""
    buffer, before = io.BytesIO(), figure.canvas
    try:
        _draw_as_the_last(FigureCanvasAgg(figure), dpi)
        figure.savefig(buffer, format="png", dpi=dpi)
    finally:
        figure.set_canvas(before)
    return buffer.getvalue()


class _Kept(threading.local):
    """The renderer of this thread's last figure, and what it was for."""

    def __init__(self) -> None:
        self.key: object = None
        self.renderer: RendererAgg | None = None


_kept = _Kept()


def _draw_as_the_last(canvas: FigureCanvasAgg, dpi: int) -> None:
    """Have a canvas draw with the renderer of the last figure of its size: it knows how wide labels are.

    Of many images, the same labels stand on most axes. What it knows is of the fonts and of the size alone.
    """
    across, up = canvas.figure.get_size_inches() * dpi
    fonts = str([(name, mpl.rcParams[name]) for name in mpl.rcParams if name.startswith(_OF_TEXT)])
    key = float(across), float(up), dpi
    if _kept.key != (key, fonts):
        _kept.key, _kept.renderer = (key, fonts), RendererAgg(*key)  # type: ignore[no-untyped-call]  # matplotlib's
    # where matplotlib keeps them otherwise one day, it makes a renderer of its own, as ever
    canvas.renderer, canvas._lastKey = _kept.renderer, key  # type: ignore[assignment]  # its stubs have None


_OF_TEXT = ("font.", "text.", "mathtext.")
"""How the names of settings begin that say how letters look."""


def blank(width: float, height: float) -> Plot:
    """Return a figure of a size in inches, that makes room for what stands beside its Axes."""
    return Plot(figsize=(width, height), layout="constrained")


def place(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Return new Axes at a place in inches, from the figure's lower left corner."""
    across, up = figure.get_size_inches()
    return figure.add_axes((left / across, bottom / up, width / across, height / up))


def as_many(ax: Iterable[Axes], count: int, what: str) -> tuple[Axes, ...]:
    """Return the Axes given, in an array or a list, or refuse them where they are not `count`."""
    given = tuple(np.ravel(np.array(ax, dtype=object)))  # pyplot's subplots gives them in rows
    if len(given) != count or not all(isinstance(axes, Axes) for axes in given):
        others = {type(axes).__name__ for axes in given} - {"Axes"}
        found = f"{len(given)}{' of type ' + ', '.join(sorted(others)) if others else ''}"
        raise ChoiceError(f"A plot of a {what} needs one Axes or {count}; got {found}.")
    return given


def drawn_in(ax: Axes | None, width: float, height: float) -> tuple[Axes | Plot, Axes]:
    """Return what a plot returns, and the Axes it draws in: those given, or those of a figure made here."""
    if ax is not None:
        return ax, ax
    plot = blank(width, height)
    return plot, plot.subplots()
